// SPDX-License-Identifier: MIT
#include "vmcs/cpuid_from_msrs.hpp"

#include <algorithm>

#include "base/bits.hpp"

namespace vmxsim {
namespace {

using Register = u32 CpuidLeaf::*;
constexpr Register eax = &CpuidLeaf::eax, ebx = &CpuidLeaf::ebx, ecx = &CpuidLeaf::ecx, edx = &CpuidLeaf::edx;

enum class Follow { both_ways, when_set };

struct Rule {
    u32 msr;
    unsigned msr_bit;
    u32 leaf, subleaf;
    Register cpuid_register;
    unsigned cpuid_bit;
    Follow follow = Follow::both_ways;
};

// clang-format off
constexpr Rule kRules[] = {
    // CR4 bits that may be 1 (SDM 2.5 names the CPUID bit of each)
    {0x489, 11, 7, 0, ecx,  2},                            // UMIP
    {0x489, 12, 7, 0, ecx, 16},                            // LA57
    {0x489, 13, 1, 0, ecx,  5},                            // VMX
    {0x489, 14, 1, 0, ecx,  6},                            // SMX
    {0x489, 16, 7, 0, ebx,  0},                            // FSGSBASE
    {0x489, 17, 1, 0, ecx, 17},                            // PCID
    {0x489, 18, 1, 0, ecx, 26},                            // XSAVE
    {0x489, 19, 7, 0, ecx, 23},                            // KL
    {0x489, 20, 7, 0, ebx,  7},                            // SMEP
    {0x489, 21, 7, 0, ebx, 20},                            // SMAP
    {0x489, 22, 7, 0, ecx,  3},                            // PKU
    {0x489, 24, 7, 0, ecx, 31},                            // PKS
    {0x489, 25, 7, 0, edx,  5},                            // UINTR
    {0x489, 27, 7, 1, eax,  6},                            // LASS
    {0x489, 28, 7, 1, eax, 26},                            // LAM
    {0x489, 32, 7, 1, eax, 17},                            // FRED
    // Secondary controls that may be 1 (bits 63:32 of IA32_VMX_PROCBASED_CTLS2)
    {0x48B, 32 +  3, 0x80000001, 0, edx, 27},              // RDTSCP
    {0x48B, 32 + 11, 1, 0, ecx, 30},                       // RDRAND
    {0x48B, 32 + 12, 7, 0, ebx, 10},                       // INVPCID
    {0x48B, 32 + 15, 7, 0, ebx,  2, Follow::when_set},     // SGX
    {0x48B, 32 + 16, 7, 0, ebx, 18},                       // RDSEED
    {0x48B, 32 + 19, 7, 0, ebx, 25, Follow::when_set},     // Intel PT
    {0x48B, 32 + 20, 0xD, 1, eax, 3, Follow::when_set},    // XSAVES
    {0x48B, 32 + 26, 7, 0, ecx,  5},                       // WAITPKG
    {0x48B, 32 + 27, 7, 0, edx, 18},                       // PCONFIG
    {0x48B, 32 + 30, 7, 0, ecx, 24},                       // bus-lock detection
    // VM-entry controls that may be 1
    {0x484, 32 + 18, 7, 0, ebx, 25, Follow::when_set},     // Intel PT
    {0x484, 32 + 21, 7, 0, edx, 19},                       // architectural LBRs
};
// clang-format on

constexpr u32 kArchitecturalLbrLeaf = 0x1C;

CpuidLeaf& leaf_of(CpuProfile& profile, u32 leaf, u32 subleaf) {
    auto& leaves = profile.cpuid;
    const auto found = std::find_if(leaves.begin(), leaves.end(), [&](const CpuidLeaf& candidate) {
        return candidate.leaf == leaf && candidate.subleaf == subleaf;
    });
    return found != leaves.end() ? *found : leaves.emplace_back(CpuidLeaf{leaf, subleaf, 0, 0, 0, 0});
}

void set_bit(CpuProfile& profile, const Rule& rule, bool value) {
    const CpuidLeaf present = profile.cpuid_leaf(rule.leaf, rule.subleaf);
    if (is_set(present.*rule.cpuid_register, rule.cpuid_bit) == value) return;
    leaf_of(profile, rule.leaf, rule.subleaf).*rule.cpuid_register ^= u32{1} << rule.cpuid_bit;
}

}  // namespace

void make_cpuid_follow_msrs(CpuProfile& profile) {
    for (const Rule& rule : kRules) {
        const std::optional<u64> msr = profile.msrs.get(rule.msr);
        if (!msr) continue;
        const bool value = is_set(*msr, rule.msr_bit);
        if (value || rule.follow == Follow::both_ways) set_bit(profile, rule, value);
    }

    // CR4.CET stands for two features: shadow stacks and indirect-branch tracking.
    const bool cet = is_set(profile.msrs.get_or_zero(0x489), 23);
    const CpuidLeaf leaf7 = profile.cpuid_leaf(7);
    if (cet != (is_set(leaf7.ecx, 7) || is_set(leaf7.edx, 20))) {
        set_bit(profile, {0x489, 23, 7, 0, ecx, 7}, cet);
        set_bit(profile, {0x489, 23, 7, 0, edx, 20}, cet);
    } else if (!cet) {
        set_bit(profile, {0x489, 23, 7, 0, edx, 20}, false);
    }

    // Leaf 1CH as every processor with architectural LBRs reports it: up to 32 entries, CPL and branch-type filtering, call
    // stack.
    if (is_set(profile.cpuid_leaf(7).edx, 19) && profile.cpuid_leaf(kArchitecturalLbrLeaf).eax == 0)
        leaf_of(profile, kArchitecturalLbrLeaf, 0) = {kArchitecturalLbrLeaf, 0, 0x4000000B, 7, 7, 0};
    if (profile.cpuid_leaf(7, 1) != CpuidLeaf{7, 1, 0, 0, 0, 0} && profile.cpuid_leaf(7).eax == 0) leaf_of(profile, 7, 0).eax = 1;
}

}  // namespace vmxsim
