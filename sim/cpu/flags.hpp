// SPDX-License-Identifier: MIT
// The six status flags, kept as what they are derived from: the last result and the carries between its bits. Writing
// them costs two stores; a flag is computed when it is read.
#pragma once

#include <bit>

#include "base/bits.hpp"

namespace vmxsim::cpu {

// SDM volume 1, 3.4.3.
inline constexpr u64 kCf = bit(0), kPf = bit(2), kAf = bit(4), kZf = bit(6), kSf = bit(7), kTf = bit(8), kIf = bit(9),
                     kDf = bit(10), kOf = bit(11), kIopl = bit(12) | bit(13), kNt = bit(14), kRf = bit(16), kVm = bit(17),
                     kAc = bit(18), kVif = bit(19), kVip = bit(20), kId = bit(21);
inline constexpr u64 kStatusFlags = kCf | kPf | kAf | kZf | kSf | kOf;

class StatusFlags {
public:
    bool cf() const { return (aux_ >> 63) != 0; }
    bool of() const { return ((aux_ >> 63) ^ (aux_ >> 62 & 1)) != 0; }
    bool af() const { return is_set(aux_, 3); }
    bool zf() const { return result_ == 0; }
    bool sf() const { return ((result_ >> 63) ^ (aux_ & 1)) != 0; }
    bool pf() const { return (std::popcount((result_ ^ aux_ >> 8) & 0xFF) & 1) == 0; }

    u64 value() const {
        return (cf() ? kCf : 0) | (pf() ? kPf : 0) | (af() ? kAf : 0) | (zf() ? kZf : 0) | (sf() ? kSf : 0) | (of() ? kOf : 0);
    }
    void set(u64 flags) {
        // A base with ZF = 0, SF = 0, PF = 1 or ZF = 1, SF = 0, PF = 1; the deltas correct SF and PF.
        result_ = (flags & kZf) != 0 ? 0 : 0x100;
        aux_ = ((flags & kCf) != 0 ? bit(63) : 0) | (((flags & kCf) != 0) != ((flags & kOf) != 0) ? bit(62) : 0) |
               ((flags & kAf) != 0 ? bit(3) : 0) | ((flags & kSf) != 0 ? bit(0) : 0) | ((flags & kPf) != 0 ? 0 : bit(8));
    }
    void change(u64 which, u64 flags) { set((value() & ~which) | (flags & which)); }

    // carries: bit n is the carry (or borrow) out of bit n.
    template <class T>
    void set_arithmetic(T result, T carries) {
        constexpr unsigned kWidth = sizeof(T) * 8;
        result_ = sign_extend(result);
        aux_ = (u64{carries} << (64 - kWidth) & (bit(63) | bit(62))) | (carries & 8u);
    }
    template <class T>
    void set_logic(T result) {
        result_ = sign_extend(result);
        aux_ = 0;
    }
    // INC and DEC: all but CF.
    template <class T>
    void set_arithmetic_keeping_cf(T result, T carries) {
        const bool carry = cf();
        set_arithmetic(result, carries);
        const bool overflow = of();
        aux_ = (aux_ & 8u) | (carry ? bit(63) : 0) | (carry != overflow ? bit(62) : 0);
    }

private:
    template <class T>
    static u64 sign_extend(T value) {
        return static_cast<u64>(static_cast<i64>(static_cast<std::make_signed_t<T>>(value)));
    }

    u64 result_ = 0x100;
    u64 aux_ = 0;  // 63: CF, 62: the carry into the top bit (OF = 63 ^ 62), 15:8: parity delta, 3: AF, 0: sign delta
};

}  // namespace vmxsim::cpu
