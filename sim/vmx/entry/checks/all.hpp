// SPDX-License-Identifier: MIT
// Every VM-entry check, in the order in which vmxsim reports them: controls and host state before guest state
// (SDM 26.2, 26.3); where the SDM leaves the order open, the order of its text.
#pragma once

#include <tuple>

#include "vmx/entry/checks/execution_controls.hpp"
#include "vmx/entry/checks/guest_rip_rflags.hpp"

namespace vmxsim::vmx {

template <class C>
inline constexpr auto kCheckTables = std::tie(kExecutionControlChecks<C>, kGuestRipRflagsChecks<C>);

}  // namespace vmxsim::vmx
