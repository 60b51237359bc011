// SPDX-License-Identifier: MIT
// BMI1 and BMI2 but for the shifts and MULX: ANDN, BEXTR, BLSI, BLSMSK, BLSR, BZHI, PDEP, PEXT (SDM volume 2). All are
// VEX-encoded, 32 or 64 bits wide, and do not exist in real-address and virtual-8086 mode.
#include "cpu/instructions/operand_forms.hpp"
#include "cpu/instructions/system_guards.hpp"

namespace vmxsim::cpu {
namespace {

template <class T>
void set_flags(Cpu& cpu, T result, bool carry) {
    cpu.status.set_logic(result);
    if (carry) cpu.status.change(kCf, kCf);
}

// One source, and the lowest set bit of it.
struct Blsi {
    template <class T>
    static T apply(Cpu& cpu, T a) {
        const T result = static_cast<T>(a & (T{0} - a));
        set_flags(cpu, result, a != 0);
        return result;
    }
};
struct Blsmsk {
    template <class T>
    static T apply(Cpu& cpu, T a) {
        const T result = static_cast<T>(a ^ (a - 1));
        set_flags(cpu, result, a == 0);
        return result;
    }
};
struct Blsr {
    template <class T>
    static T apply(Cpu& cpu, T a) {
        const T result = static_cast<T>(a & (a - 1));
        set_flags(cpu, result, a == 0);
        return result;
    }
};

// The operand that may be in memory, and the one that is a register.
struct Andn {
    template <class T>
    static T apply(Cpu& cpu, T a, T inverted) {
        const T result = static_cast<T>(~inverted & a);
        set_flags(cpu, result, false);
        return result;
    }
};
struct Bextr {
    template <class T>
    static T apply(Cpu& cpu, T a, T control) {
        const unsigned start = static_cast<u8>(control), length = static_cast<u8>(control >> 8);
        T result = start < sizeof(T) * 8 ? static_cast<T>(a >> start) : T{0};
        if (length < sizeof(T) * 8) result = static_cast<T>(result & ((T{1} << length) - 1));
        cpu.status.set(result == 0 ? kZf : 0);  // SF, AF and PF are undefined
        return result;
    }
};
struct Bzhi {
    template <class T>
    static T apply(Cpu& cpu, T a, T control) {
        const unsigned first = static_cast<u8>(control);
        const bool beyond = first >= sizeof(T) * 8;
        const T result = beyond ? a : static_cast<T>(a & ((T{1} << first) - 1));
        set_flags(cpu, result, beyond);
        return result;
    }
};
struct Pdep {
    template <class T>
    static T apply(Cpu&, T places, T source) {
        T result = 0;
        for (; places != 0; places &= static_cast<T>(places - 1), source = static_cast<T>(source >> 1))
            if ((source & 1) != 0) result |= static_cast<T>(places & (T{0} - places));
        return result;
    }
};
struct Pext {
    template <class T>
    static T apply(Cpu&, T places, T source) {
        T result = 0;
        for (unsigned to = 0; places != 0; places &= static_cast<T>(places - 1), ++to)
            if ((source & places & (T{0} - places)) != 0) result |= static_cast<T>(T{1} << to);
        return result;
    }
};

template <class Op, class T, template <class> class Source>
Flow unary(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_protected_mode(cpu));
    const T a = TRY(Source<T>::load(cpu, insn));
    cpu.set_reg<T>(insn.reg, Op::template apply<T>(cpu, a));
    return Flow::next;
}
template <class Op>
Handler select_unary(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        if constexpr (sizeof(T) < 4)
            return nullptr;
        else
            return decoded.is_memory(1) ? Handler{unary<Op, T, FromMemory>} : Handler{unary<Op, T, FromRegister2>};
    });
}

// kSecond: which source operand, in the order of the assembler, may be in memory.
template <class Op, class T, bool kMemory, bool kSecond>
Flow binary(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_protected_mode(cpu));
    const T flexible = kMemory ? TRY(cpu.read_operand<T>(insn)) : cpu.reg<T>(kSecond ? insn.reg3 : insn.reg2);
    const T fixed = cpu.reg<T>(kMemory || kSecond ? insn.reg2 : insn.reg3);
    cpu.set_reg<T>(insn.reg, Op::template apply<T>(cpu, flexible, fixed));
    return Flow::next;
}
template <class Op, bool kSecond>
Handler select_binary(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        if constexpr (sizeof(T) < 4)
            return nullptr;
        else
            return decoded.is_memory(1) || decoded.is_memory(2) ? Handler{binary<Op, T, true, kSecond>}
                                                                : Handler{binary<Op, T, false, kSecond>};
    });
}

constexpr Family kBitManipulation[] = {
    {ZYDIS_MNEMONIC_ANDN, select_binary<Andn, true>, Feature::bmi1},
    {ZYDIS_MNEMONIC_BEXTR, select_binary<Bextr, false>, Feature::bmi1},
    {ZYDIS_MNEMONIC_BLSI, select_unary<Blsi>, Feature::bmi1},
    {ZYDIS_MNEMONIC_BLSMSK, select_unary<Blsmsk>, Feature::bmi1},
    {ZYDIS_MNEMONIC_BLSR, select_unary<Blsr>, Feature::bmi1},
    {ZYDIS_MNEMONIC_BZHI, select_binary<Bzhi, false>, Feature::bmi2},
    {ZYDIS_MNEMONIC_PDEP, select_binary<Pdep, true>, Feature::bmi2},
    {ZYDIS_MNEMONIC_PEXT, select_binary<Pext, true>, Feature::bmi2},
};

}  // namespace

std::span<const Family> bit_manipulation_family() { return kBitManipulation; }

}  // namespace vmxsim::cpu
