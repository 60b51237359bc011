// SPDX-License-Identifier: MIT
#include <cstdio>
#include <memory>

#include "base/input_error.hpp"
#include "base/number.hpp"
#include "cli/commands.hpp"
#include "cli/cpu_choice.hpp"
#include "report/prerequisites_report.hpp"

namespace vmxsim::cli {
namespace {

std::optional<u64> number_of(const char* option, const std::string& text) {
    if (text.empty()) return std::nullopt;
    const auto value = parse_number(text);
    if (!value) throw InputError(std::string(option) + ": expected a number such as 0x80050033, found \"" + text + "\"");
    return value;
}

}  // namespace

void add_prerequisites(CLI::App& app, Session& session) {
    struct Options {
        CpuChoice cpu;
        std::string cr0, cr4, feature_control, cpuid_1_ecx;
        bool in_smx = false, json = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("prerequisites", "Say whether VMXON would succeed, and what it still needs");
    options->cpu.add_sources(*command);
    command->add_option("--cr0", options->cr0, "CR0 at VMXON");
    command->add_option("--cr4", options->cr4, "CR4 before CR4.VMXE is set");
    command->add_option("--feature-control", options->feature_control, "IA32_FEATURE_CONTROL (MSR 3AH)");
    command->add_option("--cpuid-1-ecx", options->cpuid_1_ecx, "CPUID.1:ECX");
    command->add_flag("--smx", options->in_smx, "VMXON in SMX operation (after GETSEC[SENTER])");
    command->add_flag("--json", options->json, "Print JSON");
    command->callback([options, &session] {
        report::VmxonSituation situation;
        situation.cr0 = number_of("--cr0", options->cr0);
        situation.cr4 = number_of("--cr4", options->cr4);
        situation.feature_control = number_of("--feature-control", options->feature_control);
        situation.in_smx = options->in_smx;
        if (const auto ecx = number_of("--cpuid-1-ecx", options->cpuid_1_ecx)) {
            if (*ecx >> 32 != 0)
                throw InputError("--cpuid-1-ecx: expected a number of 32 bits, found \"" + options->cpuid_1_ecx + "\"");
            situation.cpuid_1_ecx = static_cast<u32>(*ecx);
        }
        const CpuProfile profile = options->cpu.resolve();
        const auto prerequisites = report::vmxon_prerequisites(profile, situation);
        std::fputs((options->json ? report::to_json(prerequisites, profile) : report::to_text(prerequisites, profile)).c_str(),
                   stdout);
        if (report::vmxon_would_fail(prerequisites)) session.exit_code = kNo;
    });
}

}  // namespace vmxsim::cli
