// SPDX-License-Identifier: MIT
// SHL, SHR, SAR, ROL, ROR, RCL, RCR, SHLD, SHRD and the flagless RORX, SARX, SHLX, SHRX (SDM volume 2). Counts are taken
// modulo 32, or 64 with a 64-bit operand; a count of zero changes no flag.
#include "cpu/instructions/operand_forms.hpp"
#include "cpu/instructions/system_guards.hpp"

namespace vmxsim::cpu {
namespace {

template <class T>
constexpr unsigned kWidth = sizeof(T) * 8;
template <class T>
constexpr unsigned kCountMask = sizeof(T) == 8 ? 63 : 31;

template <class T>
bool top_bit(T value) {
    return (value >> (kWidth<T> - 1) & 1) != 0;
}

// IMPL: OF after a count above 1 is undefined; it is computed by the rule for 1, as Intel's processors do. AF is cleared.
template <class T>
void set_shift_flags(Cpu& cpu, T result, bool carry, bool overflow) {
    const bool into_top = carry != overflow;
    const T top = static_cast<T>(carry ? T{1} << (kWidth<T> - 1) : 0),
            second = static_cast<T>(into_top ? T{1} << (kWidth<T> - 2) : 0);
    cpu.status.set_arithmetic(result, static_cast<T>(top | second));
}

// Each takes a count from 1 to the count mask, which may exceed the width of 8- and 16-bit operands.
struct Shl {
    template <class T>
    static T apply(Cpu& cpu, T a, unsigned count) {
        const T result = count < kWidth<T> ? static_cast<T>(u64{a} << count) : T{0};
        const bool carry = count <= kWidth<T> && (u64{a} >> (kWidth<T> - count) & 1) != 0;
        set_shift_flags(cpu, result, carry, top_bit(result) != carry);
        return result;
    }
};
struct Shr {
    template <class T>
    static T apply(Cpu& cpu, T a, unsigned count) {
        const T result = count < kWidth<T> ? static_cast<T>(a >> count) : T{0};
        const bool carry = count <= kWidth<T> && (u64{a} >> (count - 1) & 1) != 0;
        set_shift_flags(cpu, result, carry, top_bit(result) != top_bit(static_cast<T>(result << 1)));
        return result;
    }
};
struct Sar {
    template <class T>
    static T apply(Cpu& cpu, T a, unsigned count) {
        const i64 wide = static_cast<std::make_signed_t<T>>(a);
        const T result = static_cast<T>(wide >> count);
        set_shift_flags(cpu, result, (wide >> (count - 1) & 1) != 0, false);
        return result;
    }
};

void set_rotate_flags(Cpu& cpu, bool carry, bool overflow) {
    cpu.status.change(kCf | kOf, (carry ? kCf : 0) | (overflow ? kOf : 0));
}

struct Rol {
    template <class T>
    static T apply(Cpu& cpu, T a, unsigned count) {
        const T result = std::rotl(a, static_cast<int>(count % kWidth<T>));
        const bool carry = (result & 1) != 0;
        set_rotate_flags(cpu, carry, top_bit(result) != carry);
        return result;
    }
};
struct Ror {
    template <class T>
    static T apply(Cpu& cpu, T a, unsigned count) {
        const T result = std::rotr(a, static_cast<int>(count % kWidth<T>));
        set_rotate_flags(cpu, top_bit(result), top_bit(result) != top_bit(static_cast<T>(result << 1)));
        return result;
    }
};
// Through CF: a rotation of one bit more than the operand has.
struct Rcl {
    template <class T>
    static T apply(Cpu& cpu, T a, unsigned count) {
        count %= kWidth<T> + 1;
        bool carry = cpu.status.cf();
        if (count != 0) {
            const u64 above = count == 1 ? 0 : u64{a} >> (kWidth<T> + 1 - count);
            const bool out = (u64{a} >> (kWidth<T> - count) & 1) != 0;
            const u64 shifted = count == 64 ? 0 : u64{a} << count;
            a = static_cast<T>(shifted | (carry ? bit(count - 1) : 0) | above);
            carry = out;
        }
        set_rotate_flags(cpu, carry, top_bit(a) != carry);
        return a;
    }
};
struct Rcr {
    template <class T>
    static T apply(Cpu& cpu, T a, unsigned count) {
        count %= kWidth<T> + 1;
        bool carry = cpu.status.cf();
        if (count != 0) {
            const u64 wrapped = count == 1 ? 0 : u64{a} << (kWidth<T> + 1 - count);
            const bool out = (u64{a} >> (count - 1) & 1) != 0;
            const u64 shifted = count == 64 ? 0 : u64{a} >> count;
            a = static_cast<T>(shifted | (carry ? bit(kWidth<T> - count) : 0) | wrapped);
            carry = out;
        }
        set_rotate_flags(cpu, carry, top_bit(a) != top_bit(static_cast<T>(a << 1)));
        return a;
    }
};

struct CountInCl {
    static unsigned load(Cpu& cpu, const Insn&) { return cpu.reg<u8>(8); }
};
struct CountInImmediate {
    static unsigned load(Cpu&, const Insn& insn) { return static_cast<u8>(insn.immediate); }
};

template <class Op, class T, class Count>
Flow shift_register(Cpu& cpu, const Insn& insn) {
    const unsigned count = Count::load(cpu, insn) & kCountMask<T>;
    const T value = cpu.reg<T>(insn.reg);
    cpu.set_reg<T>(insn.reg, count == 0 ? value : Op::template apply<T>(cpu, value, count));
    return Flow::next;
}
template <class Op, class T, class Count>
Flow shift_memory(Cpu& cpu, const Insn& insn) {
    const unsigned count = Count::load(cpu, insn) & kCountMask<T>;
    return cpu.modify_operand<T>(insn, [&](T value) { return count == 0 ? value : Op::template apply<T>(cpu, value, count); });
}
template <class Op>
Handler select_shift(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        if (decoded.is_register(1))
            return decoded.is_register(0) ? Handler{shift_register<Op, T, CountInCl>} : Handler{shift_memory<Op, T, CountInCl>};
        return decoded.is_register(0) ? Handler{shift_register<Op, T, CountInImmediate>}
                                      : Handler{shift_memory<Op, T, CountInImmediate>};
    });
}

