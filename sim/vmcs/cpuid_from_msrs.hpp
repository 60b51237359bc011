// SPDX-License-Identifier: MIT
// CPUID bits that the VMX capability MSRs determine: CR4 bits that may be 1 and controls that exist only with a feature.
// A generation's CPUID leaves follow the MSRs of the part at hand, which differ within a generation (SMX, SGX, Intel PT).
#pragma once

#include "vmcs/cpu_profile.hpp"

namespace vmxsim {

// Sets and clears CPUID bits so that no leaf contradicts the capability MSRs; adds leaf 7 or 1CH when a bit needs it.
void make_cpuid_follow_msrs(CpuProfile& profile);

}  // namespace vmxsim
