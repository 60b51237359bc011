// SPDX-License-Identifier: MIT
// MOVS, STOS, LODS, SCAS, CMPS (SDM volume 2). MOVS and STOS go page by page where the pages' host addresses are known.
#include "cpu/instructions/alu_flags.hpp"
#include "cpu/instructions/operand_forms.hpp"
#include "cpu/instructions/repeat.hpp"

namespace vmxsim::cpu {
namespace {

constexpr u8 kRax = 0;

SegmentRegister source_segment(const Insn& insn) { return static_cast<SegmentRegister>(insn.segment); }

// How many elements from this offset on, at most `limit`, lie in one page of the direction, and where the lowest begins.
struct Stretch {
    u64 elements = 0;
    u8* host = nullptr;  // of the element at the offset itself
};
template <class T>
Stretch stretch(Cpu& cpu, const Insn& insn, SegmentRegister segment, u64 offset, u64 limit, bool write) {
    const bool down = (cpu.state.rflags & kDf) != 0;
    u64 elements = down ? (offset & 0xFFF) / sizeof(T) + 1 : (0x1000 - (offset & 0xFFF)) / sizeof(T);
    elements = std::min(elements, limit);
    if (elements < 2) return {};
    const u64 lowest = down ? offset - (elements - 1) * sizeof(T) : offset;
    if (offset + (sizeof(T) - 1) > address_mask(insn)) return {};
    const Result<u64> linear = cpu.linear_address(segment, lowest, static_cast<unsigned>(elements * sizeof(T)), write);
    if (!linear.has_value()) return {};
    u8* const host = cpu.host_bytes(*linear, elements * sizeof(T), write ? paging::Access::write : paging::Access::read);
    if (host == nullptr) return {};
    return {elements, host + (offset - lowest)};
}

template <class T>
Result<u64> movs_step(Cpu& cpu, const Insn& insn, u64 limit) {
    const u64 from = index_register(cpu, insn, kRsi), to = index_register(cpu, insn, kRdi);
    u64 done = 1;
    Stretch source, target;
    if (limit > 1) {
        target = stretch<T>(cpu, insn, SegmentRegister::es, to, limit, true);
        if (target.elements > 1) source = stretch<T>(cpu, insn, source_segment(insn), from, target.elements, false);
    }
    if (source.elements > 1) {
        done = source.elements;
        const bool down = (cpu.state.rflags & kDf) != 0;
        const u64 bytes = done * sizeof(T);
        if (!down && (target.host + bytes <= source.host || source.host + bytes <= target.host)) {
            std::memcpy(target.host, source.host, bytes);
        } else {
            // One after the other: overlapping ones repeat a pattern.
            const i64 stride = down ? -static_cast<i64>(sizeof(T)) : static_cast<i64>(sizeof(T));
            for (i64 i = 0; i < static_cast<i64>(done); ++i)
                std::memmove(target.host + i * stride, source.host + i * stride, sizeof(T));
        }
    } else {
        const T value = TRY(cpu.read<T>(source_segment(insn), from));
        (void)TRY(cpu.write<T>(SegmentRegister::es, to, value));
    }
    advance<T>(cpu, insn, kRsi, done);
    advance<T>(cpu, insn, kRdi, done);
    return done;
}
template <class T>
Flow movs(Cpu& cpu, const Insn& insn) {
    if (insn.has(kRep) || insn.has(kRepne)) normalize_index_registers(cpu, insn, kRsi, kRdi);
    return repeat(cpu, insn, [&](u64 limit) { return movs_step<T>(cpu, insn, limit); });
}

template <class T>
Result<u64> stos_step(Cpu& cpu, const Insn& insn, u64 limit) {
    const u64 to = index_register(cpu, insn, kRdi);
    const T value = cpu.reg<T>(kRax);
    u64 done = 1;
    Stretch target;
    if (limit > 1) target = stretch<T>(cpu, insn, SegmentRegister::es, to, limit, true);
    if (target.elements > 1) {
        done = target.elements;
        u8* place = (cpu.state.rflags & kDf) != 0 ? target.host - (done - 1) * sizeof(T) : target.host;
        for (u64 i = 0; i < done; ++i, place += sizeof(T)) std::memcpy(place, &value, sizeof value);
    } else {
        (void)TRY(cpu.write<T>(SegmentRegister::es, to, value));
    }
    advance<T>(cpu, insn, kRdi, done);
    return done;
}
template <class T>
Flow stos(Cpu& cpu, const Insn& insn) {
    if (insn.has(kRep) || insn.has(kRepne)) normalize_index_registers(cpu, insn, kRdi);
    return repeat(cpu, insn, [&](u64 limit) { return stos_step<T>(cpu, insn, limit); });
}

template <class T>
Flow lods(Cpu& cpu, const Insn& insn) {
    return repeat(cpu, insn, [&](u64) -> Result<u64> {
        cpu.set_reg<T>(kRax, TRY(cpu.read<T>(source_segment(insn), index_register(cpu, insn, kRsi))));
        advance<T>(cpu, insn, kRsi);
        return u64{1};
    });
}

// REPE goes on while ZF = 1, REPNE while ZF = 0. A fault in the middle leaves the flags of before the instruction.
template <class Compare>
Flow repeat_comparing(Cpu& cpu, const Insn& insn, Compare compare) {
    constexpr u8 kRcx = 8;
    const bool repeats = insn.has(kRep) || insn.has(kRepne);
    if (!repeats) return compare();
    normalize_index_registers(cpu, insn, kRcx);
    u64 count = index_register(cpu, insn, kRcx);
    const StatusFlags before = cpu.status;
    for (u64 left = portion(cpu); count != 0; --left) {
        if (left == 0 || (cpu.events_changed && left != portion(cpu))) {
            cpu.status = before;  // no input of what follows; a fault there must find them
            return continue_repetition(cpu, insn);
        }
        const Flow flow = compare();
        if (flow != Flow::next) {
            cpu.status = before;
            return flow;
        }
        set_index_register(cpu, insn, kRcx, --count);
        if (cpu.status.zf() != insn.has(kRep)) break;
    }
    return Flow::next;
}

template <class T>
Flow scas(Cpu& cpu, const Insn& insn) {
    return repeat_comparing(cpu, insn, [&]() -> Flow {
        const T value = TRY(cpu.read<T>(SegmentRegister::es, index_register(cpu, insn, kRdi)));
        set_compare_flags(cpu.status, cpu.reg<T>(kRax), value);
        advance<T>(cpu, insn, kRdi);
        return Flow::next;
    });
}
template <class T>
Flow cmps(Cpu& cpu, const Insn& insn) {
    return repeat_comparing(cpu, insn, [&]() -> Flow {
        // IMPL: when both would fault, ES:RDI does, as on Intel's processors.
        const T second = TRY(cpu.read<T>(SegmentRegister::es, index_register(cpu, insn, kRdi)));
        const T first = TRY(cpu.read<T>(source_segment(insn), index_register(cpu, insn, kRsi)));
        set_compare_flags(cpu.status, first, second);
        advance<T>(cpu, insn, kRsi);
        advance<T>(cpu, insn, kRdi);
        return Flow::next;
    });
}

template <Handler kHandler>
Handler string(const Decoded& decoded, Insn& insn) {
    take_repeat_prefix(decoded, insn);
    return kHandler;
}

#define STRING_ROWS(NAME, function)                                                                      \
    {ZYDIS_MNEMONIC_##NAME##B, string<function<u8>>}, {ZYDIS_MNEMONIC_##NAME##W, string<function<u16>>}, \
        {ZYDIS_MNEMONIC_##NAME##D, string<function<u32>>}, {                                             \
        ZYDIS_MNEMONIC_##NAME##Q, string<function<u64>>                                                  \
    }
constexpr Family kStrings[] = {
    STRING_ROWS(MOVS, movs), STRING_ROWS(STOS, stos), STRING_ROWS(LODS, lods), STRING_ROWS(SCAS, scas), STRING_ROWS(CMPS, cmps),
};
#undef STRING_ROWS

}  // namespace

std::span<const Family> string_family() { return kStrings; }

}  // namespace vmxsim::cpu
