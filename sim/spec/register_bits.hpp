// SPDX-License-Identifier: MIT
// Names of the bits of registers, and of VMCS fields that are made of bits.
#pragma once

#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bits.hpp"
#include "base/types.hpp"
#include "spec/fields.hpp"

namespace vmxsim::spec {

#define REGISTER(identifier, name, sdm)
#define REGISTER_BIT(reg, bit, identifier, mnemonic, name)
#define REGISTER_BITS(reg, high, low, identifier, mnemonic, name)
#define REGISTER_VALUE(reg, low, value, identifier, name)

enum class Register : u8 {
#undef REGISTER
#define REGISTER(identifier, name, sdm) identifier,
#include "spec/register_bits.def"
#undef REGISTER
};

struct RegisterInfo {
    std::string_view identifier, name, sdm;
};
inline constexpr RegisterInfo kRegisters[] = {
#define REGISTER(identifier, name, sdm) {#identifier, name, sdm},
#include "spec/register_bits.def"
#undef REGISTER
#define REGISTER(identifier, name, sdm)
};
constexpr const RegisterInfo& info(Register reg) { return kRegisters[static_cast<size_t>(reg)]; }

// One bit (high equals low), or a group of bits that is read as one number.
struct RegisterBitInfo {
    Register reg;
    u8 high, low;
    std::string_view identifier, mnemonic, name;

    constexpr bool is_group() const { return high != low; }
    constexpr u64 extract(u64 value) const { return bits(value, high, low); }
};
inline constexpr RegisterBitInfo kRegisterBits[] = {
#undef REGISTER_BIT
#undef REGISTER_BITS
#define REGISTER_BIT(reg, bit, identifier, mnemonic, name) {Register::reg, bit, bit, #identifier, mnemonic, name},
#define REGISTER_BITS(reg, high, low, identifier, mnemonic, name) {Register::reg, high, low, #identifier, mnemonic, name},
#include "spec/register_bits.def"
#undef REGISTER_BIT
#undef REGISTER_BITS
#define REGISTER_BIT(reg, bit, identifier, mnemonic, name)
#define REGISTER_BITS(reg, high, low, identifier, mnemonic, name)
};

// What a value of a group of bits means.
struct RegisterValueInfo {
    Register reg;
    u8 low;
    u8 value;
    std::string_view identifier, name;
};
inline constexpr RegisterValueInfo kRegisterValues[] = {
#undef REGISTER_VALUE
#define REGISTER_VALUE(reg, low, value, identifier, name) {Register::reg, low, value, #identifier, name},
#include "spec/register_bits.def"
};
#undef REGISTER
#undef REGISTER_BIT
#undef REGISTER_BITS
#undef REGISTER_VALUE

constexpr std::span<const RegisterBitInfo> bits_of(Register reg) {
    size_t first = 0;
    while (first < std::size(kRegisterBits) && kRegisterBits[first].reg != reg) ++first;
    size_t last = first;
    while (last < std::size(kRegisterBits) && kRegisterBits[last].reg == reg) ++last;
    return std::span(kRegisterBits).subspan(first, last - first);
}

// The row that a bit belongs to; nullptr when the bit is reserved.
constexpr const RegisterBitInfo* find_register_bit(Register reg, unsigned bit) {
    for (const RegisterBitInfo& row : bits_of(reg))
        if (row.low <= bit && bit <= row.high) return &row;
    return nullptr;
}
// "IF" of rflags, in any case; nullptr when there is none.
const RegisterBitInfo* find_register_bit(Register reg, std::string_view mnemonic);

// The bits that have a row.
constexpr u64 defined_bits(Register reg) {
    u64 defined = 0;
    for (const RegisterBitInfo& row : bits_of(reg)) defined |= mask(row.high, row.low);
    return defined;
}

// The meaning of a group's value; empty when no row gives one.
constexpr std::string_view value_name(const RegisterBitInfo& group, u64 value) {
    for (const RegisterValueInfo& row : kRegisterValues)
        if (row.reg == group.reg && row.low == group.low && row.value == value) return row.name;
    return {};
}

// How the value of a field is to be read; nothing when it is not made of named bits. The control words are not here.
std::optional<Register> register_of(Field field);

// What is set, lowest bit first: "PE NE PG", "vector=14 type=3 (hardware exception) error code valid". Bits without a
// row come last: "reserved 0x8000".
std::string describe(Register reg, u64 value);

namespace detail {
constexpr bool register_bits_ascend() {
    for (size_t i = 1; i < std::size(kRegisterBits); ++i) {
        const RegisterBitInfo &previous = kRegisterBits[i - 1], &row = kRegisterBits[i];
        if (row.high < row.low || row.high > 63 || row.reg < previous.reg) return false;
        if (row.reg == previous.reg && row.low <= previous.high) return false;
    }
    return true;
}
static_assert(register_bits_ascend(), "register_bits.def: registers stand together, bits in order, no overlap");
}  // namespace detail

}  // namespace vmxsim::spec
