// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "vmx/outcome.hpp"
#include "vmx/processor.hpp"

namespace vmxsim::vmx {

// SDM 27.7: what the VMX-abort indicator says. Numbers that only other parts of a VM exit give are left out.
inline constexpr u32 kAbortHostPdptes = 2, kAbortHostMsrs = 4, kAbortHostAddressSpaceSize = 6;

// SDM 27.5: loads the processor from the host-state area, as every VM exit and every VM-entry failure after 26.2 does, and
// returns to VMX root operation. Blocking by NMI is the caller's affair (27.5.5, 26.8). A VMX abort if there is one.
std::optional<Outcome> load_host(Processor& cpu);

// SDM 27.7: writes the indicator to the VMCS region and puts the processor into the shutdown state.
Outcome vmx_abort(Processor& cpu, u32 indicator, const char* why, const char* sdm);

}  // namespace vmxsim::vmx
