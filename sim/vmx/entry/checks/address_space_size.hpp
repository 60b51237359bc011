// SPDX-License-Identifier: MIT
// SDM 26.2.4, Checks Related to Address-Space Size.
// The SDM also says that "IA-32e mode guest" must be 0 when the processor is outside IA-32e mode. It has no row of its
// own: "host address-space size" must then be 0, and so the rule on a 32-bit host says the same of the same bit.
// On processors without Intel 64 both controls must be 0, which their capability MSRs already say.
#pragma once

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

// clang-format off
template <class C>
inline constexpr auto kAddressSpaceSizeChecks = std::to_array<Check<C>>({
    {"address_space.host_size.outside_ia32e_mode", "26.2.4", {Field::primary_vm_exit_controls},
     "If VMLAUNCH or VMRESUME executes outside IA-32e mode (IA32_EFER.LMA = 0), \"host address-space size\" must be 0.",
     [](const C& c) { return !c.processor.ia32e_mode; },
     [](const C& c) { return !c.host_64_bit(); },
     [](const C& c) { return clear_control(c, spec::Control::exit_host_address_space_size); }, kInvalidHostState},
    {"address_space.host_size.in_ia32e_mode", "26.2.4", {Field::primary_vm_exit_controls},
     "If VMLAUNCH or VMRESUME executes in IA-32e mode (IA32_EFER.LMA = 1), \"host address-space size\" must be 1.",
     [](const C& c) { return c.processor.ia32e_mode; },
     [](const C& c) { return c.host_64_bit(); },
     [](const C& c) { return set_control(c, spec::Control::exit_host_address_space_size); }, kInvalidHostState},
    {"address_space.ia32e_mode_guest.needs_64_bit_host", "26.2.4", {Field::vm_entry_controls, Field::primary_vm_exit_controls},
     "If \"host address-space size\" is 0, \"IA-32e mode guest\" must be 0.",
     [](const C& c) { return !c.host_64_bit(); },
     [](const C& c) { return !c.ia32e_mode_guest(); },
     [](const C& c) { return clear_control(c, spec::Control::entry_ia_32e_mode_guest); }, kInvalidHostState},

    // --- 32-bit host
    {"address_space.host_cr4.no_pcide", "26.2.4", {Field::host_cr4, Field::primary_vm_exit_controls},
     "If \"host address-space size\" is 0, host CR4.PCIDE (bit 17) must be 0.",
     [](const C& c) { return !c.host_64_bit(); },
     [](const C& c) { return !is_set(c[Field::host_cr4], 17); },
     [](const C& c) { return clear_bits(c, Field::host_cr4, bit(17)); }, kInvalidHostState},
    {"address_space.host_cr4.no_fred", "26.2.4", {Field::host_cr4, Field::primary_vm_exit_controls},
     "If \"host address-space size\" is 0, host CR4.FRED (bit 32) must be 0. (In this section of later editions.)",
     [](const C& c) { return !c.host_64_bit(); },
     [](const C& c) { return !is_set(c[Field::host_cr4], 32); },
     [](const C& c) { return clear_bits(c, Field::host_cr4, bit(32)); }, kInvalidHostState},
    {"address_space.host_rip.upper_half", "26.2.4", {Field::host_rip, Field::primary_vm_exit_controls},
     "If \"host address-space size\" is 0, bits 63:32 of host RIP must be 0.",
     [](const C& c) { return !c.host_64_bit(); },
     [](const C& c) { return bits(c[Field::host_rip], 63, 32) == 0; },
     [](const C& c) { return clear_bits(c, Field::host_rip, mask(63, 32)); }, kInvalidHostState},
    {"address_space.host_s_cet.upper_half", "26.2.4", {Field::host_ia32_s_cet, Field::primary_vm_exit_controls},
     "If \"load CET state\" is 1 and \"host address-space size\" is 0, bits 63:32 of the host IA32_S_CET must be 0.",
     [](const C& c) { return c.exit().load_cet_state() && !c.host_64_bit(); },
     [](const C& c) { return bits(c[Field::host_ia32_s_cet], 63, 32) == 0; },
     [](const C& c) { return clear_bits(c, Field::host_ia32_s_cet, mask(63, 32)); }, kInvalidHostState},
    {"address_space.host_ssp.upper_half", "26.2.4", {Field::host_ssp, Field::primary_vm_exit_controls},
     "If \"load CET state\" is 1 and \"host address-space size\" is 0, bits 63:32 of the host SSP must be 0.",
     [](const C& c) { return c.exit().load_cet_state() && !c.host_64_bit(); },
     [](const C& c) { return bits(c[Field::host_ssp], 63, 32) == 0; },
     [](const C& c) { return clear_bits(c, Field::host_ssp, mask(63, 32)); }, kInvalidHostState},

    // --- 64-bit host
    {"address_space.host_cr4.pae", "26.2.4", {Field::host_cr4, Field::primary_vm_exit_controls},
     "If \"host address-space size\" is 1, host CR4.PAE (bit 5) must be 1.",
     [](const C& c) { return c.host_64_bit(); },
     [](const C& c) { return is_set(c[Field::host_cr4], 5); },
     [](const C& c) { return set_bits(c, Field::host_cr4, bit(5)); }, kInvalidHostState},
    {"address_space.host_rip.canonical", "26.2.4", {Field::host_rip, Field::primary_vm_exit_controls},
     "If \"host address-space size\" is 1, host RIP must be canonical.",
     [](const C& c) { return c.host_64_bit(); },
     [](const C& c) { return c.canonical(Field::host_rip); },
     [](const C& c) { return make_canonical(c, Field::host_rip); }, kInvalidHostState},
    {"address_space.host_s_cet.canonical", "26.2.4", {Field::host_ia32_s_cet, Field::primary_vm_exit_controls},
     "If \"load CET state\" and \"host address-space size\" are 1, the host IA32_S_CET must be canonical.",
     [](const C& c) { return c.exit().load_cet_state() && c.host_64_bit(); },
     [](const C& c) { return c.canonical(Field::host_ia32_s_cet); },
     [](const C& c) { return make_canonical(c, Field::host_ia32_s_cet); }, kInvalidHostState},
    {"address_space.host_ssp.canonical", "26.2.4", {Field::host_ssp, Field::primary_vm_exit_controls},
     "If \"load CET state\" and \"host address-space size\" are 1, the host SSP must be canonical.",
     [](const C& c) { return c.exit().load_cet_state() && c.host_64_bit(); },
     [](const C& c) { return c.canonical(Field::host_ssp); },
     [](const C& c) { return make_canonical(c, Field::host_ssp); }, kInvalidHostState},
    {"address_space.host_interrupt_ssp_table.canonical", "26.2.4", {Field::host_ia32_interrupt_ssp_table_addr, Field::primary_vm_exit_controls},
     "If \"load CET state\" is 1, the host IA32_INTERRUPT_SSP_TABLE_ADDR must be canonical.",
     [](const C& c) { return c.exit().load_cet_state(); },
     [](const C& c) { return c.canonical(Field::host_ia32_interrupt_ssp_table_addr); },
     [](const C& c) { return make_canonical(c, Field::host_ia32_interrupt_ssp_table_addr); }, kInvalidHostState},
});
// clang-format on

}  // namespace vmxsim::vmx
