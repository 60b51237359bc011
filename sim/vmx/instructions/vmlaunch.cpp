// SPDX-License-Identifier: MIT
// SDM 30.3, VMLAUNCH: enters a VMCS whose launch state is clear, and makes it launched.
#include "vmx/entry/enter.hpp"
#include "vmx/instructions/entry_guard.hpp"

namespace vmxsim::vmx {

Outcome vmlaunch(Processor& cpu) {
    if (const Guard ended_early = guard_vm_entry(cpu, spec::ExitReason::vmlaunch)) return *ended_early;
    if (cpu.vmx.current_launched())
        return fail_valid(cpu, spec::VmInstructionError::vmlaunch_with_non_clear_vmcs,
                          {"The launch state of the current VMCS is not clear: VMCLEAR it first, or use VMRESUME.", "26.1"});
    const Outcome outcome = enter(cpu);
    if (outcome.kind == OutcomeKind::entered) cpu.vmx.current_launch_state = cpu.vmx.period;
    return outcome;
}

}  // namespace vmxsim::vmx
