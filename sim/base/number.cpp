// SPDX-License-Identifier: MIT
#include "base/number.hpp"

#include <charconv>

namespace vmxsim {
namespace {

std::optional<u64> parse(std::string_view digits, int base) {
    u64 value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, value, base);
    if (digits.empty() || error != std::errc{} || stopped != end) return std::nullopt;
    return value;
}

}  // namespace

std::string hex(u64 value, unsigned digits) {
    char buffer[16];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, 16).ptr;
    const auto length = static_cast<size_t>(end - buffer);
    return "0x" + std::string(digits > length ? digits - length : 0, '0') + std::string(buffer, length);
}

std::optional<u64> parse_number(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) return parse_hex_digits(text.substr(2));
    return parse(text, 10);
}

std::optional<u64> parse_hex_digits(std::string_view text) { return parse(text, 16); }

}  // namespace vmxsim
