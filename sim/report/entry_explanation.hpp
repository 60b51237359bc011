// SPDX-License-Identifier: MIT
// The answer of `vmxsim check`: what happened, which checks fail and why, what could not be seen.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "vmx/entry/check_engine.hpp"
#include "vmx/outcome.hpp"

namespace vmxsim::report {

using spec::Field;

// What happened to the VM entry, before any check is looked at.
enum class EntryClass : u8 {
    unknown,         // the text does not say
    vmfail_valid,    // VMLAUNCH or VMRESUME failed with a VM-instruction error: no exit happened
    vmfail_invalid,  // the same, without a number
    entry_failure,   // exit reason with bit 31 set
    ordinary_exit,   // the entry succeeded, and the guest exited later: nothing failed
};
std::string_view to_string(EntryClass entry_class);

// What the processor answered, or would answer.
struct EntryOutcome {
    vmx::OutcomeKind kind = vmx::OutcomeKind::entered;  // entered, fail_invalid, fail_valid or entry_failure
    u32 error = 0;                                      // fail_valid: VM-instruction error
    u32 reason = 0;                                     // entry_failure: all 32 bits
    u64 qualification = 0;                              // entry_failure
};

struct FieldValue {
    Field field;
    std::optional<u64> value;  // nothing: not shown
};

struct Violation {
    std::string_view check, sdm;
    std::string_view rule;
    std::vector<FieldValue> fields;
    std::string why;  // the values in words
    std::string fix;
    bool certain = true;
    std::vector<Field> depends_on;      // not certain: rests on these fields, which are not shown
    std::vector<std::string> fails_on;  // not certain: fails on these of the plausible processors only
};

// A check that could not be decided and is a likely cause.
struct Hint {
    std::string check;  // its id; empty when the hint is about no check
    std::string text;
};

struct EntryExplanation {
    std::string id;
    EntryClass entry_class = EntryClass::unknown;
    std::string message;  // one or two sentences: what happened
    EntryOutcome outcome;
    std::vector<Violation> violations;  // all, the one that the processor reports first
    std::vector<Field> unknown;         // fields that some check needed and the input does not show
    std::vector<Hint> hints;            // the most likely first
    std::vector<std::string> notes;
    std::string cpu;                      // judged for this processor only
    std::vector<std::string> plausible;   // otherwise: the processors that what happened does not exclude
    std::vector<std::string> refused_by;  // processors on which some check fails for certain

    // The answer is "no": exit code 1.
    bool failed() const {
        return !violations.empty() || (entry_class != EntryClass::unknown && entry_class != EntryClass::ordinary_exit) ||
               outcome.kind != vmx::OutcomeKind::entered;
    }
};

}  // namespace vmxsim::report
