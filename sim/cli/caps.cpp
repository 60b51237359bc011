// SPDX-License-Identifier: MIT
#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/cpu_choice.hpp"
#include "import/profile_json.hpp"
#include "report/capabilities_report.hpp"
#include "report/profile_list.hpp"

namespace vmxsim::cli {

void add_caps(CLI::App& app, Session&) {
    struct Options {
        CpuChoice cpu;
        bool list = false, json = false, profile = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("caps", "Decode the VMX capability MSRs of a processor");
    options->cpu.add_sources(*command);
    CLI::Option* list = command->add_flag("--list", options->list, "List the processors that vmxsim knows");
    list->excludes("--cpu", "--msrs", "--host");
    CLI::Option* json = command->add_flag("--json", options->json, "Print JSON");
    command->add_flag("--profile", options->profile, "Print a vmxsim-cpu file, to keep or to change")->excludes(list, json);
    command->callback([options] {
        if (options->list) {
            std::fputs((options->json ? report::list_profiles_json() : report::list_profiles()).c_str(), stdout);
            return;
        }
        const CpuProfile profile = options->cpu.resolve();
        const std::string text = options->profile ? import::profile_to_json(profile)
                                 : options->json  ? report::capabilities_json(profile)
                                                  : report::describe_capabilities(profile);
        std::fputs(text.c_str(), stdout);
    });
}

}  // namespace vmxsim::cli
