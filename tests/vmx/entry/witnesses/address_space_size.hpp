// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.2.4, Checks Related to Address-Space Size.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

// clang-format off
inline constexpr Witness kAddressSpaceSizeWitnesses[] = {
    {"address_space.host_size.outside_ia32e_mode", Variant::protected_32, {}, {}, [](Scene& scene) { scene.processor.ia32e_mode = false; }},
    {"address_space.host_size.in_ia32e_mode", Variant::protected_32, {off(spec::Control::exit_host_address_space_size)}},
    {"address_space.ia32e_mode_guest.needs_64_bit_host", Variant::host_32,
        {on(spec::Control::entry_ia_32e_mode_guest), ones(Field::guest_cr4, bit(5))}},
    {"address_space.host_cr4.no_pcide", Variant::host_32, {ones(Field::host_cr4, bit(17))}},
    {"address_space.host_cr4.no_fred", Variant::host_32, {ones(Field::host_cr4, bit(32))}},
    {"address_space.host_rip.upper_half", Variant::host_32, {{Field::host_rip, bit(32)}}},
    {"address_space.host_s_cet.upper_half", Variant::host_32, {on(spec::Control::exit_load_cet_state), {Field::host_ia32_s_cet, bit(32)}}},
    {"address_space.host_ssp.upper_half", Variant::host_32, {on(spec::Control::exit_load_cet_state), {Field::host_ssp, bit(32)}}},
    {"address_space.host_cr4.pae", Variant::long_mode, {zeros(Field::host_cr4, bit(5))}},
    {"address_space.host_rip.canonical", Variant::long_mode, {{Field::host_rip, bit(63)}}},
    {"address_space.host_s_cet.canonical", Variant::all_features, {{Field::host_ia32_s_cet, bit(63)}}},
    {"address_space.host_ssp.canonical", Variant::all_features, {{Field::host_ssp, bit(63)}}},
    {"address_space.host_interrupt_ssp_table.canonical", Variant::all_features, {{Field::host_ia32_interrupt_ssp_table_addr, bit(63)}}},
};
// clang-format on

}  // namespace vmxsim::vmx::tests
