// SPDX-License-Identifier: MIT
// Segment descriptors and gates as they lie in the GDT, LDT and IDT (SDM 3.4.5, 3.5, 5.8.3, 6.11), and reading them.
#pragma once

#include "cpu/cpu.hpp"

namespace vmxsim::cpu {

enum SystemType : u32 {  // SDM table 3-2
    kTss16Available = 1,
    kLdt = 2,
    kTss16Busy = 3,
    kCallGate16 = 4,
    kTaskGate = 5,
    kInterruptGate16 = 6,
    kTrapGate16 = 7,
    kTss32Available = 9,
    kTss32Busy = 11,
    kCallGate32 = 12,
    kInterruptGate32 = 14,
    kTrapGate32 = 15,
};

constexpr bool is_null(u16 selector) { return (selector & 0xFFFC) == 0; }
constexpr u32 selector_error(u16 selector, u32 external = 0) { return (selector & 0xFFFCu) | external; }

struct Descriptor {
    u64 raw = 0;
    u64 upper = 0;    // bits 127:64, of system descriptors in IA-32e mode
    u64 address = 0;  // linear, where it was read

    u32 type() const { return static_cast<u32>(bits(raw, 43, 40)); }
    bool s() const { return is_set(raw, 44); }  // code or data
    u32 dpl() const { return static_cast<u32>(bits(raw, 46, 45)); }
    bool present() const { return is_set(raw, 47); }
    bool l() const { return is_set(raw, 53); }
    bool db() const { return is_set(raw, 54); }

    bool is_code() const { return s() && is_set(raw, 43); }
    bool is_data() const { return s() && !is_set(raw, 43); }
    bool conforming() const { return is_set(raw, 42); }
    bool readable_or_writable() const { return is_set(raw, 41); }
    bool is_system(u32 wanted) const { return !s() && type() == wanted; }

    u64 base() const { return bits(raw, 39, 16) | bits(raw, 63, 56) << 24 | upper << 32; }
    u32 limit() const {
        const u32 limit = static_cast<u32>(bits(raw, 15, 0) | bits(raw, 51, 48) << 16);
        return is_set(raw, 55) ? limit << 12 | 0xFFF : limit;
    }
    AccessRights rights() const { return {static_cast<u32>(bits(raw, 55, 40) & 0xF0FF)}; }
    Segment segment(u16 selector) const { return {selector, base(), limit(), rights()}; }

    // Gates.
    u16 gate_selector() const { return static_cast<u16>(bits(raw, 31, 16)); }
    u64 gate_offset32() const { return bits(raw, 15, 0) | bits(raw, 63, 48) << 16; }
    u64 gate_offset64() const { return gate_offset32() | upper << 32; }
    u32 parameter_count() const { return static_cast<u32>(bits(raw, 36, 32)); }
    u32 ist() const { return static_cast<u32>(bits(raw, 34, 32)); }
};

// Reads the descriptor that a selector names, in the GDT or the LDT; outside the table is `vector`(selector + external).
inline Result<Descriptor> read_descriptor(Cpu& cpu, u16 selector, u8 vector = kGeneralProtection, u32 external = 0) {
    const Segment& ldtr = cpu.state[SegmentRegister::ldtr];
    const bool local = (selector & 4) != 0;
    const u64 base = local ? ldtr.base : cpu.state.gdtr.base;
    const u32 limit = local ? ldtr.limit : cpu.state.gdtr.limit;
    if ((local && ldtr.rights.unusable()) || (selector | 7u) > limit)
        return cpu.raise(vector, selector_error(selector, external));
    Descriptor descriptor;
    descriptor.address = base + (selector & 0xFFF8u);
    descriptor.raw = TRY(cpu.read_system<u64>(descriptor.address));
    return descriptor;
}

// IA-32e mode: TSS, LDT and call-gate descriptors have 16 bytes, and the type field of the upper half must be 0.
inline Flow read_upper_half(Cpu& cpu, Descriptor& descriptor, u16 selector, u8 vector = kGeneralProtection, u32 external = 0) {
    if (!cpu.state.ia32e_mode()) return Flow::next;
    const u32 limit = (selector & 4) != 0 ? cpu.state[SegmentRegister::ldtr].limit : cpu.state.gdtr.limit;
    if ((selector & 0xFFF8u) + 15 > limit) return cpu.raise(vector, selector_error(selector, external));
    const u64 upper = TRY(cpu.read_system<u64>(descriptor.address + 8));
    if (bits(upper, 44, 40) != 0) return cpu.raise(vector, selector_error(selector, external));
    descriptor.upper = upper & 0xFFFFFFFF;
    return Flow::next;
}

// Sets the accessed bit of a code or data descriptor, in memory and in this copy.
inline Flow mark_accessed(Cpu& cpu, Descriptor& descriptor) {
    if (is_set(descriptor.raw, 40)) return Flow::next;
    descriptor.raw |= bit(40);
    return cpu.write_system<u8>(descriptor.address + 5, static_cast<u8>(descriptor.raw >> 40));
}

}  // namespace vmxsim::cpu
