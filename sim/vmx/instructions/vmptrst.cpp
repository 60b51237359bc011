// SPDX-License-Identifier: MIT
// SDM 30.3, VMPTRST: stores the current-VMCS pointer, FFFFFFFF_FFFFFFFFH when there is no current VMCS.
#include "vmx/instructions/endings.hpp"

namespace vmxsim::vmx {

Guard guard_vmptrst(Processor& cpu) { return require_root_and_cpl_0(cpu, spec::ExitReason::vmptrst); }

Outcome perform_vmptrst(Processor& cpu, u64& pointer) {
    pointer = cpu.vmx.current_vmcs_pointer;
    return succeed(cpu);
}

Outcome vmptrst(Processor& cpu, u64& pointer) {
    if (const Guard ended_early = guard_vmptrst(cpu)) return *ended_early;
    return perform_vmptrst(cpu, pointer);
}

}  // namespace vmxsim::vmx
