// SPDX-License-Identifier: MIT
// What string instructions have in common: the count register and the index registers in the width of the address size,
// the direction, and repetition in portions (SDM 7.3.9.1; REP in volume 2).
#pragma once

#include <algorithm>

#include "cpu/decode.hpp"

namespace vmxsim::cpu {

inline constexpr u8 kRsi = 48, kRdi = 56;

inline u64 address_mask(const Insn& insn) {
    return insn.address_size == 8 ? ~u64{0} : insn.address_size == 4 ? 0xFFFFFFFF : 0xFFFF;
}

// A counter or index register: a 32-bit one clears the upper half of its register.
inline u64 index_register(const Cpu& cpu, const Insn& insn, u8 offset) { return cpu.reg<u64>(offset) & address_mask(insn); }
inline void set_index_register(Cpu& cpu, const Insn& insn, u8 offset, u64 value) {
    if (insn.address_size == 2)
        cpu.set_reg<u16>(offset, static_cast<u16>(value));
    else if (insn.address_size == 4)
        cpu.set_reg<u32>(offset, static_cast<u32>(value));
    else
        cpu.set_reg<u64>(offset, value);
}
template <class T>
void advance(Cpu& cpu, const Insn& insn, u8 offset, u64 elements = 1) {
    const u64 distance = elements * sizeof(T);
    set_index_register(cpu, insn, offset, cpu.reg<u64>(offset) + ((cpu.state.rflags & kDf) != 0 ? u64{0} - distance : distance));
}

// A repetition that is not at its end: the instruction is executed again, so that between portions events are taken.
// It retires once, at its end; a portion takes a tick of time.
inline Flow continue_repetition(Cpu& cpu, const Insn& insn) {
    cpu.state.rip -= insn.length;
    cpu.pass_portion();
    return Flow::branch;
}

// How many elements one portion may have: with TF = 1 every single one is followed by a trap.
inline constexpr u64 kPortion = 4096;
inline u64 portion(const Cpu& cpu) { return (cpu.state.rflags & kTf) != 0 ? 1 : kPortion; }

// IMPL: a repeated instruction with 32-bit addresses clears the upper half of RCX even when it does nothing else, MOVS and STOS
// those of RSI and RDI too, as Intel's processors do (the SDM is silent).
template <class... Offsets>
void normalize_index_registers(Cpu& cpu, const Insn& insn, Offsets... offsets) {
    if (insn.address_size == 4) (cpu.set_reg<u32>(offsets, cpu.reg<u32>(offsets)), ...);
}

// Executes `step(limit)`, which does from one to `limit` elements and yields how many, until the count is used up.
// A fault leaves the registers as they are after the last whole element.
template <class Step>
Flow repeat(Cpu& cpu, const Insn& insn, Step step) {
    constexpr u8 kRcx = 8;
    if (!insn.has(kRep) && !insn.has(kRepne)) {
        (void)TRY(step(1));
        return Flow::next;
    }
    normalize_index_registers(cpu, insn, kRcx);
    u64 count = index_register(cpu, insn, kRcx);
    if (count == 0) return Flow::next;
    u64 left = portion(cpu);
    do {
        const u64 done = TRY(step(std::min(count, left)));
        count -= done;
        left -= done;
        set_index_register(cpu, insn, kRcx, count);
    } while (count != 0 && left != 0 && !cpu.events_changed && !cpu.stop_requested);
    return count == 0 ? Flow::next : continue_repetition(cpu, insn);
}

// F2 and F3 both repeat; the last of several counts. CMPS and SCAS tell them apart.
inline void take_repeat_prefix(const Decoded& decoded, Insn& insn) {
    insn.flags &= static_cast<u16>(~(kRep | kRepne));
    const auto& raw = decoded.instruction.raw;
    for (unsigned i = 0; i < raw.prefix_count; ++i) {
        const u8 prefix = raw.prefixes[i].value;
        if (prefix != 0xF2 && prefix != 0xF3) continue;
        insn.flags &= static_cast<u16>(~(kRep | kRepne));
        insn.flags |= prefix == 0xF2 ? kRepne : kRep;
    }
}

}  // namespace vmxsim::cpu
