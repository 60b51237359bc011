// SPDX-License-Identifier: MIT
// What one processor model reports about itself: VMX capability MSRs, CPUID leaves, address widths. Plain data, read
// once when a machine is made; what the rules need is derived from it in vmcs/capabilities.hpp.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/types.hpp"

namespace vmxsim {

inline constexpr u32 kIa32FeatureControl = 0x3A;
inline constexpr u32 kIa32VmxBasic = 0x480;
inline constexpr u32 kFirstVmxMsr = 0x480;
inline constexpr u32 kLastVmxMsr = 0x493;

// IA32_FEATURE_CONTROL and the VMX capability MSRs 480H-493H. An absent one does not exist (RDMSR raises #GP).
class VmxMsrs {
public:
    std::optional<u64> get(u32 msr) const;
    void set(u32 msr, std::optional<u64> value);  // msr: 3AH or 480H-493H, anything else is an InternalError
    u64 get_or_zero(u32 msr) const { return get(msr).value_or(0); }
    static bool contains(u32 msr) { return msr == kIa32FeatureControl || (msr >= kFirstVmxMsr && msr <= kLastVmxMsr); }

    friend bool operator==(const VmxMsrs&, const VmxMsrs&) = default;

private:
    std::optional<u64> feature_control_;
    std::array<std::optional<u64>, kLastVmxMsr - kFirstVmxMsr + 1> capability_{};
};

struct CpuidLeaf {
    u32 leaf, subleaf, eax, ebx, ecx, edx;

    friend bool operator==(const CpuidLeaf&, const CpuidLeaf&) = default;
};

struct CpuProfile {
    std::string name;    // "skylake-i7-6700k"
    std::string source;  // where the values were read
    VmxMsrs msrs;
    std::vector<CpuidLeaf> cpuid;
    unsigned physical_address_bits = 39;
    unsigned linear_address_bits = 48;
    std::vector<u32> derived_msrs;  // MSRs above that were not read on that processor but follow from the others

    // The leaf as CPUID would return it; all zeros when absent.
    CpuidLeaf cpuid_leaf(u32 leaf, u32 subleaf = 0) const;
};

}  // namespace vmxsim
