// SPDX-License-Identifier: MIT
// Capability MSRs that no processor can report: what a broken reader, a typing error or a bad emulator gives away.
#pragma once

#include <string>
#include <vector>

#include "vmcs/cpu_profile.hpp"

namespace vmxsim {

// One sentence a doubt; empty when the values are consistent.
std::vector<std::string> doubts_about(const VmxMsrs& msrs);

}  // namespace vmxsim
