// SPDX-License-Identifier: MIT
#include "report/proof.hpp"

namespace vmxsim::report {

bool proven_to_pass(const vmx::Failure& failure, const Classified& classified) {
    switch (classified.entry_class) {
        case EntryClass::ordinary_exit: return true;
        case EntryClass::entry_failure:
            // A machine check may come at any time after the controls and the host state are accepted.
            return failure.is_vmfail() ||
                   (failure.reason == spec::ExitReason::entry_failure_guest_state &&
                    classified.basic_reason() == static_cast<unsigned>(spec::ExitReason::entry_failure_msr_loading));
        default: return false;
    }
}

bool is_what_was_reported(const vmx::Failure& failure, const Classified& classified) {
    switch (classified.entry_class) {
        case EntryClass::vmfail_valid: return static_cast<u32>(failure.error) == classified.outcome.error;
        case EntryClass::entry_failure:
            return !failure.is_vmfail() && static_cast<unsigned>(failure.reason) == classified.basic_reason() &&
                   (!classified.has_qualification || failure.qualification == classified.outcome.qualification);
        default: return false;
    }
}

}  // namespace vmxsim::report
