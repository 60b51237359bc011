// SPDX-License-Identifier: MIT
// A processor as JSON: the vmxsim-cpu format, and what `vmxsim caps --json` prints.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vmcs/cpu_profile.hpp"

namespace vmxsim::import {

// A profile as a text gives it, before anything is completed.
struct ProfileDraft {
    std::string name, source;
    VmxMsrs msrs;
    std::vector<u32> absent;  // said not to exist
    bool complete = false;    // MSRs that are not given do not exist
    std::vector<CpuidLeaf> cpuid;
    std::optional<unsigned> physical_address_bits, linear_address_bits;
    std::vector<std::string> warnings;
};

// Throws InputError with line and column for text that is not JSON, and with the path of the key for a wrong value.
ProfileDraft parse_profile_json(std::string_view text, const std::string& file);

// The profile as a vmxsim-cpu file, which reads back equal.
std::string profile_to_json(const CpuProfile& profile);

}  // namespace vmxsim::import
