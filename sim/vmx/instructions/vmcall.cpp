// SPDX-License-Identifier: MIT
// SDM 30.3, VMCALL: calls the VM monitor from a guest; in VMX root operation it would call the SMM monitor.
#include "base/invariant.hpp"
#include "vmx/instructions/endings.hpp"

namespace vmxsim::vmx {

Outcome vmcall(Processor& cpu) {
    if (const Guard ended_early = require_vmx_operation(cpu)) return *ended_early;
    // Before the mode and the privilege level are looked at: a guest may use VMCALL in every mode and at every CPL.
    if (cpu.vmx.non_root)
        return exit_to_host(spec::ExitReason::vmcall, {"In VMX non-root operation the instruction causes a VM exit.", "25.1.2"});
    if (const Guard ended_early = require_mode(cpu)) return *ended_early;
    if (const Guard ended_early = require_cpl_0(cpu)) return *ended_early;
    // The valid bit of IA32_SMM_MONITOR_CTL can be set in SMM only, which vmxsim does not enter: it is 0.
    return fail(cpu, spec::VmInstructionError::vmcall_executed_in_vmx_root_operation,
                {"VMCALL in VMX root operation needs an SMM monitor, and IA32_SMM_MONITOR_CTL is not valid.", "30.3"});
}

}  // namespace vmxsim::vmx
