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

// A PAT entry is UC (0), WC (1), WT (4), WP (5), WB (6) or UC- (7); 2, 3 and 8 or more are reserved (SDM 11.12.2).
constexpr u64 reserved_pat_entries(u64 pat) {
    const u64 ones = 0x0101010101010101;
    const u64 upper = (pat >> 3 | pat >> 4 | pat >> 5 | pat >> 6 | pat >> 7) & ones;
    const u64 two_or_three = ~pat >> 2 & pat >> 1 & ones;
    return (upper | two_or_three) * 0xFF;  // every bit of each reserved entry
}

}  // namespace vmxsim
