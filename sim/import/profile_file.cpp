// SPDX-License-Identifier: MIT
#include "import/profile_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/bits.hpp"
#include "base/input_error.hpp"
#include "base/number.hpp"
#include "import/msr_text.hpp"
#include "import/profile_json.hpp"
#include "vmcs/cpuid_from_msrs.hpp"
#include "vmcs/msr_doubts.hpp"
#include "vmcs/profiles.hpp"

namespace vmxsim::import {
namespace {

constexpr size_t kLargestFile = size_t{64} << 20;

std::string read_whole(std::istream& in, const std::string& name) {
    std::string text;
    char block[1 << 16];
    while (in.read(block, sizeof block), in.gcount() > 0) {
        text.append(block, static_cast<size_t>(in.gcount()));
        if (text.size() > kLargestFile) throw InputError(Position{name, 0, 0}, "expected a text of at most 64 MiB, found more");
    }
    if (in.bad()) throw InputError(Position{name, 0, 0}, "cannot be read");
    return text;
}

// MSRs that nobody read but that must exist, given the others.
void derive_missing_msrs(CpuProfile& profile, const CpuProfile& nearest, const std::vector<u32>& known_absent) {
    const auto may_be_one = [&](u32 msr, u32 true_msr, unsigned n) {
        return is_set((profile.msrs.get_or_zero(msr) | profile.msrs.get_or_zero(true_msr)) >> 32, n);
    };
    const auto derive = [&](u32 msr, bool exists, u64 otherwise) {
        const bool absent = std::find(known_absent.begin(), known_absent.end(), msr) != known_absent.end();
        if (!exists || absent || profile.msrs.get(msr)) return;
        profile.msrs.set(msr, nearest.msrs.get(msr).value_or(otherwise));
        profile.derived_msrs.push_back(msr);
    };
    derive(kIa32FeatureControl, true, 5);
    derive(0x491, may_be_one(0x48B, 0x48B, 13), 1);
    derive(0x492, may_be_one(0x482, 0x48E, 17), 0);
    derive(0x493, may_be_one(0x483, 0x48F, 31), bit(3));
}

// Whether captured leaves say what this leaf holds: they show it, or they show that CPUID ends before it.
bool tells(const std::vector<CpuidLeaf>& captured, const CpuidLeaf& asked) {
    constexpr u32 kExtended = 0x80000000, kStructuredFeatures = 7;
    return std::any_of(captured.begin(), captured.end(), [&](const CpuidLeaf& leaf) {
        const bool same_range = (leaf.leaf & kExtended) == (asked.leaf & kExtended);
        return (leaf.leaf == asked.leaf && leaf.subleaf == asked.subleaf) ||
               ((leaf.leaf == 0 || leaf.leaf == kExtended) && same_range && asked.leaf > leaf.eax) ||
               (leaf.leaf == kStructuredFeatures && leaf.subleaf == 0 && asked.leaf == kStructuredFeatures &&
                asked.subleaf > leaf.eax);
    });
}

// CPUID leaves that are absent, and the address widths where leaf 80000008H was not given.
void complete_from(CpuProfile& profile, const CpuProfile& nearest, const ProfileDraft& draft) {
    const std::vector<CpuidLeaf> captured = profile.cpuid;
    for (const CpuidLeaf& leaf : nearest.cpuid)
        if (!tells(captured, leaf)) profile.cpuid.push_back(leaf);
    const CpuidLeaf widths = profile.cpuid_leaf(0x80000008);
    profile.physical_address_bits = draft.physical_address_bits.value_or(
        widths.eax != 0 ? static_cast<unsigned>(bits(widths.eax, 7, 0)) : nearest.physical_address_bits);
    profile.linear_address_bits = draft.linear_address_bits.value_or(is_set(profile.msrs.get_or_zero(0x489), 12) ? 57u : 48u);
    // Leaves that someone captured are right as they are; borrowed ones follow the MSRs.
    if (captured.empty()) make_cpuid_follow_msrs(profile);
}

std::string position_free_name(const std::string& file) { return file == "-" ? "standard input" : file; }

bool looks_like_a_file(const std::string& text) {
    return text == "-" || text.find('/') != std::string::npos || text.ends_with(".json") || text.ends_with(".txt");
}

}  // namespace

ReadProfile parse_profile(std::string_view text, const std::string& file) {
    const size_t first = text.find_first_not_of(" \t\r\n");
    const bool json = first != std::string_view::npos && text[first] == '{';

    ProfileDraft draft;
    if (json) {
        draft = parse_profile_json(text, file);
    } else {
        MsrText msr_text = parse_msr_text(text, file);
        draft.cpuid = std::move(msr_text.cpuid);
        draft.warnings = std::move(msr_text.warnings);
        for (const auto& [msr, value] : msr_text.msrs)
            if (value)
                draft.msrs.set(msr, value);
            else
                draft.absent.push_back(msr);
    }

    ReadProfile result{{}, std::move(draft.warnings)};
    CpuProfile& profile = result.profile;
    profile.name = draft.name.empty() ? position_free_name(file) : draft.name;
    profile.source = draft.source.empty() ? position_free_name(file) : draft.source;
    profile.msrs = draft.msrs;
    profile.cpuid = draft.cpuid;
    const CpuProfile& nearest = nearest_profile(profile);
    for (const std::string& doubt : doubts_about(profile.msrs)) result.warnings.push_back(doubt);
    if (!draft.complete) derive_missing_msrs(profile, nearest, draft.absent);
    complete_from(profile, nearest, draft);
    return result;
}

ReadProfile read_profile_file(const std::string& path) {
    if (path == "-") return parse_profile(read_whole(std::cin, "standard input"), "-");
    if (std::error_code error; std::filesystem::is_directory(path, error))
        throw InputError(Position{path, 0, 0}, "expected a file, found a directory");
    std::ifstream in(path, std::ios::binary);
    if (!in) throw InputError(Position{path, 0, 0}, std::string("cannot be opened: ") + std::strerror(errno));
    return parse_profile(read_whole(in, path), path);
}

ReadProfile resolve_profile_with_warnings(const std::string& name_or_file) {
    if (const CpuProfile* profile = find_profile(name_or_file)) return {*profile, {}};
    std::error_code error;
    if (looks_like_a_file(name_or_file) || std::filesystem::exists(name_or_file, error)) return read_profile_file(name_or_file);

    std::string message = "expected the name of a CPU profile or a file, found \"" + name_or_file + "\"";
    const auto similar = similar_profile_names(name_or_file);
    for (size_t i = 0; i < similar.size(); ++i) message += (i == 0 ? "; similar: " : ", ") + std::string(similar[i]);
    throw InputError(message + " (vmxsim caps --list shows all)");
}

CpuProfile resolve_profile(const std::string& name_or_file) { return resolve_profile_with_warnings(name_or_file).profile; }

}  // namespace vmxsim::import
