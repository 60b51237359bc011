// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <vector>

#include "base/number.hpp"
#include "cli/commands.hpp"
#include "import/profile_file.hpp"
#include "scenario/event_json.hpp"
#include "scenario/explain.hpp"
#include "scenario/outcome_json.hpp"
#include "scenario/parse.hpp"
#include "scenario/simulated_backend.hpp"
#include "scenario/trace_writer.hpp"
#include "vmcs/profiles.hpp"

namespace vmxsim::cli {
namespace {

using namespace scenario;

struct Options {
    std::string file, trace, cpu;
    bool json = false;
};

// Prints steps as they happen, and passes events on to the trace.
class Printer : public Observer {
public:
    Printer(const Options& options, const Session& session, TraceWriter* trace)
        : options_(options), session_(session), trace_(trace) {}

    bool on_event(const Event& event) override {
        if (trace_ != nullptr) trace_->write(event);
        if (event.operation == Operation::vmread && event.value && !options_.json)
            read_.push_back(fmt::format("{} = {}", event.operands[0].second, hex(*event.value)));
        return true;
    }

    void on_step(const StepResult& result) override {
        const vmx::Outcome& outcome = result.decisive.outcome;
        if (options_.json) return print_json(result);
        // A trace on standard output is all that goes there.
        if (options_.trace == "-") return;
        const bool good = result.disagreement.empty();
        fmt::print("{:4}  {:<58} {}{}\n", result.number, step_text(result), coloured(to_text(outcome), good),
                   result.step.expect && good ? ", as expected" : "");
        if (read_.size() > 1)
            for (const std::string& line : read_) fmt::print("        {}\n", line);
        read_.clear();
        const auto lines = explanation(result.decisive, mentions_);
        if (!result.step.comment.empty() && (!lines.empty() || !good)) fmt::print("        \"{}\"\n", result.step.comment);
        for (const std::string& line : lines) fmt::print("        {}\n", line);
        if (!good) fmt::print("      {}\n", coloured("NOT AS EXPECTED: " + result.disagreement, false));
        std::fflush(stdout);
    }

private:
    std::string coloured(const std::string& text, bool good) const {
        return session_.colour && !good ? "\033[31m" + text + "\033[0m" : text;
    }

    void print_json(const StepResult& result) {
        Json json = to_json(result.decisive);
        json["events"] = result.events;
        if (result.step.expect) json["as_expected"] = result.disagreement.empty();
        if (!result.disagreement.empty()) json["disagreement"] = result.disagreement;
        if (const auto lines = explanation(result.decisive, mentions_); !lines.empty()) json["explanation"] = lines;
        fmt::print("{}\n{}", first_ ? "" : ",", json.dump());
        first_ = false;
    }

    const Options& options_;
    const Session& session_;
    TraceWriter* trace_;
    std::vector<std::string> read_;  // by the step that is running: "VM_EXIT_REASON = 0x0"
    report::RuleMentions mentions_;
    bool first_ = true;
};

void summarise(const Options& options, const Scenario& scenario, const RunResult& result) {
    if (options.json) {
        const Json summary{{"steps", result.steps},
                           {"events", result.events},
                           {"expectations", result.expectations},
                           {"disagreements", result.disagreements},
                           {"in_guest", result.in_guest}};
        fmt::print("\n], \"summary\": {}}}\n", summary.dump());
        return;
    }
    if (options.trace == "-") return;
    fmt::print("\n{} of {} steps, {} expectations, {} of them not met\n", result.steps, scenario.steps.size(),
               result.expectations, result.disagreements);
    if (result.in_guest)
        fmt::print("The guest was entered{}.\n", result.finished ? "" : "; the steps after its next VM exit were not executed");
}

void run_scenario(const Options& options, Session& session) {
    if (options.json && options.trace == "-")
        throw InputError("expected --json or --trace -, not both: they share standard output");
    const Scenario scenario = load_scenario(options.file);
    std::string cpu = options.cpu.empty() ? scenario.cpu : options.cpu;
    // A processor's file is looked for beside the scenario that names it.
    if (options.cpu.empty() && cpu.ends_with(".json") && !cpu.starts_with('/')) cpu = scenario.folder + "/" + cpu;
    SimulatedBackend backend(cpu.empty() ? default_profile() : import::resolve_profile(cpu));
    const Setup setup = prepare(scenario, backend);

    std::optional<TraceWriter> trace;
    if (!options.trace.empty()) trace.emplace(options.trace, scenario, setup, backend, VMXSIM_VERSION);
    if (options.json)
        fmt::print("{{\"scenario\": {}, \"cpu\": {}, \"steps\": [", Json(scenario.name).dump(), Json(backend.cpu().name).dump());
    else if (options.trace != "-")
        fmt::print("{}\non {}\n\n", scenario.name, backend.cpu().name);
    Printer printer(options, session, trace ? &*trace : nullptr);
    const RunResult result = run(scenario, setup, backend, printer);
    if (trace) trace->finish();
    summarise(options, scenario, result);
    if (result.disagreements != 0) session.exit_code = kNo;
}

}  // namespace

void add_run(CLI::App& app, Session& session) {
    CLI::App* command = app.add_subcommand("run", "Run a scenario step by step and explain what fails");
    const auto options = std::make_shared<Options>();
    command->add_option("SCENARIO", options->file, "The scenario, or - for standard input")->required();
    command->add_option("--trace", options->trace, "Write a trace of every event to this file, or - for standard output");
    command->add_option("--cpu", options->cpu, "The processor, instead of the scenario's: a name, an alias or a file");
    command->add_flag("--json", options->json, "Print the steps as JSON");
    command->callback([options, &session] { run_scenario(*options, session); });
}

}  // namespace vmxsim::cli
