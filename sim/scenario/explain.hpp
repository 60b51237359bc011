// SPDX-License-Identifier: MIT
// Runs and replays in words.
#pragma once

#include <string>
#include <vector>

#include "report/rule_mentions.hpp"
#include "scenario/replay.hpp"
#include "scenario/run.hpp"

namespace vmxsim::scenario {

// "vmwrite GUEST_RIP = 0x8000", "load golden (88 fields)"
std::string step_text(const StepResult& result);

// Why an event did not succeed, line by line: the rule that decided, then every check that fails, with the values that it
// read and the smallest edit that mends it. Nothing for an event that succeeded.
std::vector<std::string> explanation(const Event& event, const report::RuleMentions& mentions);

std::vector<std::string> divergence_text(const Divergence& divergence);

}  // namespace vmxsim::scenario
