// SPDX-License-Identifier: MIT
// Bit arithmetic in the SDM's notation: bits(v, 11, 0) is "bits 11:0 of v".
#pragma once

#include "base/types.hpp"

namespace vmxsim {

constexpr u64 bit(unsigned n) { return u64{1} << n; }

// A mask with bits high:low set; high may be 63.
constexpr u64 mask(unsigned high, unsigned low) { return (high >= 63 ? ~u64{0} : bit(high + 1) - 1) & ~(bit(low) - 1); }

constexpr u64 bits(u64 value, unsigned high, unsigned low) { return (value & mask(high, low)) >> low; }

constexpr bool is_set(u64 value, unsigned n) { return (value >> n & 1) != 0; }

// True when bits 63:width-1 are identical (SDM Vol. 1, 3.3.7.1).
constexpr bool is_canonical(u64 address, unsigned width) {
    const u64 upper = address >> (width - 1);
    return upper == 0 || upper == ~u64{0} >> (width - 1);
}

}  // namespace vmxsim
