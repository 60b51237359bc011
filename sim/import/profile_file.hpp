// SPDX-License-Identifier: MIT
// The processor that an option names: a named profile, or a file with somebody's values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vmcs/cpu_profile.hpp"

namespace vmxsim::import {

struct ReadProfile {
    CpuProfile profile;
    std::vector<std::string> warnings;  // values that cannot be right, values given twice
};

// A vmxsim-cpu file, the JSON of `caps --json`, or MSR text (import/msr_text.hpp). file names it in messages.
// What the text does not tell comes from the nearest named profile: CPUID leaves and address widths, and, except in a
// vmxsim-cpu file, MSRs that must exist although nobody read them (listed in CpuProfile::derived_msrs).
ReadProfile parse_profile(std::string_view text, const std::string& file);

ReadProfile read_profile_file(const std::string& path);  // "-": standard input

// What --cpu takes: a name, an alias or a file. Throws InputError with similar names when it is none of them.
ReadProfile resolve_profile_with_warnings(const std::string& name_or_file);
CpuProfile resolve_profile(const std::string& name_or_file);

}  // namespace vmxsim::import