// SHLD and SHRD. A 16-bit count above 16 is undefined: IMPL: the bits rotate on through both operands, as Intel's
// processors do.
struct Shld {
    template <class T>
    static T apply(Cpu& cpu, T a, T fill, unsigned count) {
        T result;
        bool carry;
        if constexpr (sizeof(T) == 2) {
            const u64 all = u64{a} << 32 | u64{fill} << 16 | a;
            result = static_cast<T>(all << count >> 32);
            carry = (all >> (48 - count) & 1) != 0;
        } else {
            result = static_cast<T>(a << count | fill >> (kWidth<T> - count));
            carry = (a >> (kWidth<T> - count) & 1) != 0;
        }
        set_shift_flags(cpu, result, carry, top_bit(result) != carry);
        return result;
    }
};
struct Shrd {
    template <class T>
    static T apply(Cpu& cpu, T a, T fill, unsigned count) {
        T result;
        bool carry;
        if constexpr (sizeof(T) == 2) {
            const u64 all = u64{a} << 32 | u64{fill} << 16 | a;
            result = static_cast<T>(all >> count);
            carry = (all >> (count - 1) & 1) != 0;
        } else {
            result = static_cast<T>(a >> count | fill << (kWidth<T> - count));
            carry = (a >> (count - 1) & 1) != 0;
        }
        set_shift_flags(cpu, result, carry, top_bit(result) != top_bit(static_cast<T>(result << 1)));
        return result;
    }
};

