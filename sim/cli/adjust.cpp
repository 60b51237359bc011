// SPDX-License-Identifier: MIT
#include <cstdio>
#include <memory>

#include "base/input_error.hpp"
#include "base/number.hpp"
#include "cli/commands.hpp"
#include "cli/cpu_choice.hpp"
#include "report/adjust_report.hpp"

namespace vmxsim::cli {
namespace {

std::string word_names() {
    std::string names;
    for (size_t i = 0; i < spec::kControlWordCount; ++i)
        names += (i == 0 ? "" : ", ") + std::string(spec::to_string(static_cast<spec::ControlWord>(i)));
    return names;
}

}  // namespace

void add_adjust(CLI::App& app, Session&) {
    struct Options {
        CpuChoice cpu;
        std::string word, value;
        bool json = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("adjust", "Round a control word to what a processor allows, and say why");
    command->add_option("WORD", options->word, "One of " + word_names())->required();
    command->add_option("VALUE", options->value, "The value wanted, such as 0x401e172")->required();
    options->cpu.add_sources(*command);
    command->add_flag("--json", options->json, "Print JSON");
    command->callback([options] {
        const auto word = spec::find_control_word(options->word);
        if (!word) throw InputError("expected a control word (" + word_names() + "), found \"" + options->word + "\"");
        const auto value = parse_number(options->value);
        if (!value || (spec::bit_count(*word) == 32 && *value >> 32 != 0))
            throw InputError("expected a number of " + std::to_string(spec::bit_count(*word)) + " bits, found \"" +
                             options->value + "\"");
        const report::Adjustment adjustment = report::adjust_controls(options->cpu.resolve(), *word, *value);
        std::fputs((options->json ? report::to_json(adjustment) : report::to_text(adjustment)).c_str(), stdout);
    });
}

}  // namespace vmxsim::cli
