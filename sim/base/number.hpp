// SPDX-License-Identifier: MIT
// Numbers as people and the contracts write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/types.hpp"

namespace vmxsim {

// "0x681e": lower case, no leading zeros; digits pads with zeros on the left.
std::string hex(u64 value, unsigned digits = 1);

// "0x1F" or "0X1f" as hex, "31" as decimal; nothing on any other character, an empty string or more than 64 bits.
std::optional<u64> parse_number(std::string_view text);

// The same without a prefix: "1F" is hex.
std::optional<u64> parse_hex_digits(std::string_view text);

}  // namespace vmxsim
