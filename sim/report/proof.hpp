// SPDX-License-Identifier: MIT
// What happened proves that some checks passed: that narrows down which processor the dump is from, and which checks
// can have failed.
#pragma once

#include "report/classify_entry.hpp"

namespace vmxsim::report {

// True when a check with this failure cannot have failed, given what happened (SDM 26.2 and 26.3 come before 26.4;
// controls and host state are checked before guest state).
bool proven_to_pass(const vmx::Failure& failure, const Classified& classified);

// True when the processor reported just this failure.
bool is_what_was_reported(const vmx::Failure& failure, const Classified& classified);

}  // namespace vmxsim::report
