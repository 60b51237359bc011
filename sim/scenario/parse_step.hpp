// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>

#include "scenario/json_input.hpp"
#include "scenario/scenario.hpp"

namespace vmxsim::scenario {

// The names that a step may use: what the scenario has defined so far. Steps add variables.
struct Scope {
    std::set<std::string> regions, variables, templates;
};

std::string parse_name(const std::string& name, const JsonCursor& where);  // letters, digits and "_"
Expression parse_expression(const JsonCursor& json, const Scope& scope);
spec::FieldAccess parse_field(const std::string& name, const JsonCursor& where);
std::vector<FieldValue> parse_fields(const JsonCursor& json, const Scope& scope);
std::vector<Step> parse_steps(const JsonCursor& json, Scope& scope, unsigned depth = 0);

}  // namespace vmxsim::scenario
