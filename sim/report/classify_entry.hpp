// SPDX-License-Identifier: MIT
// The class comes first: did the VM entry fail before the guest state was looked at, while it was, or not at all?
#pragma once

#include "import/dump.hpp"
#include "report/entry_explanation.hpp"

namespace vmxsim::report {

struct Classified {
    EntryClass entry_class = EntryClass::unknown;
    EntryOutcome outcome;
    bool has_qualification = false;  // the text shows one that belongs to this entry
    std::string message;
    std::vector<std::string> notes;

    unsigned basic_reason() const { return outcome.reason & 0xFFFF; }
};

// From what the text says happened: exit reason, VM-instruction error, the hypervisor's own number. Looks at no check.
Classified classify_entry(const import::DumpedVmcs& dump);

}  // namespace vmxsim::report
