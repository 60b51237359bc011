// SPDX-License-Identifier: MIT
// Likely causes when nothing is certain: what fails most often in practice, as rows over what a dump does show.
#pragma once

#include <span>

#include "report/classify_entry.hpp"
#include "report/entry_explanation.hpp"

namespace vmxsim::report {

enum class HintKind : u8 {
    sign,      // the dump itself points to this check
    frequent,  // what fails often, told when nothing else is known
    advice,    // what to collect
};

struct HintRow {
    std::string_view check;  // the check it is about; empty for none
    HintKind kind;
    bool (*applies)(const import::DumpedVmcs&, const Classified&);
    std::string_view text;
};
std::span<const HintRow> hint_rows();

struct FoundHint {
    Hint hint;
    HintKind kind;
};

// The rows that apply, in their order: the most telling first. undecided: by check, whether its verdict is still open.
std::vector<FoundHint> hints_for(const import::DumpedVmcs& dump, const Classified& classified,
                                 const std::vector<bool>& undecided);

}  // namespace vmxsim::report
