// SPDX-License-Identifier: MIT
// What CPUID returns: the profile's leaves, without the features that vmxsim does not execute, and with what describes this
// machine rather than the processor model (one logical processor, its clocks, its caches).
#pragma once

#include <vector>

#include "base/bits.hpp"
#include "state/cpu_state.hpp"
#include "vmcs/cpu_profile.hpp"

namespace vmxsim::cpu {

class CpuidPolicy {
public:
    explicit CpuidPolicy(const CpuProfile& profile);

    // As the instruction returns it in this state (CR4.OSXSAVE, IA32_APIC_BASE and the like show through).
    CpuidLeaf ask(u32 leaf, u32 subleaf, const CpuState& state) const;

    using Register = u32 CpuidLeaf::*;
    bool shows(u32 leaf, u32 subleaf, Register which, unsigned bit_number) const {
        return is_set(visible(leaf, subleaf).*which, bit_number);
    }

private:
    CpuidLeaf visible(u32 leaf, u32 subleaf) const;  // zeros when it is not there

    std::vector<CpuidLeaf> leaves_;
    u32 maximum_ = 0;  // the highest basic leaf
};

}  // namespace vmxsim::cpu
