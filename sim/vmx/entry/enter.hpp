// SPDX-License-Identifier: MIT
// A VM entry after the basic checks of VMLAUNCH and VMRESUME have passed (SDM 26.2 to 26.8), in the SDM's order.
#pragma once

#include "vmx/entry/check_engine.hpp"
#include "vmx/outcome.hpp"
#include "vmx/processor.hpp"

namespace vmxsim::vmx {

// What the check engine needs to know, taken from the processor as it is now: for all_failures() and the other engines.
ProcessorAtEntry at_entry(const Processor& cpu);
EntryInputs entry_inputs(const Processor& cpu);

// fail_valid (controls, host state), entry_failure (guest state, MSR loading), vmx_abort, or entered. The launch state
// is the caller's affair. An event to inject stays in VmxState::pending_injection.
Outcome enter(Processor& cpu);

}  // namespace vmxsim::vmx
