// SPDX-License-Identifier: MIT
// What must hold before VMXON succeeds (SDM 23.6 to 23.8): CPUID, IA32_FEATURE_CONTROL, CR0 and CR4.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "vmcs/cpu_profile.hpp"

namespace vmxsim::report {

enum class Verdict : u8 { ok, not_ok, unknown };

struct Prerequisite {
    std::string id;    // "cr0.fixed_to_1"
    std::string sdm;   // "23.8"
    std::string rule;  // our sentence
    Verdict verdict;
    std::string found;  // the value looked at; empty when it is not known
    std::string to_do;  // what to do when it is not ok, what to know when it is
};

// The processor's state right before the program sets CR4.VMXE and executes VMXON, as far as it is known.
struct VmxonSituation {
    std::optional<u64> cr0, cr4;
    std::optional<u64> feature_control;  // otherwise the profile's IA32_FEATURE_CONTROL
    std::optional<u32> cpuid_1_ecx;      // otherwise the profile's
    bool in_smx = false;
};

std::vector<Prerequisite> vmxon_prerequisites(const CpuProfile& profile, const VmxonSituation& situation);
bool vmxon_would_fail(const std::vector<Prerequisite>& prerequisites);

std::string to_text(const std::vector<Prerequisite>& prerequisites, const CpuProfile& profile);
std::string to_json(const std::vector<Prerequisite>& prerequisites, const CpuProfile& profile);

}  // namespace vmxsim::report
