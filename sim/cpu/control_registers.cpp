// SPDX-License-Identifier: MIT
#include "cpu/control_registers.hpp"

namespace vmxsim::cpu {
namespace {

constexpr u64 kPe = bit(0), kEt = bit(4), kNw = bit(29), kCd = bit(30), kPg = bit(31), kWp = bit(16);
constexpr u64 kCr0Defined = kPe | bit(1) | bit(2) | bit(3) | kEt | bit(5) | kWp | bit(18) | kNw | kCd | kPg;
constexpr u64 kLme = bit(8), kLma = bit(10);
constexpr u64 kPae = bit(5), kPge = bit(7), kLa57 = bit(12), kPcide = bit(17), kCet = bit(23);

// SDM 23.8: in VMX operation the fixed bits are enforced.
bool fixed_bits_hold(const Cpu& cpu, u64 value, u64 fixed0, u64 fixed1) {
    return !cpu.processor.vmx.in_vmx_operation || ((value & fixed0) == fixed0 && (value & ~fixed1) == 0);
}

}  // namespace

Flow load_pdptes(Cpu& cpu, u64 cr3) {
    std::array<u64, 4> pdptes{};
    for (unsigned i = 0; i < 4; ++i) {
        pdptes[i] = cpu.processor.memory.read<u64>((cr3 & 0xFFFFFFE0) + 8 * i);
        if (!paging::pdpte_is_valid(pdptes[i], cpu.processor.capabilities.physical_address_bits)) return cpu.general_protection();
    }
    cpu.state.pdptes = pdptes;
    return Flow::next;
}

Flow write_cr0(Cpu& cpu, u64 value) {
    CpuState& state = cpu.state;
    if (value >> 32 != 0) return cpu.general_protection();
    value = (value & kCr0Defined) | kEt;
    const bool pg = (value & kPg) != 0, was_pg = (state.cr0 & kPg) != 0;
    if (pg && (value & kPe) == 0) return cpu.general_protection();
    if ((value & kNw) != 0 && (value & kCd) == 0) return cpu.general_protection();
    if (!pg && was_pg && (state.cr4 & kPcide) != 0) return cpu.general_protection();
    if (!pg && was_pg && cpu.bit64()) return cpu.general_protection();
    if ((value & kWp) == 0 && (state.cr4 & kCet) != 0) return cpu.general_protection();
    const Capabilities& c = cpu.processor.capabilities;
    if (!fixed_bits_hold(cpu, value, c.cr0_fixed0, c.cr0_fixed1)) return cpu.general_protection();
    if (pg && !was_pg && (state.msrs.efer & kLme) != 0) {
        // SDM 9.8.5: entering IA-32e mode.
        if ((state.cr4 & kPae) == 0 || state[SegmentRegister::cs].rights.l()) return cpu.general_protection();
        if ((state[SegmentRegister::tr].rights.type() & 8) == 0) return cpu.general_protection();
        state.msrs.efer |= kLma;
    } else if (pg && (state.cr4 & kPae) != 0 && (state.msrs.efer & kLme) == 0 && ((state.cr0 ^ value) & (kPg | kCd | kNw)) != 0) {
        (void)TRY(load_pdptes(cpu, state.cr3));
    }
    if (!pg && was_pg) state.msrs.efer &= ~kLma;
    const u64 changed = state.cr0 ^ value;
    state.cr0 = value;
    if ((changed & (kPg | kWp | kPe)) != 0) cpu.flush_address_space();
    cpu.refresh_mode();
    return Flow::next;
}

Flow write_cr3(Cpu& cpu, u64 value) {
    CpuState& state = cpu.state;
    const bool keep = (state.cr4 & kPcide) != 0 && is_set(value, 63);
    if ((state.cr4 & kPcide) != 0) value &= ~bit(63);
    if (cpu.state.ia32e_mode() && value >> cpu.processor.capabilities.physical_address_bits != 0) return cpu.general_protection();
    if ((state.cr0 & kPg) != 0 && (state.cr4 & kPae) != 0 && !state.ia32e_mode()) (void)TRY(load_pdptes(cpu, value));
    state.cr3 = value;
    if (keep)
        cpu.refresh_contexts();
    else
        cpu.flush_address_space();
    return Flow::next;
}

Flow write_cr4(Cpu& cpu, u64 value) {
    CpuState& state = cpu.state;
    const Capabilities& c = cpu.processor.capabilities;
    if ((value & ~c.cr4_fixed1) != 0) return cpu.general_protection();
    if (!fixed_bits_hold(cpu, value, c.cr4_fixed0, c.cr4_fixed1)) return cpu.general_protection();
    const u64 changed = state.cr4 ^ value;
    if (state.ia32e_mode() && ((value & kPae) == 0 || (changed & kLa57) != 0)) return cpu.general_protection();
    if ((changed & value & kPcide) != 0 && (!state.ia32e_mode() || (state.cr3 & 0xFFF) != 0)) return cpu.general_protection();
    if ((value & kCet) != 0 && (state.cr0 & kWp) == 0) return cpu.general_protection();
    constexpr u64 kReloads = bit(4) | kPae | kPge | bit(20);
    if ((state.cr0 & kPg) != 0 && (value & kPae) != 0 && !state.ia32e_mode() && (changed & kReloads) != 0)
        (void)TRY(load_pdptes(cpu, state.cr3));
    state.cr4 = value;
    cpu.flush_address_space();
    cpu.refresh_mode();
    return Flow::next;
}

}  // namespace vmxsim::cpu
