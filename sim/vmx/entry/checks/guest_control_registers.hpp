// SPDX-License-Identifier: MIT
// SDM 26.3.1.1, Checks on Guest Control Registers, Debug Registers, and MSRs: the registers.
#pragma once

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

namespace cr0 {
inline constexpr u64 kPe = bit(0), kWp = bit(16), kPg = bit(31);
// VM entry does not change CR0.NW and CR0.CD, so it does not check them either.
inline constexpr u64 kNeverChecked = bit(29) | bit(30);
}  // namespace cr0

// CR3 bits 63:52 that have no meaning; LAM gives one to bits 62:61 (SDM 4.4.3, 4.5 of later editions).
template <class C>
u64 cr3_reserved_upper_bits(const C& c) {
    return mask(63, 52) & ~c.lam_bits_of_cr3();
}

// clang-format off
template <class C>
inline constexpr auto kGuestControlRegisterChecks = std::to_array<Check<C>>({
    {"guest.cr0.fixed_to_1", "26.3.1.1", {Field::guest_cr0},
     "Every CR0 bit that IA32_VMX_CR0_FIXED0 reports as 1 must be 1; PE and PG have rules of their own.",
     [](const C&) { return true; },
     [](const C& c) { return (c.cpu.cr0_fixed0 & ~c[Field::guest_cr0] & ~(cr0::kPe | cr0::kPg | cr0::kNeverChecked)) == 0; },
     [](const C& c) { return set_bits(c, Field::guest_cr0, c.cpu.cr0_fixed0 & ~(cr0::kPe | cr0::kPg | cr0::kNeverChecked)); }},
    {"guest.cr0.fixed_to_0", "26.3.1.1", {Field::guest_cr0},
     "Every CR0 bit that IA32_VMX_CR0_FIXED1 reports as 0 must be 0; NW and CD are not checked.",
     [](const C&) { return true; },
     [](const C& c) { return (c[Field::guest_cr0] & ~c.cpu.cr0_fixed1 & ~cr0::kNeverChecked) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_cr0, ~c.cpu.cr0_fixed1 & ~cr0::kNeverChecked); }},
    {"guest.cr0.pe_without_unrestricted_guest", "26.3.1.1",
     {Field::guest_cr0, Field::secondary_processor_based_controls, Field::primary_processor_based_controls},
     "Unless \"unrestricted guest\" is 1, CR0.PE (bit 0) must be 1: the guest runs in protected mode.",
     [](const C& c) { return (c.cpu.cr0_fixed0 & cr0::kPe) != 0 && !c.unrestricted_guest(); },
     [](const C& c) { return c.guest_pe(); },
     [](const C& c) { return set_bits(c, Field::guest_cr0, cr0::kPe); }},
    {"guest.cr0.pg_without_unrestricted_guest", "26.3.1.1",
     {Field::guest_cr0, Field::secondary_processor_based_controls, Field::primary_processor_based_controls},
     "Unless \"unrestricted guest\" is 1, CR0.PG (bit 31) must be 1: the guest uses paging.",
     [](const C& c) { return (c.cpu.cr0_fixed0 & cr0::kPg) != 0 && !c.unrestricted_guest(); },
     [](const C& c) { return c.guest_pg(); },
     [](const C& c) { return set_bits(c, Field::guest_cr0, cr0::kPg); }},
    {"guest.cr0.pg_needs_pe", "26.3.1.1",
     {Field::guest_cr0, Field::secondary_processor_based_controls, Field::primary_processor_based_controls},
     "CR0.PG (bit 31) may be 1 only if CR0.PE (bit 0) is 1, under \"unrestricted guest\" too.",
     [](const C& c) { return c.unrestricted_guest(); },
     [](const C& c) { return !c.guest_pg() || c.guest_pe(); },
     [](const C& c) { return set_bits(c, Field::guest_cr0, cr0::kPe); }},
    {"guest.cr4.fixed_to_1", "26.3.1.1", {Field::guest_cr4},
     "Every CR4 bit that IA32_VMX_CR4_FIXED0 reports as 1 (VMXE, bit 13) must be 1.",
     [](const C&) { return true; },
     [](const C& c) { return (c.cpu.cr4_fixed0 & ~c[Field::guest_cr4]) == 0; },
     [](const C& c) { return set_bits(c, Field::guest_cr4, c.cpu.cr4_fixed0); }},
    {"guest.cr4.fixed_to_0", "26.3.1.1", {Field::guest_cr4},
     "Every CR4 bit that IA32_VMX_CR4_FIXED1 reports as 0, reserved or not supported by the processor, must be 0.",
     [](const C&) { return true; },
     [](const C& c) { return (c[Field::guest_cr4] & ~c.cpu.cr4_fixed1) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_cr4, ~c.cpu.cr4_fixed1); }},
    {"guest.cr4.cet_needs_wp", "26.3.1.1", {Field::guest_cr0, Field::guest_cr4},
     "If CR4.CET (bit 23) is 1, CR0.WP (bit 16) must be 1.",
     [](const C& c) { return is_set(c[Field::guest_cr4], 23); },
     [](const C& c) { return (c[Field::guest_cr0] & cr0::kWp) != 0; },
     [](const C& c) { return set_bits(c, Field::guest_cr0, cr0::kWp); }},
    {"guest.ia32_debugctl.reserved", "26.3.1.1", {Field::guest_ia32_debugctl, Field::vm_entry_controls},
     "If \"load debug controls\" is 1, the bits that the processor reserves in IA32_DEBUGCTL must be 0.",
     [](const C& c) { return c.entry().load_debug_controls(); },
     [](const C& c) { return (c[Field::guest_ia32_debugctl] & ~c.cpu.debugctl_bits) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_ia32_debugctl, ~c.cpu.debugctl_bits); }},
    {"guest.cr0.pg_for_ia32e_mode", "26.3.1.1", {Field::guest_cr0, Field::vm_entry_controls},
     "If \"IA-32e mode guest\" is 1, CR0.PG (bit 31) must be 1.",
     [](const C& c) { return c.ia32e_mode_guest(); },
     [](const C& c) { return c.guest_pg(); },
     [](const C& c) { return set_bits(c, Field::guest_cr0, cr0::kPg); }},
    {"guest.cr4.pae_for_ia32e_mode", "26.3.1.1", {Field::guest_cr4, Field::vm_entry_controls},
     "If \"IA-32e mode guest\" is 1, CR4.PAE (bit 5) must be 1.",
     [](const C& c) { return c.ia32e_mode_guest(); },
     [](const C& c) { return c.guest_pae(); },
     [](const C& c) { return set_bits(c, Field::guest_cr4, bit(5)); }},
    {"guest.cr4.pcide_outside_ia32e_mode", "26.3.1.1", {Field::guest_cr4, Field::vm_entry_controls},
     "If \"IA-32e mode guest\" is 0, CR4.PCIDE (bit 17) must be 0.",
     [](const C& c) { return !c.ia32e_mode_guest(); },
     [](const C& c) { return !is_set(c[Field::guest_cr4], 17); },
     [](const C& c) { return clear_bits(c, Field::guest_cr4, bit(17)); }},
    {"guest.cr4.fred_outside_ia32e_mode", "26.3.1.1", {Field::guest_cr4, Field::vm_entry_controls},
     "If \"IA-32e mode guest\" is 0, CR4.FRED (bit 32) must be 0 (FRED specification).",
     [](const C& c) { return !c.ia32e_mode_guest(); },
     [](const C& c) { return !is_set(c[Field::guest_cr4], 32); },
     [](const C& c) { return clear_bits(c, Field::guest_cr4, bit(32)); }},
    {"guest.cr3.reserved", "26.3.1.1", {Field::guest_cr3},
     "CR3 bits 63:52 must be 0, bit 63 (the no-flush hint of MOV to CR3) too; with linear-address masking, 62:61 may be 1.",
     [](const C&) { return true; },
     [](const C& c) { return (c[Field::guest_cr3] & cr3_reserved_upper_bits(c)) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_cr3, cr3_reserved_upper_bits(c)); }},
    {"guest.cr3.physical_address_width", "26.3.1.1", {Field::guest_cr3},
     "CR3 bits 51:32 beyond the processor's physical-address width must be 0.",
     [](const C&) { return true; },
     [](const C& c) { return (c[Field::guest_cr3] & mask(51, c.cpu.physical_address_bits)) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_cr3, mask(51, c.cpu.physical_address_bits)); }},
    {"guest.dr7.upper_half", "26.3.1.1", {Field::guest_dr7, Field::vm_entry_controls},
     "If \"load debug controls\" is 1, bits 63:32 of DR7 must be 0.",
     [](const C& c) { return c.entry().load_debug_controls(); },
     [](const C& c) { return bits(c[Field::guest_dr7], 63, 32) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_dr7, mask(63, 32)); }},
});
// clang-format on

}  // namespace vmxsim::vmx
