// SPDX-License-Identifier: MIT
// The values of a list of fields, whose radix shows only when all of them are known.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "import/dump_builder.hpp"

namespace vmxsim::import {

// A number as a list shows it; its radix may have to be inferred from the whole list.
struct ListNumber {
    std::string digits;
    bool hex = false;        // "0x.." or "..h"
    bool looks_hex = false;  // letters, or zeros in front
};

// "0x80050033", "80050033h", "fffff800`01234567", "12"; nothing when word is no number.
std::optional<ListNumber> number_in(std::string_view word);

// One list while it is read.
class OpenList {
public:
    OpenList(DumpFormat format, const std::string& file, unsigned line) : builder(format, file, line) {}

    DumpBuilder builder;

    bool begins_again(spec::FieldAccess access) const {
        return !values_.empty() && values_.front().access.field == access.field && values_.front().access.high == access.high;
    }

    void add(spec::FieldAccess access, ListNumber number, Place place) {
        all_hex_ = all_hex_ || (number.looks_hex && !number.hex);
        values_.push_back({access, std::move(number), place});
    }
    void assume_hex() { all_hex_ = true; }

    // More digits for the value that ended line `line`, when it is written with 0x; false when there is none such.
    bool lengthen(unsigned line, std::string_view digits) {
        if (values_.empty() || values_.back().place.line != line || !values_.back().number.hex) return false;
        values_.back().number.digits += digits;
        return true;
    }

    DumpedVmcs finish();

private:
    struct Value {
        spec::FieldAccess access;
        ListNumber number;
        Place place;
    };
    std::vector<Value> values_;
    bool all_hex_ = false;
};

}  // namespace vmxsim::import
