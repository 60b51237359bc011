// SPDX-License-Identifier: MIT
// Which instructions a processor has, read once from its CPUID leaves (rows of sim/spec/cpuid_features.def).
#pragma once

#include "base/bits.hpp"
#include "vmcs/cpu_profile.hpp"

namespace vmxsim::cpu {

enum class Feature : u8 {
    always,
#define CPUID_FEATURE(identifier, leaf, subleaf, reg, bit_number, name) identifier,
#include "spec/cpuid_features.def"
#undef CPUID_FEATURE
};

class FeatureSet {
public:
    explicit FeatureSet(const CpuProfile& profile) {
#define CPUID_FEATURE(identifier, leaf, subleaf, reg, bit_number, name) \
    if (is_set(profile.cpuid_leaf(leaf, subleaf).reg, bit_number)) set_ |= bit(static_cast<unsigned>(Feature::identifier));
#include "spec/cpuid_features.def"
#undef CPUID_FEATURE
    }

    bool has(Feature feature) const { return is_set(set_, static_cast<unsigned>(feature)); }

private:
    u64 set_ = 1;  // Feature::always
};

}  // namespace vmxsim::cpu
