// SPDX-License-Identifier: MIT
#pragma once

#include "vmx/processor.hpp"

namespace vmxsim::vmx {

// SDM 26.3.2 and 26.3.3: loads the processor from the guest-state area and enters VMX non-root operation. All checks
// have passed. What the SDM leaves undefined for an unusable segment is loaded as the VMCS has it.
void load_guest(Processor& cpu);

}  // namespace vmxsim::vmx
