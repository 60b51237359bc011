// SPDX-License-Identifier: MIT
// Outcomes as scenarios expect them and traces record them: "succeed", {"fail_valid": 7}, {"fault": "#GP(0)"}, ...
#pragma once

#include <string>

#include "scenario/json_input.hpp"
#include "scenario/scenario.hpp"

namespace vmxsim::scenario {

Json to_json(const vmx::Outcome& outcome);
// For people: "VMfailValid(8): VM entry with invalid host-state field(s)".
std::string to_text(const vmx::Outcome& outcome);

Expectation parse_expectation(const JsonCursor& json);

// Why the outcome is not what was expected; empty when it is. check: the one that decided, or empty; value: when there is one.
std::string disagreement(const Expectation& expected, const vmx::Outcome& outcome, std::string_view check,
                         std::optional<u64> value, const Names& names);

}  // namespace vmxsim::scenario
