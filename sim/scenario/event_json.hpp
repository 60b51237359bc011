// SPDX-License-Identifier: MIT
// The parts of a trace as JSON: events, processors, the machine before the first step.
#pragma once

#include "scenario/json_input.hpp"
#include "scenario/run.hpp"

namespace vmxsim::scenario {

// {"step": 7, "op": "vmwrite", "field": "GUEST_RIP", "encoding": "0x681e", "value": "0x8000", "outcome": "succeed"}
Json to_json(const Event& event);

// A vmxsim-cpu object, with everything that another vmxsim needs to be this processor.
Json to_json(const CpuProfile& profile);
CpuProfile parse_profile(const JsonCursor& json);

Json regions_to_json(const Setup& setup);
Json host_to_json(const CpuState& host);
Setup parse_setup(const JsonCursor& regions, const JsonCursor& host);

}  // namespace vmxsim::scenario
