// SPDX-License-Identifier: MIT
// Dumps as people paste them: any text either is a list of VMCSs or an InputError.
#include <cstdint>
#include <string_view>

#include "base/input_error.hpp"
#include "import/dump.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto dumps = vmxsim::import::parse_dumps({reinterpret_cast<const char*>(data), size}, "fuzz");
        if (dumps.empty()) __builtin_trap();
        for (const vmxsim::import::DumpedVmcs& dump : dumps)
            for (const auto& [field, line] : dump.lines)
                if (!dump.vmcs.knows(field)) __builtin_trap();
    } catch (const vmxsim::InputError&) {
    }
    return 0;
}
