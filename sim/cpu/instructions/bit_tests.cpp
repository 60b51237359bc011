// SPDX-License-Identifier: MIT
// BT, BTS, BTR, BTC (SDM volume 2). With a register offset the memory operand is a bit string that reaches 2^63 bits both
// ways; with an immediate the offset stays within the operand. CF is the bit, ZF is unchanged; OF, SF, AF and PF are
// undefined and left alone.
#include "cpu/instructions/operand_forms.hpp"

namespace vmxsim::cpu {
namespace {

struct Bt {
    static constexpr bool kStores = false;
    template <class T>
    static T apply(T value, T) {
        return value;
    }
};
struct Bts {
    static constexpr bool kStores = true;
    template <class T>
    static T apply(T value, T which) {
        return value | which;
    }
};
struct Btr {
    static constexpr bool kStores = true;
    template <class T>
    static T apply(T value, T which) {
        return static_cast<T>(value & ~which);
    }
};
struct Btc {
    static constexpr bool kStores = true;
    template <class T>
    static T apply(T value, T which) {
        return value ^ which;
    }
};

template <class Op, class T>
T test_and_change(Cpu& cpu, T value, u64 offset) {
    const T which = static_cast<T>(T{1} << (offset % (sizeof(T) * 8)));
    cpu.status.change(kCf, (value & which) != 0 ? kCf : 0);
    return Op::template apply<T>(value, which);
}

template <class Op, class T, template <class> class Offset>
Flow bit_of_register(Cpu& cpu, const Insn& insn) {
    const T offset = TRY(Offset<T>::load(cpu, insn));
    const T result = test_and_change<Op, T>(cpu, cpu.reg<T>(insn.reg), offset);
    if constexpr (Op::kStores) cpu.set_reg<T>(insn.reg, result);
    return Flow::next;
}

template <class Op, class T>
Flow bit_of_memory(Cpu& cpu, const Insn& insn, u64 offset) {
    if constexpr (Op::kStores)
        return cpu.modify_operand<T>(insn, [&](T value) { return test_and_change<Op, T>(cpu, value, offset); });
    const T value = TRY(cpu.read_operand<T>(insn));
    test_and_change<Op, T>(cpu, value, offset);
    return Flow::next;
}
template <class Op, class T>
Flow bit_of_memory_by_immediate(Cpu& cpu, const Insn& insn) {
    return bit_of_memory<Op, T>(cpu, insn, insn.immediate);
}
template <class Op, class T>
Flow bit_of_string(Cpu& cpu, const Insn& insn) {
    const i64 offset = static_cast<std::make_signed_t<T>>(cpu.reg<T>(insn.reg));
    Insn element = insn;
    // The element that holds the bit: whole operands away from the address, backwards for negative offsets.
    element.displacement64 += static_cast<u64>((offset >> std::countr_zero(sizeof(T) * 8)) * static_cast<i64>(sizeof(T)));
    return bit_of_memory<Op, T>(cpu, element, static_cast<u64>(offset));
}

template <class Op>
Handler select_bit_test(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        if constexpr (sizeof(T) == 1)
            return nullptr;
        else if (decoded.is_register(0))
            return decoded.is_register(1) ? Handler{bit_of_register<Op, T, FromRegister2>}
                                          : Handler{bit_of_register<Op, T, FromImmediate>};
        else
            return decoded.is_register(1) ? Handler{bit_of_string<Op, T>} : Handler{bit_of_memory_by_immediate<Op, T>};
    });
}

constexpr Family kBitTests[] = {
    {ZYDIS_MNEMONIC_BT, select_bit_test<Bt>},
    {ZYDIS_MNEMONIC_BTS, select_bit_test<Bts>},
    {ZYDIS_MNEMONIC_BTR, select_bit_test<Btr>},
    {ZYDIS_MNEMONIC_BTC, select_bit_test<Btc>},
};

}  // namespace

std::span<const Family> bit_test_family() { return kBitTests; }

}  // namespace vmxsim::cpu
