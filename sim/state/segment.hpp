// SPDX-License-Identifier: MIT
// A segment register with its hidden part. Access rights are in the VMCS's format (SDM 24.4.1, table 24-2), everywhere.
#pragma once

#include "base/bits.hpp"

namespace vmxsim {

enum class SegmentRegister : u8 { es, cs, ss, ds, fs, gs, ldtr, tr };  // the order of the VMCS encodings
inline constexpr size_t kSegmentRegisterCount = 8;

struct AccessRights {
    u32 value = 0;

    constexpr u32 type() const { return value & 0xF; }
    constexpr bool s() const { return is_set(value, 4); }
    constexpr u32 dpl() const { return static_cast<u32>(bits(value, 6, 5)); }
    constexpr bool present() const { return is_set(value, 7); }
    constexpr bool l() const { return is_set(value, 13); }
    constexpr bool db() const { return is_set(value, 14); }
    constexpr bool g() const { return is_set(value, 15); }
    constexpr bool unusable() const { return is_set(value, 16); }
    constexpr bool accessed() const { return is_set(value, 0); }
    constexpr bool code() const { return is_set(value, 3); }
    constexpr bool conforming() const { return is_set(value, 2); }
    constexpr bool writable_or_readable() const { return is_set(value, 1); }

    friend bool operator==(const AccessRights&, const AccessRights&) = default;
};
inline constexpr u32 kUnusable = 0x10000;

struct Segment {
    u16 selector = 0;
    u64 base = 0;
    u32 limit = 0;
    AccessRights rights;

    friend bool operator==(const Segment&, const Segment&) = default;
};

struct DescriptorTable {
    u64 base = 0;
    u16 limit = 0;

    friend bool operator==(const DescriptorTable&, const DescriptorTable&) = default;
};

}  // namespace vmxsim