template <class Op, class T, class Count>
Flow double_shift_register(Cpu& cpu, const Insn& insn) {
    const unsigned count = Count::load(cpu, insn) & kCountMask<T>;
    const T value = cpu.reg<T>(insn.reg);
    cpu.set_reg<T>(insn.reg, count == 0 ? value : Op::template apply<T>(cpu, value, cpu.reg<T>(insn.reg2), count));
    return Flow::next;
}
template <class Op, class T, class Count>
Flow double_shift_memory(Cpu& cpu, const Insn& insn) {
    const unsigned count = Count::load(cpu, insn) & kCountMask<T>;
    const T fill = cpu.reg<T>(insn.reg);
    return cpu.modify_operand<T>(insn,
                                 [&](T value) { return count == 0 ? value : Op::template apply<T>(cpu, value, fill, count); });
}
template <class Op>
Handler select_double_shift(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        if constexpr (sizeof(T) == 1)
            return nullptr;
        else if (decoded.is_register(2))
            return decoded.is_register(0) ? Handler{double_shift_register<Op, T, CountInCl>}
                                          : Handler{double_shift_memory<Op, T, CountInCl>};
        else
            return decoded.is_register(0) ? Handler{double_shift_register<Op, T, CountInImmediate>}
                                          : Handler{double_shift_memory<Op, T, CountInImmediate>};
    });
}

// The flagless ones: VEX-encoded, 32 or 64 bits.
struct Rorx {
    template <class T>
    static T apply(T a, unsigned count) {
        return std::rotr(a, static_cast<int>(count));
    }
};
struct Sarx {
    template <class T>
    static T apply(T a, unsigned count) {
        return static_cast<T>(static_cast<std::make_signed_t<T>>(a) >> count);
    }
};
struct Shlx {
    template <class T>
    static T apply(T a, unsigned count) {
        return static_cast<T>(a << count);
    }
};
struct Shrx {
    template <class T>
    static T apply(T a, unsigned count) {
        return static_cast<T>(a >> count);
    }
};

// The count is in the register behind the source, or (RORX) in the immediate.
template <class Op, class T, bool kMemory, bool kImmediate>
Flow flagless_shift(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_protected_mode(cpu));
    const T value = kMemory ? TRY(cpu.read_operand<T>(insn)) : cpu.reg<T>(insn.reg2);
    const unsigned count = kImmediate ? static_cast<u8>(insn.immediate) : cpu.reg<u8>(kMemory ? insn.reg2 : insn.reg3);
    cpu.set_reg<T>(insn.reg, Op::template apply<T>(value, count & kCountMask<T>));
    return Flow::next;
}
template <class Op, bool kImmediate>
Handler select_flagless_shift(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        if constexpr (sizeof(T) < 4)
            return nullptr;
        else
            return decoded.is_memory(1) ? Handler{flagless_shift<Op, T, true, kImmediate>}
                                        : Handler{flagless_shift<Op, T, false, kImmediate>};
    });
}

constexpr Family kShifts[] = {
    {ZYDIS_MNEMONIC_SHL, select_shift<Shl>},
    {ZYDIS_MNEMONIC_SHR, select_shift<Shr>},
    {ZYDIS_MNEMONIC_SAR, select_shift<Sar>},
    {ZYDIS_MNEMONIC_ROL, select_shift<Rol>},
    {ZYDIS_MNEMONIC_ROR, select_shift<Ror>},
    {ZYDIS_MNEMONIC_RCL, select_shift<Rcl>},
    {ZYDIS_MNEMONIC_RCR, select_shift<Rcr>},
    {ZYDIS_MNEMONIC_SHLD, select_double_shift<Shld>},
    {ZYDIS_MNEMONIC_SHRD, select_double_shift<Shrd>},
    {ZYDIS_MNEMONIC_RORX, select_flagless_shift<Rorx, true>, Feature::bmi2},
    {ZYDIS_MNEMONIC_SARX, select_flagless_shift<Sarx, false>, Feature::bmi2},
    {ZYDIS_MNEMONIC_SHLX, select_flagless_shift<Shlx, false>, Feature::bmi2},
    {ZYDIS_MNEMONIC_SHRX, select_flagless_shift<Shrx, false>, Feature::bmi2},
};

}  // namespace

std::span<const Family> shift_family() { return kShifts; }

}  // namespace vmxsim::cpu
