// SPDX-License-Identifier: MIT
// Scenarios as people write them: any text either is one, which runs or says what is not modelled, or an InputError.
#include <cstdint>
#include <string>

#include "base/input_error.hpp"
#include "base/invariant.hpp"
#include "scenario/parse.hpp"
#include "scenario/run.hpp"
#include "scenario/simulated_backend.hpp"
#include "vmcs/profiles.hpp"

using namespace vmxsim;
using namespace vmxsim::scenario;

namespace {

class Silent : public Observer {
public:
    bool on_event(const Event&) override { return ++events_ < 5000; }
    void on_step(const StepResult&) override {}

private:
    unsigned events_ = 0;
};

// Nothing outside the text: no files, no assembler. Little memory, so that many inputs are tried.
bool is_small(const Scenario& scenario) {
    u64 memory = 0;
    for (const Region& region : scenario.regions) {
        if (!region.file.empty() || !region.assembly.empty()) return false;
        memory += region.size;
    }
    return memory <= u64{1} << 20 && scenario.steps.size() <= 200;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const Scenario scenario = parse_scenario("fuzz", std::string(reinterpret_cast<const char*>(data), size));
        if (!is_small(scenario)) return 0;
        SimulatedBackend backend(default_profile());
        const Setup setup = prepare(scenario, backend);
        Silent observer;
        const RunResult result = run(scenario, setup, backend, observer);
        if (result.steps > scenario.steps.size() || result.disagreements > result.expectations + result.steps) __builtin_trap();
    } catch (const InputError&) {
    } catch (const Unmodelled&) {
    }
    return 0;
}
