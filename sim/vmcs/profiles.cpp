// SPDX-License-Identifier: MIT
#include "vmcs/profiles.hpp"

#include <algorithm>
#include <bit>
#include <cctype>
#include <numeric>
#include <utility>

#include "base/bits.hpp"
#include "base/invariant.hpp"
#include "vmcs/cpuid_from_msrs.hpp"

namespace vmxsim {
namespace {

using MsrValue = std::optional<u64>;

enum class Generation : u8 {
#define CPU_GENERATION(identifier, title, source) identifier,
#define CPUID_LEAF(generation, leaf, subleaf, eax, ebx, ecx, edx)
#include "spec/cpu_generations.def"
#undef CPU_GENERATION
#undef CPUID_LEAF
};

struct GenerationLeaf {
    Generation generation;
    CpuidLeaf leaf;
};
constexpr GenerationLeaf kLeaves[] = {
#define CPU_GENERATION(identifier, title, source)
#define CPUID_LEAF(generation, leaf, subleaf, eax, ebx, ecx, edx) {Generation::generation, {leaf, subleaf, eax, ebx, ecx, edx}},
#include "spec/cpu_generations.def"
#undef CPU_GENERATION
#undef CPUID_LEAF
};

enum class Origin : u8 { dump, emulator };

struct Row {
    std::string_view name;
    Generation generation;
    u32 signature;
    std::string_view source;
    Origin origin;
    MsrValue feature_control;
    MsrValue capability[kLastVmxMsr - kFirstVmxMsr + 1];
};

#define ABSENT std::nullopt
constexpr Row kRows[] = {
#define CPU_PROFILE(name, generation, signature, source, origin, feature_control, ...) \
    {name, Generation::generation, signature, source, Origin::origin, feature_control, {__VA_ARGS__}},
#define CPU_ALIAS(alias, profile)
#include "spec/cpu_profiles.def"
#undef CPU_PROFILE
#undef CPU_ALIAS
};
#undef ABSENT

constexpr ProfileAlias kAliases[] = {
#define CPU_PROFILE(name, generation, signature, source, origin, feature_control, ...)
#define CPU_ALIAS(alias, profile) {alias, profile},
#include "spec/cpu_profiles.def"
#undef CPU_PROFILE
#undef CPU_ALIAS
};

constexpr std::string_view kDefaultProfile = "raptorlake-i9-13900k";

CpuProfile build(const Row& row) {
    CpuProfile profile;
    profile.name = row.name;
    profile.source = row.source;
    profile.msrs.set(kIa32FeatureControl, row.feature_control);
    for (u32 msr = kFirstVmxMsr; msr <= kLastVmxMsr; ++msr) profile.msrs.set(msr, row.capability[msr - kFirstVmxMsr]);
    if (row.origin == Origin::dump)
        for (const u32 msr : {kIa32FeatureControl, u32{0x491}, u32{0x492}, u32{0x493}})
            if (profile.msrs.get(msr)) profile.derived_msrs.push_back(msr);

    for (const GenerationLeaf& entry : kLeaves)
        if (entry.generation == row.generation) profile.cpuid.push_back(entry.leaf);
    for (CpuidLeaf& leaf : profile.cpuid) {
        if (leaf.leaf == 1) leaf.eax = row.signature;
        if (leaf.leaf == 0x80000008) {
            profile.physical_address_bits = static_cast<unsigned>(bits(leaf.eax, 7, 0));
            // CR4.LA57 decides the linear width; the generation's CPUID may be that of a part without it.
            const bool la57 = is_set(profile.msrs.get_or_zero(0x489), 12);
            profile.linear_address_bits = la57 ? 57 : 48;
            leaf.eax = profile.linear_address_bits << 8 | profile.physical_address_bits;
        }
    }
    make_cpuid_follow_msrs(profile);
    return profile;
}

bool equal_in_any_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

// Levenshtein distance in any case; a part that is contained whole counts as near.
size_t distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < a.size(); ++i) {
        size_t diagonal = std::exchange(row[0], i + 1);
        for (size_t j = 0; j < b.size(); ++j) {
            const size_t replaced = diagonal + (equal_in_any_case(a.substr(i, 1), b.substr(j, 1)) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

int differing_bits(const VmxMsrs& a, const VmxMsrs& b) {
    int count = 0;
    for (u32 msr = kFirstVmxMsr; msr <= kLastVmxMsr; ++msr) {
        if (!a.get(msr)) continue;  // not given: says nothing
        count += b.get(msr) ? std::popcount(*a.get(msr) ^ *b.get(msr)) : 16;
    }
    return count;
}

}  // namespace

std::span<const CpuProfile> all_profiles() {
    static const std::vector<CpuProfile> kProfiles = [] {
        std::vector<CpuProfile> profiles;
        profiles.reserve(std::size(kRows));
        for (const Row& row : kRows) profiles.push_back(build(row));
        return profiles;
    }();
    return kProfiles;
}

std::span<const ProfileAlias> profile_aliases() { return kAliases; }

const CpuProfile* find_profile(std::string_view name_or_alias) {
    std::string_view name = name_or_alias;
    for (const ProfileAlias& alias : kAliases)
        if (equal_in_any_case(alias.alias, name_or_alias)) name = alias.profile;
    for (const CpuProfile& profile : all_profiles())
        if (equal_in_any_case(profile.name, name)) return &profile;
    return nullptr;
}

const CpuProfile& default_profile() {
    const CpuProfile* profile = find_profile(kDefaultProfile);
    if (profile == nullptr) unreachable("the default profile has no row");
    return *profile;
}

std::vector<std::string_view> similar_profile_names(std::string_view asked, size_t count) {
    if (asked.size() > 64) return {};
    std::vector<std::pair<size_t, std::string_view>> candidates;
    const auto consider = [&](std::string_view name) { candidates.emplace_back(distance(asked, name), name); };
    for (const Row& row : kRows) consider(row.name);
    for (const ProfileAlias& alias : kAliases) consider(alias.alias);
    std::stable_sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) { return a.first < b.first; });

    std::vector<std::string_view> names;
    const size_t limit = std::max<size_t>(3, asked.size() / 2);
    for (const auto& [edits, name] : candidates)
        if (edits <= limit && names.size() < count) names.push_back(name);
    return names;
}

const CpuProfile& nearest_profile(const CpuProfile& profile) {
    const u32 signature = profile.cpuid_leaf(1).eax;
    const auto key = [&](const CpuProfile& candidate) {
        const u32 other = candidate.cpuid_leaf(1).eax;
        const int rank = signature == 0 ? 0 : other == signature ? 0 : other >> 4 == signature >> 4 ? 1 : 2;
        return std::pair{rank, differing_bits(profile.msrs, candidate.msrs)};
    };
    const auto profiles = all_profiles();
    return *std::min_element(profiles.begin(), profiles.end(),
                             [&](const CpuProfile& a, const CpuProfile& b) { return key(a) < key(b); });
}

}  // namespace vmxsim
