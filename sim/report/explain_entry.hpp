// SPDX-License-Identifier: MIT
// From a dump to its explanation, and from a complete VMCS to the same record.
#pragma once

#include <span>

#include "import/dump.hpp"
#include "report/entry_explanation.hpp"
#include "report/rule_mentions.hpp"

namespace vmxsim::report {

struct JudgedCpu {
    std::string name;
    Capabilities capabilities;
};

struct ExplainContext {
    const RuleMentions& mentions;
    std::span<const JudgedCpu> all;  // every named profile; may be empty when cpu is given
    const JudgedCpu* cpu = nullptr;  // the one to judge for; null: all of them
};

EntryExplanation explain_entry(const import::DumpedVmcs& dump, const ExplainContext& context);

// A batch case: nothing was observed, the checks alone answer, for one processor.
EntryExplanation explain_case(const import::DumpedVmcs& dump, const JudgedCpu& cpu, const vmx::ProcessorAtEntry& processor,
                              const RuleMentions& mentions);

// Every field is known: what the processor would do. violations, outcome and message are filled in.
EntryExplanation explain_complete(const vmx::EntryInputs& inputs, const RuleMentions& mentions);

}  // namespace vmxsim::report
