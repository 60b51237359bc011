// SPDX-License-Identifier: MIT
// A VM entry that failed while loading MSRs: which entry, which MSR, and what is wrong with its value.
#pragma once

#include "report/classify_entry.hpp"
#include "report/entry_explanation.hpp"

namespace vmxsim::report {

// Adds the violation, or a note on what to collect, when the exit reason is 34.
void explain_msr_loading(const import::DumpedVmcs& dump, const Classified& classified, EntryExplanation& explanation);

}  // namespace vmxsim::report
