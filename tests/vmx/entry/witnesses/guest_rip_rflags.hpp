// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.3.1.4, Checks on Guest RIP, RFLAGS, and SSP.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

using spec::Control;

// CPL 3 in a 64-bit guest.
inline constexpr Change kUserCs = ones(Field::guest_cs_selector, 3), kUserSs = ones(Field::guest_ss_selector, 3),
                        kUserCode{Field::guest_cs_access_rights, 0xA0FB}, kUserData{Field::guest_ss_access_rights, 0xC0F3};

inline constexpr Witness kGuestRipRflagsWitnesses[] = {
    {"guest.rip.upper_half", Variant::compatibility, {{Field::guest_rip, bit(32)}}},
    {"guest.rip.linear_address_width", Variant::long_mode, {{Field::guest_rip, bit(57)}}},
    {"guest.rflags.reserved", Variant::long_mode, {ones(Field::guest_rflags, bit(22))}},
    {"guest.rflags.bit_1", Variant::long_mode, {zeros(Field::guest_rflags, bit(1))}},
    {"guest.rflags.vm_in_ia32e_mode",
     Variant::virtual_8086,
     {on(Control::entry_ia_32e_mode_guest), ones(Field::guest_cr4, bit(5))}},
    {"guest.rflags.vm_in_real_address_mode",
     Variant::virtual_8086,
     {on(Control::primary_activate_secondary_controls),
      on(Control::secondary_enable_ept),
      on(Control::secondary_unrestricted_guest),
      {Field::ept_pointer, 0x2000'001E},
      {Field::guest_cr0, 0x30},
      {Field::guest_cs_access_rights, 0xF3}}},
    {"guest.rflags.if_for_external_interrupt", Variant::long_mode, {{Field::vm_entry_interruption_information, 0x800000D1}}},
    {"guest.rflags.iopl_with_fred",
     Variant::long_mode,
     {ones(Field::guest_cr4, bit(32)), kUserCs, kUserSs, kUserCode, kUserData, ones(Field::guest_rflags, mask(13, 12))}},
    {"guest.ssp.aligned", Variant::all_features, {{Field::guest_ssp, 2}}},
    {"guest.ssp.upper_half",
     Variant::compatibility,
     {on(Control::entry_load_cet_state), on(Control::exit_load_cet_state), {Field::guest_ssp, bit(32)}}},
    {"guest.ssp.linear_address_width", Variant::all_features, {{Field::guest_ssp, bit(57)}}},
};

}  // namespace vmxsim::vmx::tests
