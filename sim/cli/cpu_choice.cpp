// SPDX-License-Identifier: MIT
#include "cli/cpu_choice.hpp"

#include <cstdio>

#include "import/host_msrs.hpp"
#include "import/profile_file.hpp"
#include "vmcs/msr_doubts.hpp"
#include "vmcs/profiles.hpp"

namespace vmxsim::cli {
namespace {

CpuProfile tell_warnings(import::ReadProfile read) {
    for (const std::string& warning : read.warnings)
        std::fprintf(stderr, "vmxsim: warning: %s: %s\n", read.profile.source.c_str(), warning.c_str());
    return std::move(read.profile);
}

}  // namespace

void CpuChoice::add_cpu(CLI::App& command) {
    command.add_option("--cpu", cpu, "Processor: a profile's name or alias (see caps --list), or a vmxsim-cpu file");
}

void CpuChoice::add_sources(CLI::App& command) {
    add_cpu(command);
    command
        .add_option("--msrs", msrs,
                    "Capability MSRs in a file: rdmsr or AIDA64 lines, caps --json, vmxsim-cpu; - for standard input")
        ->excludes("--cpu");
    command.add_flag("--host", host, "Read the processor that this runs on (needs the msr driver and root)")
        ->excludes("--cpu", "--msrs");
}

CpuProfile CpuChoice::resolve() const {
    if (host) {
        CpuProfile profile = import::read_host_profile(import::this_machine());
        std::vector<std::string> doubts = doubts_about(profile.msrs);
        return tell_warnings({std::move(profile), std::move(doubts)});
    }
    if (!msrs.empty()) return tell_warnings(import::read_profile_file(msrs));
    if (!cpu.empty()) return tell_warnings(import::resolve_profile_with_warnings(cpu));
    return default_profile();
}

}  // namespace vmxsim::cli
