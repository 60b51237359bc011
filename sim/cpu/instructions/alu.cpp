// SPDX-License-Identifier: MIT
// ADD, ADC, SUB, SBB, CMP, AND, OR, XOR, TEST, INC, DEC, NEG, NOT (SDM volume 2). An operation is written once; the shapes
// of its operands are templates around it.
#include "cpu/instructions/alu_flags.hpp"
#include "cpu/instructions/operand_forms.hpp"

namespace vmxsim::cpu {
namespace {

struct Add {
    static constexpr bool kStores = true;
    template <class T>
    static T apply(Cpu& cpu, T a, T b) {
        const T result = static_cast<T>(a + b);
        cpu.status.set_arithmetic(result, carries_of_add(a, b, result));
        return result;
    }
};
struct Adc {
    static constexpr bool kStores = true;
    template <class T>
    static T apply(Cpu& cpu, T a, T b) {
        const T result = static_cast<T>(a + b + cpu.status.cf());
        cpu.status.set_arithmetic(result, carries_of_add(a, b, result));
        return result;
    }
};
struct Sub {
    static constexpr bool kStores = true;
    template <class T>
    static T apply(Cpu& cpu, T a, T b) {
        const T result = static_cast<T>(a - b);
        cpu.status.set_arithmetic(result, borrows_of_subtract(a, b, result));
        return result;
    }
};
struct Sbb {
    static constexpr bool kStores = true;
    template <class T>
    static T apply(Cpu& cpu, T a, T b) {
        const T result = static_cast<T>(a - b - cpu.status.cf());
        cpu.status.set_arithmetic(result, borrows_of_subtract(a, b, result));
        return result;
    }
};
struct Cmp : Sub {
    static constexpr bool kStores = false;
};
struct And {
    static constexpr bool kStores = true;
    template <class T>
    static T apply(Cpu& cpu, T a, T b) {
        const T result = a & b;
        cpu.status.set_logic(result);
        return result;
    }
};
struct Test : And {
    static constexpr bool kStores = false;
};
struct Or {
    static constexpr bool kStores = true;
    template <class T>
    static T apply(Cpu& cpu, T a, T b) {
        const T result = a | b;
        cpu.status.set_logic(result);
        return result;
    }
};
struct Xor {
    static constexpr bool kStores = true;
    template <class T>
    static T apply(Cpu& cpu, T a, T b) {
        const T result = a ^ b;
        cpu.status.set_logic(result);
        return result;
    }
};

template <class Op, class T, template <class> class Source>
Flow to_register(Cpu& cpu, const Insn& insn) {
    const T b = TRY(Source<T>::load(cpu, insn));
    const T result = Op::apply(cpu, cpu.reg<T>(insn.reg), b);
    if constexpr (Op::kStores) cpu.set_reg<T>(insn.reg, result);
    return Flow::next;
}

template <class Op, class T, template <class> class Source>
Flow to_memory(Cpu& cpu, const Insn& insn) {
    const T b = TRY(Source<T>::load(cpu, insn));
    if constexpr (Op::kStores) {
        return cpu.modify_operand<T>(insn, [&](T a) { return Op::apply(cpu, a, b); });
    } else {
        const T a = TRY(cpu.read_operand<T>(insn));
        Op::apply(cpu, a, b);
        return Flow::next;
    }
}

template <class Op>
Handler select_binary(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        if (decoded.is_register(0)) {
            if (decoded.is_register(1)) return to_register<Op, T, FromRegister2>;
            if (decoded.is_memory(1)) return to_register<Op, T, FromMemory>;
            return to_register<Op, T, FromImmediate>;
        }
        return decoded.is_register(1) ? Handler{to_memory<Op, T, FromRegister>} : Handler{to_memory<Op, T, FromImmediate>};
    });
}

struct Inc {
    template <class T>
    static T apply(Cpu& cpu, T a) {
        const T result = static_cast<T>(a + 1);
        cpu.status.set_arithmetic_keeping_cf(result, carries_of_add(a, T{1}, result));
        return result;
    }
};
struct Dec {
    template <class T>
    static T apply(Cpu& cpu, T a) {
        const T result = static_cast<T>(a - 1);
        cpu.status.set_arithmetic_keeping_cf(result, borrows_of_subtract(a, T{1}, result));
        return result;
    }
};
struct Neg {
    template <class T>
    static T apply(Cpu& cpu, T a) {
        const T result = static_cast<T>(-a);
        cpu.status.set_arithmetic(result, borrows_of_subtract(T{0}, a, result));
        return result;
    }
};
struct Not {
    template <class T>
    static T apply(Cpu&, T a) {
        return static_cast<T>(~a);
    }
};

template <class Op, class T>
Flow unary_register(Cpu& cpu, const Insn& insn) {
    cpu.set_reg<T>(insn.reg, Op::apply(cpu, cpu.reg<T>(insn.reg)));
    return Flow::next;
}
template <class Op, class T>
Flow unary_memory(Cpu& cpu, const Insn& insn) {
    return cpu.modify_operand<T>(insn, [&](T a) { return Op::apply(cpu, a); });
}
template <class Op>
Handler select_unary(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        return decoded.is_register(0) ? Handler{unary_register<Op, T>} : Handler{unary_memory<Op, T>};
    });
}

constexpr Family kAlu[] = {
    {ZYDIS_MNEMONIC_ADD, select_binary<Add>},   {ZYDIS_MNEMONIC_ADC, select_binary<Adc>},
    {ZYDIS_MNEMONIC_SUB, select_binary<Sub>},   {ZYDIS_MNEMONIC_SBB, select_binary<Sbb>},
    {ZYDIS_MNEMONIC_CMP, select_binary<Cmp>},   {ZYDIS_MNEMONIC_AND, select_binary<And>},
    {ZYDIS_MNEMONIC_OR, select_binary<Or>},     {ZYDIS_MNEMONIC_XOR, select_binary<Xor>},
    {ZYDIS_MNEMONIC_TEST, select_binary<Test>}, {ZYDIS_MNEMONIC_INC, select_unary<Inc>},
    {ZYDIS_MNEMONIC_DEC, select_unary<Dec>},    {ZYDIS_MNEMONIC_NEG, select_unary<Neg>},
    {ZYDIS_MNEMONIC_NOT, select_unary<Not>},
};

}  // namespace

std::span<const Family> alu_family() { return kAlu; }

}  // namespace vmxsim::cpu
