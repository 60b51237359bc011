// SPDX-License-Identifier: MIT
#include "vmcs/cpu_profile.hpp"

#include "base/invariant.hpp"

namespace vmxsim {

std::optional<u64> VmxMsrs::get(u32 msr) const {
    if (msr == kIa32FeatureControl) return feature_control_;
    if (!contains(msr)) return std::nullopt;
    return capability_[msr - kFirstVmxMsr];
}

void VmxMsrs::set(u32 msr, std::optional<u64> value) {
    if (!contains(msr)) unreachable("MSR " + std::to_string(msr) + " is not a VMX capability MSR");
    if (msr == kIa32FeatureControl)
        feature_control_ = value;
    else
        capability_[msr - kFirstVmxMsr] = value;
}

CpuidLeaf CpuProfile::cpuid_leaf(u32 leaf, u32 subleaf) const {
    for (const CpuidLeaf& candidate : cpuid)
        if (candidate.leaf == leaf && candidate.subleaf == subleaf) return candidate;
    return {leaf, subleaf, 0, 0, 0, 0};
}

}  // namespace vmxsim
