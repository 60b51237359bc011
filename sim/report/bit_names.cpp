// SPDX-License-Identifier: MIT
#include "report/bit_names.hpp"

#include <bit>

namespace vmxsim::report {

BitNames::BitNames() : by_field_(spec::kFieldCount) {
    for (const spec::ControlInfo& control : spec::kControls)
        by_field_[static_cast<size_t>(spec::field_of(control.word))].push_back(
            {control.bit, control.bit, control.name, {}, true});
    for (size_t i = 0; i < spec::kFieldCount; ++i) {
        const auto reg = spec::register_of(static_cast<Field>(i));
        if (!reg) continue;
        for (const spec::RegisterBitInfo& row : spec::bits_of(*reg)) {
            if (row.mnemonic == "1") continue;  // its number says as much
            // "blocking by STI" says more than "STI", and "PE" more than "protection enable".
            const bool by_name = *reg == spec::Register::interruptibility_state;
            by_field_[i].push_back(
                {row.high, row.low, by_name ? row.name : row.mnemonic, by_name ? row.mnemonic : row.name, false});
        }
    }
}

std::string bits_in_words(u64 mask) {
    std::string words = std::popcount(mask) == 1 ? "bit " : "bits ";
    for (u64 rest = mask; rest != 0;) {
        const auto low = static_cast<unsigned>(std::countr_zero(rest));
        const unsigned high = low + static_cast<unsigned>(std::countr_one(rest >> low)) - 1;
        rest &= ~vmxsim::mask(high, low);
        if (words.back() != ' ') words += rest == 0 ? " and " : ", ";
        words += std::to_string(high);
        if (high != low) words += ":" + std::to_string(low);
    }
    return words;
}

}  // namespace vmxsim::report
