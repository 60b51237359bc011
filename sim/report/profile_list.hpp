// SPDX-License-Identifier: MIT
// The named processors as a list: `vmxsim caps --list`.
#pragma once

#include <string>

namespace vmxsim::report {

std::string list_profiles();
std::string list_profiles_json();

}  // namespace vmxsim::report
