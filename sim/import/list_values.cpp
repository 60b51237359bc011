// SPDX-License-Identifier: MIT
#include "import/list_values.hpp"

#include <cctype>

#include "base/number.hpp"

namespace vmxsim::import {

// "0x80050033", "80050033h", "fffff800`01234567", "12"; nothing when word is no number.
std::optional<ListNumber> number_in(std::string_view word) {
    ListNumber result;
    if (word.starts_with("0x") || word.starts_with("0X")) {
        result.hex = true;
        word.remove_prefix(2);
    } else if (word.size() > 1 && (word.ends_with('h') || word.ends_with('H'))) {
        result.hex = true;
        word.remove_suffix(1);
    }
    for (const char c : word)
        if (c != '`' && c != '_') result.digits += c;
    if (result.digits.empty() || result.digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
        return std::nullopt;
    if (word.front() == '_' || (!result.hex && std::isdigit(static_cast<unsigned char>(word.front())) == 0 &&
                                result.digits.size() % 4 != 0 && result.digits.find_first_of("0123456789") == std::string::npos))
        return std::nullopt;  // "dead", "add": words rather than numbers
    result.looks_hex = result.digits.find_first_of("abcdefABCDEF") != std::string::npos ||
                       (result.digits.size() >= 4 && result.digits[0] == '0');
    return result;
}

DumpedVmcs OpenList::finish() {
    bool plain = false;
    for (const Value& value : values_) {
        const bool hex = value.number.hex || all_hex_;
        const auto number = hex ? parse_hex_digits(value.number.digits) : parse_number(value.number.digits);
        if (!number)
            builder.fail(value.place, "expected a number of at most 64 bits, found '" + value.number.digits.substr(0, 40) + "'");
        plain = plain || (!hex && value.number.digits.size() > 1);
        builder.set(value.access, *number, value.place);
    }
    if (plain) builder.note("numbers without 0x are taken as decimal");
    values_.clear();
    return builder.finish();
}

}  // namespace vmxsim::import
