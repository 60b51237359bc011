// SPDX-License-Identifier: MIT
// An explanation for a person at a terminal: the class on the first line, the causes below it.
#pragma once

#include <string>

#include "report/entry_explanation.hpp"

namespace vmxsim::report {

struct TextStyle {
    bool colour = false;
    unsigned width = 100;
    size_t profiles_known = 0;  // how many processors were tried
};

std::string explanation_text(const EntryExplanation& explanation, const TextStyle& style);

}  // namespace vmxsim::report
