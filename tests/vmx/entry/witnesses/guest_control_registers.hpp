// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.3.1.1: guest control registers and debug registers.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

using spec::Control;

inline constexpr Witness kGuestControlRegisterWitnesses[] = {
    {"guest.cr0.fixed_to_1", Variant::long_mode, {zeros(Field::guest_cr0, bit(5))}},
    {"guest.cr0.fixed_to_0", Variant::long_mode, {ones(Field::guest_cr0, bit(32))}},
    {"guest.cr0.pe_without_unrestricted_guest", Variant::protected_32, {zeros(Field::guest_cr0, bit(0))}},
    {"guest.cr0.pg_without_unrestricted_guest", Variant::protected_32, {zeros(Field::guest_cr0, bit(31))}},
    {"guest.cr0.pg_needs_pe", Variant::real_mode, {ones(Field::guest_cr0, bit(31))}},
    {"guest.cr4.fixed_to_1", Variant::long_mode, {zeros(Field::guest_cr4, bit(13))}},
    {"guest.cr4.fixed_to_0", Variant::long_mode, {ones(Field::guest_cr4, bit(15))}},
    {"guest.cr4.cet_needs_wp", Variant::long_mode, {ones(Field::guest_cr4, bit(23)), zeros(Field::guest_cr0, bit(16))}},
    {"guest.ia32_debugctl.reserved",
     Variant::long_mode,
     {on(Control::entry_load_debug_controls), {Field::guest_ia32_debugctl, bit(4)}}},
    {"guest.cr0.pg_for_ia32e_mode",
     Variant::long_mode_with_ept,
     {on(Control::secondary_unrestricted_guest), zeros(Field::guest_cr0, bit(31))}},
    {"guest.cr4.pae_for_ia32e_mode", Variant::long_mode, {zeros(Field::guest_cr4, bit(5))}},
    {"guest.cr4.pcide_outside_ia32e_mode", Variant::protected_32, {ones(Field::guest_cr4, bit(17))}},
    {"guest.cr4.fred_outside_ia32e_mode", Variant::protected_32, {ones(Field::guest_cr4, bit(32))}},
    {"guest.cr3.reserved", Variant::long_mode, {ones(Field::guest_cr3, bit(63))}},
    {"guest.cr3.physical_address_width", Variant::long_mode, {ones(Field::guest_cr3, bit(46))}},
    {"guest.dr7.upper_half", Variant::long_mode, {on(Control::entry_load_debug_controls), ones(Field::guest_dr7, bit(62))}},
};

}  // namespace vmxsim::vmx::tests
