// SPDX-License-Identifier: MIT
#include "report/describe_edit.hpp"

#include <bit>

#include "base/number.hpp"
#include "report/bit_names.hpp"

namespace vmxsim::report {
namespace {

constexpr int kMostRuns = 3;  // an instruction that names more ranges of bits than this is harder to follow than the value

// How many runs of neighbouring ones a mask has: what a reader has to keep in mind.
int runs(u64 mask) { return std::popcount(mask & ~(mask << 1)); }

}  // namespace

bool is_told_by_bits(const vmx::Edit& edit, u64 was) {
    const u64 sets = edit.value & ~was, clears = was & ~edit.value;
    return (sets | clears) != 0 && runs(sets) + runs(clears) <= kMostRuns;
}

void describe_edit(std::string& out, const vmx::Edit& edit, u64 was) {
    if (edit.field == spec::Field::none) {
        out += "no single field repairs this: make true what the rule says";
        return;
    }
    const std::string_view name = spec::info(edit.field).name;
    const u64 sets = edit.value & ~was, clears = was & ~edit.value;
    if (!is_told_by_bits(edit, was)) {
        out.append("write ").append(hex(edit.value)).append(" to ").append(name).append(" (it is ").append(hex(was)).append(")");
        return;
    }
    if (sets != 0) out.append("set ").append(bits_in_words(sets));
    if (sets != 0 && clears != 0) out += " and ";
    if (clears != 0) out.append("clear ").append(bits_in_words(clears));
    out.append(" of ").append(name).append(" (").append(hex(was)).append(" -> ").append(hex(edit.value)).append(")");
}

}  // namespace vmxsim::report
