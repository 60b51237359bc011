// SPDX-License-Identifier: MIT
// Executes the scenario of a trace again on the simulator, with the processor, the places and the host of the trace, and
// compares every event with the recorded one.
#pragma once

#include <optional>
#include <string>

#include "scenario/trace_reader.hpp"

namespace vmxsim::scenario {

// The first difference. recorded or simulated is empty where that side has no such event or member.
struct Divergence {
    size_t event = 0;     // from 0
    Position position{};  // of the recorded event, or of the end
    size_t step = 0;
    std::string operation{}, member{};  // member: "outcome", "violations", ...; empty when the whole event differs
    std::string recorded{}, simulated{};
    std::string why{}, sdm{};  // what decided on the simulator's side
};

struct ReplayResult {
    size_t events = 0;  // that agree
    std::optional<Divergence> divergence{};
};

ReplayResult replay(TraceReader& trace);

}  // namespace vmxsim::scenario
