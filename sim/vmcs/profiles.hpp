// SPDX-License-Identifier: MIT
// The named processors: rows of sim/spec/cpu_profiles.def, CPUID from sim/spec/cpu_generations.def.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "vmcs/cpu_profile.hpp"

namespace vmxsim {

// "skylake" -> "skylake-i7-6700k". The name of every source dump is an alias too.
struct ProfileAlias {
    std::string_view alias, profile;
};

// In the order of the rows. Built when first asked for, never changed.
std::span<const CpuProfile> all_profiles();

// By name or alias, in any case; null when there is none.
const CpuProfile* find_profile(std::string_view name_or_alias);

// What commands take without --cpu: a recent desktop part of which many were read, all alike.
const CpuProfile& default_profile();

std::span<const ProfileAlias> profile_aliases();

// Up to count names and aliases that resemble what was asked for, best first.
std::vector<std::string_view> similar_profile_names(std::string_view asked, size_t count = 3);

// The named profile whose generation knows most about this one: the same signature (CPUID.01H:EAX) where it is given,
// otherwise the least differing capability MSRs.
const CpuProfile& nearest_profile(const CpuProfile& profile);

}  // namespace vmxsim
