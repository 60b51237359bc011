// SPDX-License-Identifier: MIT
// Traces from anywhere: any text either is one, which agrees or diverges, or an InputError.
#include <cstdint>
#include <string>

#include "base/input_error.hpp"
#include "base/invariant.hpp"
#include "scenario/replay.hpp"

using namespace vmxsim;
using namespace vmxsim::scenario;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        TraceReader trace("fuzz", std::string(reinterpret_cast<const char*>(data), size));
        u64 memory = 0;
        for (const PlacedRegion& region : trace.setup().regions) memory += region.size;
        if (memory > u64{1} << 20 || trace.scenario().steps.size() > 200) return 0;
        const ReplayResult result = replay(trace);
        if (!result.divergence && result.events != trace.event_count()) __builtin_trap();
    } catch (const InputError&) {
    } catch (const Unmodelled&) {
    }
    return 0;
}
