// SPDX-License-Identifier: MIT
// Runs a scenario on a backend, step by step, and tells an observer about every event and every finished step.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scenario/backend.hpp"
#include "scenario/scenario.hpp"

namespace vmxsim::scenario {

// One operation of a step, as the backend answered it. A step may be many: each field of a template is one.
struct Event {
    size_t step = 0;  // from 1; the step of a loop's handler has the loop's number
    Operation operation = Operation::set;
    std::vector<std::pair<std::string_view, std::string>> operands{};  // as traces write them
    std::optional<u64> value{};                                        // what was read, or what a variable got
    vmx::Outcome outcome{};
    std::vector<Violation> violations{};  // of a VM entry that a check refused: all of them
    std::optional<ExitRecord> exit{};
};

struct StepResult {
    size_t number = 0;
    const Step& step;
    size_t events = 0, failures = 0;  // events, and those of them that did not succeed
    Event decisive{};                 // the first event that did not succeed, otherwise the last
    std::string disagreement{};       // with the expectation; empty when it holds or there is none
};

class Observer {
public:
    virtual ~Observer() = default;
    virtual bool on_event(const Event& event) = 0;  // false ends the run
    virtual void on_step(const StepResult& result) = 0;
};

struct PlacedRegion {
    std::string name{};
    u64 address = 0, size = 0;
    Bytes bytes{};  // from the first byte; the rest is zero
};

// A machine that is ready for the first step: what a trace records before its events.
struct Setup {
    std::vector<PlacedRegion> regions{};
    CpuState host{};
};

// Places and fills the regions, assembles what is to be assembled, and gives the host's registers their values.
Setup prepare(const Scenario& scenario, Backend& backend);
// The same from a trace: nothing is chosen, computed or assembled again.
void restore(const Setup& setup, Backend& backend);

struct RunResult {
    size_t steps = 0, events = 0;  // done
    size_t expectations = 0, disagreements = 0;
    bool in_guest = false;  // the last entry succeeded and the guest would run now
    bool finished = false;  // every step was done
};

RunResult run(const Scenario& scenario, const Setup& setup, Backend& backend, Observer& observer);

}  // namespace vmxsim::scenario
