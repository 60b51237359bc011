// SPDX-License-Identifier: MIT
// How the operation sections of SDM 30.3 end an instruction: the pseudo-functions of 30.2, faults and VM exits.
#pragma once

#include "vmx/instructions/instructions.hpp"

namespace vmxsim::vmx {

// Why, in our sentence, and the section that says so.
struct Because {
    const char* why;
    const char* sdm;
};

// --- SDM 30.2: these set the status flags of RFLAGS and leave its other bits alone
Outcome succeed(Processor& cpu);
Outcome fail_invalid(Processor& cpu, Because because);
// There has to be a current VMCS: its VM-instruction error field takes the number.
Outcome fail_valid(Processor& cpu, spec::VmInstructionError error, Because because);
// VMfail(number): VMfailValid when there is a current VMCS, otherwise VMfailInvalid.
Outcome fail(Processor& cpu, spec::VmInstructionError error, Because because);

Outcome invalid_opcode(Because because);
Outcome general_protection(Because because);  // #GP(0)
Outcome exit_to_host(spec::ExitReason reason, Because because);

// --- Pieces of guards, in the order in which nearly all of the operation sections have them
// #UD outside protected mode, in virtual-8086 mode and in compatibility mode.
Guard require_mode(const Processor& cpu);
Guard require_vmx_operation(const Processor& cpu);
Guard require_cpl_0(const Processor& cpu);
// All of it: #UD, VM exit in VMX non-root operation, #GP(0).
Guard require_root_and_cpl_0(const Processor& cpu, spec::ExitReason reason);

// --- The current VMCS and its region
// Writes the current VMCS back to its region; there is no current VMCS then.
void release_current(Processor& cpu);

}  // namespace vmxsim::vmx
