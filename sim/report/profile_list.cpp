// SPDX-License-Identifier: MIT
#include "report/profile_list.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/number.hpp"
#include "vmcs/profiles.hpp"

namespace vmxsim::report {
namespace {

// The names of dumps are aliases that only their collectors know.
bool is_dump_name(std::string_view alias) { return alias.starts_with("GenuineIntel") || alias.starts_with("CentaurHauls"); }

}  // namespace

std::string list_profiles() {
    std::string out = fmt::format("{:<26} {:>9} {:>4} {:>4}  {}\n", "PROFILE", "SIGNATURE", "PHYS", "LIN", "ALIASES (and dumps)");
    for (const CpuProfile& profile : all_profiles()) {
        std::string aliases;
        size_t dumps = 0;
        for (const ProfileAlias& alias : profile_aliases()) {
            if (alias.profile != profile.name) continue;
            if (is_dump_name(alias.alias))
                ++dumps;
            else
                aliases += (aliases.empty() ? "" : ", ") + std::string(alias.alias);
        }
        const std::string read =
            dumps == 0 ? "" : fmt::format("{}({} dump{})", aliases.empty() ? "" : " ", dumps, dumps == 1 ? "" : "s");
        out += fmt::format("{:<26} {:>9} {:>4} {:>4}  {}{}\n", profile.name, hex(profile.cpuid_leaf(1).eax),
                           profile.physical_address_bits, profile.linear_address_bits, aliases, read);
    }
    return out + "Default: " + default_profile().name + "\n";
}

std::string list_profiles_json() {
    auto document = nlohmann::ordered_json::array();
    for (const CpuProfile& profile : all_profiles()) {
        auto aliases = nlohmann::ordered_json::array();
        for (const ProfileAlias& alias : profile_aliases())
            if (alias.profile == profile.name) aliases.push_back(alias.alias);
        document.push_back({{"name", profile.name},
                            {"aliases", std::move(aliases)},
                            {"source", profile.source},
                            {"signature", hex(profile.cpuid_leaf(1).eax)},
                            {"physical_address_bits", profile.physical_address_bits},
                            {"linear_address_bits", profile.linear_address_bits},
                            {"default", &profile == &default_profile()}});
    }
    return document.dump(2) + "\n";
}

}  // namespace vmxsim::report
