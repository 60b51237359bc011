// SPDX-License-Identifier: MIT
// Many processor names in a few words.
#pragma once

#include <string>
#include <vector>

namespace vmxsim::report {

// Up to a few names as they are; many by generation: "skylake (12), kabylake (7) and 3 more". A name's
// generation is what stands before the first '-'.
std::string group_profiles(const std::vector<std::string>& names);

}  // namespace vmxsim::report
