// SPDX-License-Identifier: MIT
// Which bits of a few MSRs a processor defines, from its CPUID leaves: VM entry refuses values with any other bit set.
#pragma once

#include "vmcs/cpu_profile.hpp"

namespace vmxsim {

u64 defined_efer_bits(const CpuProfile& profile);              // SDM 2.2.1
u64 defined_debugctl_bits(const CpuProfile& profile);          // SDM 17.4.1
u64 defined_perf_global_ctrl_bits(const CpuProfile& profile);  // SDM 18.2
u64 defined_rtit_ctl_bits(const CpuProfile& profile);          // SDM 32.2.7.2
u64 defined_lbr_ctl_bits(const CpuProfile& profile);           // SDM 19.1
u64 defined_spec_ctrl_bits(const CpuProfile& profile);         // SDM vol. 4, MSR 48H
u64 defined_cet_bits(const CpuProfile& profile);               // SDM vol. 1, 17.1.2: IA32_S_CET and IA32_U_CET

}  // namespace vmxsim
