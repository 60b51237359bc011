// SPDX-License-Identifier: MIT
#include "vmx/instructions/entry_guard.hpp"

#include "base/invariant.hpp"

namespace vmxsim::vmx {

Guard guard_vm_entry(Processor& cpu, spec::ExitReason reason) {
    if (const Guard ended_early = require_root_and_cpl_0(cpu, reason)) return ended_early;
    if (!cpu.vmx.has_current()) return fail_invalid(cpu, {"There is no current VMCS: VMPTRLD has to come first.", "26.1"});
    if (cpu.vmx.current_is_shadow)
        return fail_invalid(cpu, {"The current VMCS is a shadow VMCS, which cannot be entered.", "26.1"});
    if (cpu.state.blocking_by_mov_ss)
        return fail_valid(cpu, spec::VmInstructionError::vm_entry_with_events_blocked_by_mov_ss,
                          {"Events are blocked by MOV SS: the instruction before the VM entry loaded SS.", "26.1"});
    if (cpu.state.in_smm) unmodelled("SDM 34.15.4: VM entries from system-management mode");
    return std::nullopt;
}

}  // namespace vmxsim::vmx
