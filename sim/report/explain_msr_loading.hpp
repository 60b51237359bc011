// SPDX-License-Identifier: MIT
// The VM-entry MSR-load area (SDM 26.4): which entry is refused, and what is wrong with its value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/classify_entry.hpp"
#include "report/entry_explanation.hpp"
#include "vmx/entry/load_msrs.hpp"

namespace vmxsim::report {

// One broken rule of one entry, in words.
Violation describe_msr_violation(const vmx::MsrLoadFailure& failure, std::vector<FieldValue> fields);

// The area can be judged: it is not empty, and its address is one that a processor would read from.
bool is_judgeable(const vmx::MsrList& list, const Capabilities& cpu);

struct MsrListFindings {
    std::vector<Violation> violations;
    std::vector<std::string> notes;
    std::optional<vmx::MsrLoadFailure> first;
};

// What the dump shows of the area: the entry that the processor refused, or entries that it would refuse. cpus: the
// plausible processors.
MsrListFindings explain_msr_loading(const import::DumpedVmcs& dump, const Classified& classified,
                                    const std::vector<const Capabilities*>& cpus);

}  // namespace vmxsim::report
