// SPDX-License-Identifier: MIT
// SDM 30.3, VMRESUME: enters a VMCS whose launch state is launched.
#include "vmx/entry/enter.hpp"
#include "vmx/instructions/entry_guard.hpp"

namespace vmxsim::vmx {

Outcome vmresume(Processor& cpu) {
    using enum spec::VmInstructionError;
    if (const Guard ended_early = guard_vm_entry(cpu, spec::ExitReason::vmresume)) return *ended_early;
    if (!cpu.vmx.current_launched())
        return fail_valid(cpu, vmresume_with_non_launched_vmcs,
                          {"The launch state of the current VMCS is not launched: use VMLAUNCH.", "26.1"});
    // SDM 30.4 lists the error and the operation section does not say when it is found. IMPL: vmxsim keeps with the
    // launch state the period of VMX operation that it belongs to, so that it always is.
    if (cpu.vmx.current_launch_state != cpu.vmx.period)
        return fail_valid(cpu, vmresume_after_vmxoff,
                          {"VMX operation was left and entered again since this VMCS was launched: VMCLEAR it first.", "30.4"});
    return enter(cpu);
}

}  // namespace vmxsim::vmx
