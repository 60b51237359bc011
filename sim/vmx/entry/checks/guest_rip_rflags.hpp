// SPDX-License-Identifier: MIT
// SDM 26.3.1.4, Checks on Guest RIP, RFLAGS, and SSP.
#pragma once

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

// SDM Vol. 1, 3.4.3: bits 63:22, 15, 5 and 3 are 0, bit 1 is 1.
inline constexpr u64 kRflagsReserved = mask(63, 22) | bit(15) | bit(5) | bit(3);

// Bits 63:N of an address are identical, N being the linear-address width (57 where 5-level paging exists). This is less
// than canonical: bit N-1 may differ.
constexpr bool bits_beyond_width_agree(u64 address, unsigned width) {
    const u64 beyond = address >> width;
    return beyond == 0 || beyond == ~u64{0} >> width;
}

// A guest with the segments of virtual-8086 mode and another mode around it: either RFLAGS.VM is wrong, or the mode.
template <class C>
Edit leave_virtual_8086_or(const C& c, Edit other_mode) {
    return c.rights(SegmentRegister::cs).value == 0xF3 ? other_mode : clear_bits(c, Field::guest_rflags, bit(17));
}

// clang-format off
template <class C>
inline constexpr auto kGuestRipRflagsChecks = std::to_array<Check<C>>({
    {"guest.rip.upper_half", "26.3.1.4", {Field::guest_rip, Field::vm_entry_controls, Field::guest_cs_access_rights},
     "Unless the guest will be in 64-bit mode (\"IA-32e mode guest\" and the L bit of CS are 1), bits 63:32 of RIP must be 0.",
     [](const C& c) { return !c.guest_64_bit_code(); },
     [](const C& c) { return bits(c[Field::guest_rip], 63, 32) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_rip, mask(63, 32)); }},
    {"guest.rip.linear_address_width", "26.3.1.4",
     {Field::guest_rip, Field::vm_entry_controls, Field::guest_cs_access_rights},
     "In 64-bit mode, the bits of RIP beyond the linear-address width (63:48, or 63:57 on processors with 5-level paging) must "
     "be identical; they need not equal the bit below them.",
     [](const C& c) { return c.guest_64_bit_code(); },
     [](const C& c) { return bits_beyond_width_agree(c[Field::guest_rip], c.cpu.linear_address_bits); },
     [](const C& c) { return make_canonical(c, Field::guest_rip); }},
    {"guest.rflags.reserved", "26.3.1.4", {Field::guest_rflags},
     "Bits 63:22, 15, 5 and 3 of RFLAGS are reserved and must be 0.",
     [](const C&) { return true; },
     [](const C& c) { return (c[Field::guest_rflags] & kRflagsReserved) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_rflags, kRflagsReserved); }},
    {"guest.rflags.bit_1", "26.3.1.4", {Field::guest_rflags},
     "Bit 1 of RFLAGS must be 1.",
     [](const C&) { return true; },
     [](const C& c) { return is_set(c[Field::guest_rflags], 1); },
     [](const C& c) { return set_bits(c, Field::guest_rflags, bit(1)); }},
    {"guest.rflags.vm_in_ia32e_mode", "26.3.1.4", {Field::guest_rflags, Field::vm_entry_controls},
     "If \"IA-32e mode guest\" is 1, RFLAGS.VM (bit 17) must be 0.",
     [](const C& c) { return c.ia32e_mode_guest(); },
     [](const C& c) { return !c.guest_virtual_8086(); },
     [](const C& c) { return leave_virtual_8086_or(c, clear_control(c, spec::Control::entry_ia_32e_mode_guest)); }},
    {"guest.rflags.vm_in_real_address_mode", "26.3.1.4", {Field::guest_rflags, Field::guest_cr0},
     "If CR0.PE is 0, RFLAGS.VM (bit 17) must be 0.",
     [](const C& c) { return !c.guest_pe(); },
     [](const C& c) { return !c.guest_virtual_8086(); },
     [](const C& c) { return leave_virtual_8086_or(c, set_bits(c, Field::guest_cr0, bit(0))); }},
    {"guest.rflags.if_for_external_interrupt", "26.3.1.4", {Field::guest_rflags, Field::vm_entry_interruption_information},
     "If an external interrupt is injected, RFLAGS.IF (bit 9) must be 1.",
     [](const C& c) { return c.injects(kExternalInterrupt); },
     [](const C& c) { return is_set(c[Field::guest_rflags], 9); },
     [](const C& c) { return set_bits(c, Field::guest_rflags, bit(9)); }},
    {"guest.rflags.iopl_with_fred", "26.3.1.4",
     {Field::guest_rflags, Field::guest_ss_access_rights, Field::guest_cr4, Field::vm_entry_controls},
     "If the guest will use FRED (IA-32e mode and CR4.FRED) at CPL 3, RFLAGS.IOPL must be 0 (FRED specification).",
     [](const C& c) { return c.guest_fred() && c.rights(SegmentRegister::ss).dpl() == 3; },
     [](const C& c) { return bits(c[Field::guest_rflags], 13, 12) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_rflags, mask(13, 12)); }},
    {"guest.ssp.aligned", "26.3.1.4", {Field::guest_ssp, Field::vm_entry_controls},
     "If \"load CET state\" is 1, bits 1:0 of SSP must be 0: 4-byte alignment.",
     [](const C& c) { return c.entry().load_cet_state(); },
     [](const C& c) { return bits(c[Field::guest_ssp], 1, 0) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_ssp, mask(1, 0)); }},
    {"guest.ssp.upper_half", "26.3.1.4", {Field::guest_ssp, Field::vm_entry_controls, Field::guest_cs_access_rights},
     "If \"load CET state\" is 1 and the guest will not be in 64-bit mode, bits 63:32 of SSP must be 0 (CET specification 3.0; "
     "some SDM editions require only identical bits beyond the linear-address width).",
     [](const C& c) { return c.entry().load_cet_state() && !c.guest_64_bit_code(); },
     [](const C& c) { return bits(c[Field::guest_ssp], 63, 32) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_ssp, mask(63, 32)); }},
    {"guest.ssp.linear_address_width", "26.3.1.4",
     {Field::guest_ssp, Field::vm_entry_controls, Field::guest_cs_access_rights},
     "If \"load CET state\" is 1, the bits of a 64-bit guest's SSP beyond the linear-address width (63:48, or 63:57 with 5-level "
     "paging) must be identical (the CET specification says canonical, later SDM editions do not).",
     [](const C& c) { return c.entry().load_cet_state() && c.guest_64_bit_code(); },
     [](const C& c) { return bits_beyond_width_agree(c[Field::guest_ssp], c.cpu.linear_address_bits); },
     [](const C& c) { return make_canonical(c, Field::guest_ssp); }},
});
// clang-format on

}  // namespace vmxsim::vmx
