// SPDX-License-Identifier: MIT
// The golden VMCS of a processor: 64-bit host, 64-bit guest, the fewest controls that its capability MSRs allow; every
// VM-entry check holds. Labs, batch cases ("base": "golden"), witnesses and scenarios start from it.
#pragma once

#include "vmcs/capabilities.hpp"
#include "vmcs/vmcs.hpp"

namespace vmxsim {

Vmcs golden_vmcs(const Capabilities& cpu);

}  // namespace vmxsim
