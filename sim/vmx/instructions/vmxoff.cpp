// SPDX-License-Identifier: MIT
// SDM 30.3, VMXOFF: leaves VMX operation.
#include "base/invariant.hpp"
#include "vmx/instructions/endings.hpp"

namespace vmxsim::vmx {

Outcome vmxoff(Processor& cpu) {
    if (const Guard ended_early = require_root_and_cpl_0(cpu, spec::ExitReason::vmxoff)) return *ended_early;
    // Error 23 belongs to the dual-monitor treatment, which can only be active if it was activated from SMM.
    if (cpu.state.in_smm) unmodelled("SDM 34.15.7: VMXOFF under the dual-monitor treatment of SMIs and SMM");

    // SDM 24.11.1: VMCSs that are still active may be corrupted when VMX operation ends. IMPL: vmxsim writes the
    // current one back, so that none is, and keeps the list of active ones so that a report can warn.
    release_current(cpu);
    cpu.vmx.in_vmx_operation = false;
    cpu.vmx.vmxon_pointer = kNoVmcs;
    cpu.state.address_range_monitored = false;
    return succeed(cpu);
}

}  // namespace vmxsim::vmx
