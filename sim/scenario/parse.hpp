// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "scenario/scenario.hpp"

namespace vmxsim::scenario {

class JsonCursor;

// Everything that can be known to be wrong before it runs is an InputError here, with file, line and column.
// root: the scenario in the document, which is its whole or a part of a trace.
Scenario parse_scenario(std::shared_ptr<const JsonDocument> document, const JsonCursor& root);
Scenario parse_scenario(const std::string& file, const std::string& text);

// path: "-" is standard input.
Scenario load_scenario(const std::string& path);

}  // namespace vmxsim::scenario
