// SPDX-License-Identifier: MIT
// Processors from files: MSR text, caps --json, vmxsim-cpu. What is accepted must survive being written and read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/input_error.hpp"
#include "import/profile_file.hpp"
#include "import/profile_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vmxsim;
    try {
        const import::ReadProfile read = import::parse_profile({reinterpret_cast<const char*>(data), size}, "fuzz");
        const CpuProfile again = import::parse_profile(import::profile_to_json(read.profile), "fuzz").profile;
        const bool same_leaves = again.cpuid.size() >= read.profile.cpuid.size() &&
                                 std::equal(read.profile.cpuid.begin(), read.profile.cpuid.end(), again.cpuid.begin());
        if (!(again.msrs == read.profile.msrs) || !same_leaves) std::abort();
    } catch (const InputError&) {
    }
    return 0;
}
