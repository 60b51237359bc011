// SPDX-License-Identifier: MIT
#include "scenario/explain.hpp"

#include <fmt/format.h>

#include "base/number.hpp"
#include "report/describe_violation.hpp"
#include "scenario/json_input.hpp"
#include "scenario/outcome_json.hpp"

namespace vmxsim::scenario {
namespace {

constexpr size_t kLongestOperand = 24;

// "0x1000, width 0x4": operands whose meaning is plain go without their names.
std::string operand_text(const Event& event) {
    std::string text, sign = " ";
    for (const auto& [name, value] : event.operands) {
        if (name == "encoding") continue;
        if (name == "value") sign = " = ";
        const std::string shown = value.size() > kLongestOperand ? value.substr(0, kLongestOperand) + "..." : value;
        const bool plain = name == "at" || name == "field" || name == "variable" || name == "value";
        text += sign + (plain ? shown : fmt::format("{} {}", name, shown));
        sign = ", ";
    }
    return text;
}

report::Violation described(const Violation& violation, const report::RuleMentions& mentions) {
    return report::describe_violation(violation.check, violation.fix, mentions, [&](spec::Field wanted) {
        for (const auto& [field, value] : violation.values)
            if (field == wanted) return std::optional(value);
        return std::optional(violation.fix_was);
    });
}

}  // namespace

std::string step_text(const StepResult& result) {
    const Event& event = result.decisive;
    const std::string name(info(result.step.operation).name);
    if (result.events > 1 || result.step.operation == Operation::load) {
        const std::string of = result.step.operation == Operation::load ? " " + result.step.template_name : "";
        const std::string_view unit = result.step.operation == Operation::set ? "variables" : "fields";
        const std::string failed =
            result.failures == 0 ? "" : fmt::format(", {} failed, first {}", result.failures, event.operands[0].second);
        return fmt::format("{}{} ({} {}{})", name, of, result.events, unit, failed);
    }
    std::string text = name + operand_text(event);
    if (event.value) text += fmt::format(" = {}", hex(*event.value));
    return text;
}

std::vector<std::string> explanation(const Event& event, const report::RuleMentions& mentions) {
    std::vector<std::string> lines;
    const vmx::Outcome& outcome = event.outcome;
    if (outcome.kind == vmx::OutcomeKind::succeed || outcome.kind == vmx::OutcomeKind::entered) return lines;
    if (*outcome.why != '\0' && event.violations.empty()) lines.push_back(fmt::format("{} (SDM {})", outcome.why, outcome.sdm));
    for (const Violation& violation : event.violations) {
        const report::Violation text = described(violation, mentions);
        lines.push_back(fmt::format("{} (SDM {}): {}", text.check, text.sdm, text.rule));
        lines.push_back(fmt::format("  here  {}", text.why));
        lines.push_back(fmt::format("  fix   {}", text.fix));
    }
    return lines;
}

std::vector<std::string> divergence_text(const Divergence& divergence) {
    std::vector<std::string> lines;
    std::string where = divergence.position.file;
    if (divergence.position.line != 0) where += fmt::format(":{}:{}", divergence.position.line, divergence.position.column);
    std::string what = fmt::format("event {}", divergence.event);
    if (divergence.step != 0) what += fmt::format(", step {} ({})", divergence.step, divergence.operation);
    if (!divergence.member.empty()) what += fmt::format(", \"{}\"", divergence.member);
    lines.push_back(fmt::format("{}: first divergence: {}", where, what));
    lines.push_back(fmt::format("  trace:     {}", divergence.recorded.empty() ? "(nothing)" : divergence.recorded));
    lines.push_back(fmt::format("  simulator: {}", divergence.simulated.empty() ? "(nothing)" : divergence.simulated));
    if (!divergence.why.empty())
        lines.push_back(fmt::format("  because:   {}{}", divergence.why,
                                    divergence.sdm.empty() ? "" : fmt::format(" (SDM {})", divergence.sdm)));
    return lines;
}

}  // namespace vmxsim::scenario
