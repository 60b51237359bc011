// SPDX-License-Identifier: MIT
// BSF, BSR, LZCNT, TZCNT, POPCNT (SDM volume 2). Processors without LZCNT or TZCNT execute the same bytes as BSR and BSF.
#include "cpu/instructions/operand_forms.hpp"

namespace vmxsim::cpu {
namespace {

// The result for a source that is not zero, and with zero nothing but ZF: IMPL: the destination keeps its value, as
// Intel's processors do. The other flags are undefined.
struct ScanForward {
    template <class T>
    static T apply(T value) {
        return static_cast<T>(std::countr_zero(value));
    }
};
struct ScanReverse {
    template <class T>
    static T apply(T value) {
        return static_cast<T>(sizeof(T) * 8 - 1 - static_cast<unsigned>(std::countl_zero(value)));
    }
};
template <class Op, class T, template <class> class Source>
Flow scan(Cpu& cpu, const Insn& insn) {
    const T value = TRY(Source<T>::load(cpu, insn));
    if (value != 0) cpu.set_reg<T>(insn.reg, Op::template apply<T>(value));
    cpu.status.change(kZf, value == 0 ? kZf : 0);
    return Flow::next;
}

struct LeadingZeros {
    template <class T>
    static T apply(T value) {
        return static_cast<T>(std::countl_zero(value));
    }
};
struct TrailingZeros {
    template <class T>
    static T apply(T value) {
        return static_cast<T>(std::countr_zero(value));
    }
};
// CF: the source was zero; ZF: the result is.
template <class Op, class T, template <class> class Source>
Flow count_zeros(Cpu& cpu, const Insn& insn) {
    const T value = TRY(Source<T>::load(cpu, insn));
    const T result = Op::template apply<T>(value);
    cpu.set_reg<T>(insn.reg, result);
    cpu.status.change(kCf | kZf, (value == 0 ? kCf : 0) | (result == 0 ? kZf : 0));
    return Flow::next;
}

template <class T, template <class> class Source>
Flow popcnt(Cpu& cpu, const Insn& insn) {
    const T value = TRY(Source<T>::load(cpu, insn));
    cpu.set_reg<T>(insn.reg, static_cast<T>(std::popcount(value)));
    cpu.status.set(value == 0 ? kZf : 0);
    return Flow::next;
}

template <class Op>
Handler select_scan(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        return decoded.is_memory(1) ? Handler{scan<Op, T, FromMemory>} : Handler{scan<Op, T, FromRegister2>};
    });
}
template <class Op>
Handler select_count_zeros(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        return decoded.is_memory(1) ? Handler{count_zeros<Op, T, FromMemory>} : Handler{count_zeros<Op, T, FromRegister2>};
    });
}
Handler select_popcnt(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        return decoded.is_memory(1) ? Handler{popcnt<T, FromMemory>} : Handler{popcnt<T, FromRegister2>};
    });
}

constexpr Family kBitCounts[] = {
    {ZYDIS_MNEMONIC_BSF, select_scan<ScanForward>},
    {ZYDIS_MNEMONIC_BSR, select_scan<ScanReverse>},
    {ZYDIS_MNEMONIC_TZCNT, select_count_zeros<TrailingZeros>, Feature::bmi1, select_scan<ScanForward>},
    {ZYDIS_MNEMONIC_LZCNT, select_count_zeros<LeadingZeros>, Feature::lzcnt, select_scan<ScanReverse>},
    {ZYDIS_MNEMONIC_POPCNT, select_popcnt, Feature::popcnt},
};

}  // namespace

std::span<const Family> bit_count_family() { return kBitCounts; }

}  // namespace vmxsim::cpu
