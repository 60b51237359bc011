// SPDX-License-Identifier: MIT
// MUL, IMUL, MULX, DIV, IDIV (SDM volume 2). Products and dividends are twice as wide as the operands: AX, DX:AX, EDX:EAX,
// RDX:RAX.
#include <cstdint>

#include "cpu/instructions/operand_forms.hpp"
#include "cpu/instructions/system_guards.hpp"

namespace vmxsim::cpu {
namespace {

constexpr u8 kRax = 0, kAh = 1, kRdx = 16;

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

// The type of twice the width.
template <class T>
struct Twice;
template <>
struct Twice<u8> {
    using Unsigned = u16;
    using Signed = std::int16_t;
};
template <>
struct Twice<u16> {
    using Unsigned = u32;
    using Signed = i32;
};
template <>
struct Twice<u32> {
    using Unsigned = u64;
    using Signed = i64;
};
template <>
struct Twice<u64> {
    using Unsigned = u128;
    using Signed = i128;
};
template <class T>
using Wide = typename Twice<T>::Unsigned;
template <class T>
using SignedWide = typename Twice<T>::Signed;
template <class T>
using Signed = std::make_signed_t<T>;

template <class T>
Wide<T> pair(const Cpu& cpu) {
    if constexpr (sizeof(T) == 1)
        return cpu.reg<u16>(kRax);
    else
        return static_cast<Wide<T>>(cpu.reg<T>(kRdx)) << (sizeof(T) * 8) | cpu.reg<T>(kRax);
}
template <class T>
void set_pair(Cpu& cpu, T low, T high) {
    cpu.set_reg<T>(kRax, low);
    cpu.set_reg<T>(sizeof(T) == 1 ? kAh : kRdx, high);
}

// IMPL: SF, ZF, AF and PF are undefined; they are those of the low half, as on Intel's processors.
template <class T>
void set_multiply_flags(Cpu& cpu, T low, bool overflow) {
    cpu.status.set_arithmetic(low, overflow ? static_cast<T>(T{1} << (sizeof(T) * 8 - 1)) : T{0});
}

template <class T>
Wide<T> product(T a, T b) {
    return static_cast<Wide<T>>(static_cast<Wide<T>>(a) * b);
}
template <class T>
SignedWide<T> signed_product(T a, T b) {
    return static_cast<SignedWide<T>>(static_cast<SignedWide<T>>(static_cast<Signed<T>>(a)) * static_cast<Signed<T>>(b));
}
template <class T>
bool fits_signed(SignedWide<T> value) {
    return value == static_cast<Signed<T>>(value);
}

template <class T, template <class> class Source>
Flow mul(Cpu& cpu, const Insn& insn) {
    const T b = TRY(Source<T>::load(cpu, insn));
    const Wide<T> result = product(cpu.reg<T>(kRax), b);
    const T low = static_cast<T>(result), high = static_cast<T>(result >> (sizeof(T) * 8));
    set_pair<T>(cpu, low, high);
    set_multiply_flags<T>(cpu, low, high != 0);
    return Flow::next;
}
template <class T, template <class> class Source>
Flow imul(Cpu& cpu, const Insn& insn) {
    const T b = TRY(Source<T>::load(cpu, insn));
    const SignedWide<T> result = signed_product(cpu.reg<T>(kRax), b);
    const T low = static_cast<T>(result);
    set_pair<T>(cpu, low, static_cast<T>(result >> (sizeof(T) * 8)));
    set_multiply_flags<T>(cpu, low, !fits_signed<T>(result));
    return Flow::next;
}
// IMUL with two or three operands: the low half to a register.
template <class T, template <class> class Source, bool kByImmediate>
Flow imul_to_register(Cpu& cpu, const Insn& insn) {
    const T a = TRY(Source<T>::load(cpu, insn));
    const T b = kByImmediate ? static_cast<T>(insn.immediate) : cpu.reg<T>(insn.reg);
    const SignedWide<T> result = signed_product(a, b);
    cpu.set_reg<T>(insn.reg, static_cast<T>(result));
    set_multiply_flags<T>(cpu, static_cast<T>(result), !fits_signed<T>(result));
    return Flow::next;
}

template <class T, template <class> class Source>
Flow div(Cpu& cpu, const Insn& insn) {
    const T divisor = TRY(Source<T>::load(cpu, insn));
    if (divisor == 0) return cpu.raise(kDivideError);
    const Wide<T> dividend = pair<T>(cpu);
    if (static_cast<T>(dividend >> (sizeof(T) * 8)) >= divisor) return cpu.raise(kDivideError);
    set_pair<T>(cpu, static_cast<T>(dividend / divisor), static_cast<T>(dividend % divisor));
    return Flow::next;
}
template <class T, template <class> class Source>
Flow idiv(Cpu& cpu, const Insn& insn) {
    const auto divisor = static_cast<Signed<T>>(TRY(Source<T>::load(cpu, insn)));
    if (divisor == 0) return cpu.raise(kDivideError);
    const auto dividend = static_cast<SignedWide<T>>(pair<T>(cpu));
    // The one quotient that the wide type itself cannot hold.
    if (divisor == -1 && dividend == static_cast<SignedWide<T>>(static_cast<Wide<T>>(1) << (sizeof(T) * 16 - 1)))
        return cpu.raise(kDivideError);
    const auto quotient = static_cast<SignedWide<T>>(dividend / divisor);
    if (!fits_signed<T>(quotient)) return cpu.raise(kDivideError);
    set_pair<T>(cpu, static_cast<T>(quotient), static_cast<T>(dividend % divisor));
    return Flow::next;
}

template <class T, bool kMemory>
Flow mulx(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_protected_mode(cpu));
    const T b = kMemory ? TRY(cpu.read_operand<T>(insn)) : cpu.reg<T>(insn.reg3);
    const Wide<T> result = product(cpu.reg<T>(kRdx), b);
    // The high half comes last: it is what stays when both destinations are one register.
    cpu.set_reg<T>(insn.reg2, static_cast<T>(result));
    cpu.set_reg<T>(insn.reg, static_cast<T>(result >> (sizeof(T) * 8)));
    return Flow::next;
}

Handler select_mul(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        return decoded.is_memory(0) ? Handler{mul<T, FromMemory>} : Handler{mul<T, FromRegister>};
    });
}
Handler select_imul(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        if (decoded.count() == 1) return decoded.is_memory(0) ? Handler{imul<T, FromMemory>} : Handler{imul<T, FromRegister>};
        if (decoded.is_immediate(2))
            return decoded.is_memory(1) ? Handler{imul_to_register<T, FromMemory, true>}
                                        : Handler{imul_to_register<T, FromRegister2, true>};
        return decoded.is_memory(1) ? Handler{imul_to_register<T, FromMemory, false>}
                                    : Handler{imul_to_register<T, FromRegister2, false>};
    });
}
Handler select_div(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        return decoded.is_memory(0) ? Handler{div<T, FromMemory>} : Handler{div<T, FromRegister>};
    });
}
Handler select_idiv(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        return decoded.is_memory(0) ? Handler{idiv<T, FromMemory>} : Handler{idiv<T, FromRegister>};
    });
}
Handler select_mulx(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        if constexpr (sizeof(T) < 4)
            return nullptr;
        else
            return decoded.is_memory(2) ? Handler{mulx<T, true>} : Handler{mulx<T, false>};
    });
}

constexpr Family kMultiplyDivide[] = {
    {ZYDIS_MNEMONIC_MUL, select_mul},
    {ZYDIS_MNEMONIC_IMUL, select_imul},
    {ZYDIS_MNEMONIC_DIV, select_div},
    {ZYDIS_MNEMONIC_IDIV, select_idiv},
    {ZYDIS_MNEMONIC_MULX, select_mulx, Feature::bmi2},
};

}  // namespace

std::span<const Family> multiply_divide_family() { return kMultiplyDivide; }

}  // namespace vmxsim::cpu
