// SPDX-License-Identifier: MIT
// An explanation as one line of JSON: the shape that docs/check.md describes and scripts rely on.
#pragma once

#include <string>

#include "report/entry_explanation.hpp"

namespace vmxsim::report {

// Appends one object and a line feed.
void append_json(std::string& out, const EntryExplanation& explanation);

// A line that could not be answered: {"id": "...", "error_message": "..."}. id may be empty: not known.
void append_json_error(std::string& out, std::string_view id, std::string_view message);

}  // namespace vmxsim::report
