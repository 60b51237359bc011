// SPDX-License-Identifier: MIT
#include "scenario/outcome_json.hpp"

#include <fmt/format.h>

#include <array>

#include "base/invariant.hpp"
#include "base/number.hpp"
#include "vmx/entry/check_engine.hpp"

namespace vmxsim::scenario {
namespace {

using spec::VmInstructionError;
using vmx::Outcome;
using vmx::OutcomeKind;

// SDM 6.3.1, table 6-1; an empty name is a vector without one.
constexpr std::array<std::string_view, 22> kExceptions{"DE", "DB", "NMI", "BP", "OF", "BR", "UD", "NM", "DF", "",   "TS",
                                                       "NP", "SS", "GP",  "PF", "",   "MF", "AC", "MC", "XM", "VE", "CP"};

std::string fault_name(const Outcome& outcome) {
    const std::string_view name = outcome.vector < kExceptions.size() ? kExceptions[outcome.vector] : "";
    std::string text = name.empty() ? fmt::format("#{}", outcome.vector) : fmt::format("#{}", name);
    if (outcome.error_code) text += *outcome.error_code == 0 ? "(0)" : fmt::format("({})", hex(*outcome.error_code));
    return text;
}

Outcome parse_fault(const JsonCursor& json) {
    const std::string text = json.string();
    Outcome outcome{.kind = OutcomeKind::fault};
    const size_t parenthesis = text.find('(');
    const std::string name = text.substr(0, parenthesis);
    const auto known = [&] {
        for (size_t i = 0; i < kExceptions.size(); ++i)
            if (!kExceptions[i].empty() && name == fmt::format("#{}", kExceptions[i])) {
                outcome.vector = static_cast<u8>(i);
                return true;
            }
        return false;
    };
    if (!known()) json.fail_expected("an exception: \"#UD\", \"#GP(0)\", ...");
    if (parenthesis != std::string::npos) {
        const auto code =
            text.ends_with(')') ? parse_number(text.substr(parenthesis + 1, text.size() - parenthesis - 2)) : std::nullopt;
        if (!code || *code > 0xFFFFFFFF) json.fail_expected("an exception with its error code: \"#GP(0)\"");
        outcome.error_code = static_cast<u32>(*code);
    }
    return outcome;
}

std::string_view error_text(VmInstructionError error) {
    for (const spec::VmInstructionErrorInfo& row : spec::kVmInstructionErrors)
        if (row.number == static_cast<u8>(error)) return row.text;
    return "";
}

std::string_view reason_text(u32 reason) {
    for (const spec::ExitReasonInfo& row : spec::kExitReasons)
        if (row.number == (reason & 0xFFFF)) return row.name;
    return "not a basic exit reason";
}

constexpr std::string_view kForms =
    "\"succeed\", \"entered\", \"fail_invalid\" or an object with fail_valid, fault, entry_failure, vmx_abort, check, value or "
    "exit_reason";

Expectation parse_word(const JsonCursor& json) {
    Expectation expected;
    const std::string word = json.string();
    expected.outcome.emplace();
    if (word == "succeed")
        expected.outcome->kind = OutcomeKind::succeed;
    else if (word == "entered")
        expected.outcome->kind = OutcomeKind::entered;
    else if (word == "fail_invalid")
        expected.outcome->kind = OutcomeKind::fail_invalid;
    else
        json.fail_expected(kForms);
    return expected;
}

void parse_outcome(const JsonCursor& json, Expectation& expected) {
    const auto set = [&](const JsonCursor& member, Outcome outcome) {
        if (expected.outcome) member.fail("expected one outcome; found two");
        expected.outcome = outcome;
    };
    if (const auto error = json.find("fail_valid"))
        set(*error, {.kind = OutcomeKind::fail_valid, .error = static_cast<VmInstructionError>(error->number_up_to(63))});
    if (const auto fault = json.find("fault")) set(*fault, parse_fault(*fault));
    if (const auto reason = json.find("entry_failure"))
        set(*reason, {.kind = OutcomeKind::entry_failure,
                      .reason = static_cast<u32>(reason->number_up_to(0xFFFFFFFF)) | spec::kEntryFailureBit});
    if (const auto indicator = json.find("vmx_abort"))
        set(*indicator,
            {.kind = OutcomeKind::vmx_abort, .abort_indicator = static_cast<u32>(indicator->number_up_to(0xFFFFFFFF))});
}

}  // namespace

Json to_json(const Outcome& outcome) {
    switch (outcome.kind) {
        case OutcomeKind::succeed: return "succeed";
        case OutcomeKind::fail_invalid: return "fail_invalid";
        case OutcomeKind::entered: return "entered";
        case OutcomeKind::fail_valid: return {{"fail_valid", static_cast<u8>(outcome.error)}};
        case OutcomeKind::fault: return {{"fault", fault_name(outcome)}};
        case OutcomeKind::vmx_abort: return {{"vmx_abort", outcome.abort_indicator}};
        case OutcomeKind::vm_exit: return {{"vm_exit", hex(outcome.reason)}, {"qualification", hex(outcome.qualification)}};
        case OutcomeKind::entry_failure:
            return {{"entry_failure", hex(outcome.reason)}, {"qualification", hex(outcome.qualification)}};
    }
    unreachable("an outcome of no kind");
}

std::string to_text(const Outcome& outcome) {
    switch (outcome.kind) {
        case OutcomeKind::succeed: return "succeeds";
        case OutcomeKind::fail_invalid: return "VMfailInvalid";
        case OutcomeKind::entered: return "enters the guest";
        case OutcomeKind::fail_valid:
            return fmt::format("VMfailValid({}): {}", static_cast<u8>(outcome.error), error_text(outcome.error));
        case OutcomeKind::fault: return fault_name(outcome);
        case OutcomeKind::vmx_abort: return fmt::format("VMX abort {}", outcome.abort_indicator);
        case OutcomeKind::vm_exit: return fmt::format("VM exit {}: {}", hex(outcome.reason), reason_text(outcome.reason));
        case OutcomeKind::entry_failure:
            return fmt::format("VM-entry failure {}, qualification {}: {}", hex(outcome.reason), hex(outcome.qualification),
                               reason_text(outcome.reason));
    }
    unreachable("an outcome of no kind");
}

Expectation parse_expectation(const JsonCursor& json) {
    if (json.is_string()) return parse_word(json);
    if (!json.is_object() || json.json().empty()) json.fail_expected(kForms);
    json.only({"fail_valid", "fault", "entry_failure", "vmx_abort", "qualification", "check", "value", "exit_reason"});
    Expectation expected;
    parse_outcome(json, expected);
    if (const auto qualification = json.find("qualification")) {
        if (!expected.outcome || expected.outcome->kind != OutcomeKind::entry_failure)
            qualification->fail("expected a qualification with entry_failure only");
        expected.qualification = qualification->number();
    }
    if (const auto check = json.find("check")) {
        expected.check = check->string();
        if (!vmx::find_check(*expected.check)) check->fail_expected("the id of a VM-entry check (vmxsim checks lists them)");
    }
    if (const auto value = json.find("value")) {
        try {
            expected.value = value->is_string() ? Expression(value->string()) : Expression(value->number());
        } catch (const ExpressionError& error) {
            value->fail(error.what());
        }
    }
    if (const auto reason = json.find("exit_reason")) expected.exit_reason = static_cast<u32>(reason->number_up_to(0xFFFFFFFF));
    return expected;
}

std::string disagreement(const Expectation& expected, const Outcome& outcome, std::string_view check, std::optional<u64> value,
                         const Names& names) {
    if (expected.outcome) {
        Outcome wanted = *expected.outcome;
        wanted.qualification = expected.qualification.value_or(outcome.qualification);
        if (!(wanted == outcome)) return fmt::format("expected {}; found {}", to_text(wanted), to_text(outcome));
    } else if (expected.value && outcome.kind != OutcomeKind::succeed) {
        return fmt::format("expected a value; found {}", to_text(outcome));
    }
    if (expected.check && *expected.check != check)
        return fmt::format("expected check {} to decide; found {}", *expected.check, check.empty() ? "none" : check);
    if (expected.value) {
        const u64 wanted = expected.value->evaluate(names);
        if (!value || *value != wanted)
            return fmt::format("expected the value {}; found {}", hex(wanted), value ? hex(*value) : "none");
    }
    return {};
}

}  // namespace vmxsim::scenario
