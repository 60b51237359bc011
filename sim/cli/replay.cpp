// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <memory>

#include "cli/commands.hpp"
#include "scenario/explain.hpp"
#include "scenario/json_input.hpp"
#include "scenario/replay.hpp"

namespace vmxsim::cli {
namespace {

using namespace scenario;

void print_json(const TraceReader& trace, const ReplayResult& result) {
    Json json{{"backend", trace.backend()}, {"cpu", trace.cpu().name}, {"events", result.events}, {"agrees", !result.divergence}};
    if (const auto& divergence = result.divergence) {
        json["divergence"] = {{"event", divergence->event},
                              {"line", divergence->position.line},
                              {"step", divergence->step},
                              {"op", divergence->operation},
                              {"member", divergence->member},
                              {"trace", divergence->recorded},
                              {"simulator", divergence->simulated},
                              {"why", divergence->why},
                              {"sdm", divergence->sdm}};
    }
    fmt::print("{}\n", json.dump());
}

}  // namespace

void add_replay(CLI::App& app, Session& session) {
    CLI::App* command = app.add_subcommand("replay", "Execute a trace again and report the first event that differs");
    struct Options {
        std::string file;
        bool json = false;
    };
    const auto options = std::make_shared<Options>();
    command->add_option("TRACE", options->file, "The trace, or - for standard input")->required();
    command->add_flag("--json", options->json, "Print the result as JSON");
    command->callback([options, &session] {
        TraceReader trace(options->file);
        const ReplayResult result = replay(trace);
        if (result.divergence) session.exit_code = kNo;
        if (options->json) return print_json(trace, result);
        if (!result.divergence)
            fmt::print("{} events agree ({}, recorded on {})\n", result.events, trace.cpu().name, trace.backend());
        else
            for (const std::string& line : divergence_text(*result.divergence)) fmt::print("{}\n", line);
    });
}

}  // namespace vmxsim::cli
