// SPDX-License-Identifier: MIT
// The basic checks that VMLAUNCH and VMRESUME share (SDM 26.1); neither has an operand.
#pragma once

#include "vmx/instructions/endings.hpp"

namespace vmxsim::vmx {

// Up to and with blocking by MOV SS; the launch state comes next.
Guard guard_vm_entry(Processor& cpu, spec::ExitReason reason);

}  // namespace vmxsim::vmx
