// SPDX-License-Identifier: MIT
// Engines over the rows of vmx/entry/checks: stop at the first failure, explain all of them, list the rules.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"
#include "vmx/entry/known_values.hpp"

namespace vmxsim::vmx {

using CheckIndex = u16;  // a place in all_checks()

// In the order in which failures are reported.
std::span<const CheckInfo> all_checks();
std::optional<CheckIndex> find_check(std::string_view id);

// Everything an entry check reads.
struct EntryInputs {
    const Vmcs& vmcs;
    const PhysicalMemory& memory;
    const Capabilities& cpu;
    ProcessorAtEntry processor{};
};

// The check that the processor reports, or nothing when all hold. About 0.1 us.
std::optional<CheckIndex> first_failure(const EntryInputs& inputs);

// Every check that fails, in order.
std::vector<CheckIndex> all_failures(const EntryInputs& inputs);

enum class Verdict : u8 { holds, fails, does_not_apply };
Verdict evaluate(CheckIndex check, const EntryInputs& inputs);

// The smallest edit that makes a failing check hold; Field::none when no single edit of a field does.
Edit fix(CheckIndex check, const EntryInputs& inputs);

// --- Partial VMCSs (dumps)

enum class PartialVerdict : u8 {
    holds,
    fails,     // for certain
    fails_if,  // the rule is broken if it applies, and whether it applies rests on missing values
    unknown,   // the rule itself reads missing values
    does_not_apply,
};

struct PartialFinding {
    CheckIndex check;
    PartialVerdict verdict;
    Edit fix;                 // for fails and fails_if
    FieldSet missing_fields;  // what the verdict would need: for fails_if and unknown
    std::set<u64> missing_memory;
};

// One finding a check, in order; checks that hold or do not apply are left out.
std::vector<PartialFinding> explain_partial(const PartialVmcs& partial, const Capabilities& cpu,
                                            const ProcessorAtEntry& processor = {});

}  // namespace vmxsim::vmx
