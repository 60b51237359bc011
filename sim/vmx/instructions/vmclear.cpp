// SPDX-License-Identifier: MIT
// SDM 30.3, VMCLEAR: writes VMCS data to its region, and makes the VMCS inactive, not current and clear.
#include "vmcs/region.hpp"
#include "vmx/instructions/endings.hpp"

namespace vmxsim::vmx {

Guard guard_vmclear(Processor& cpu) { return require_root_and_cpl_0(cpu, spec::ExitReason::vmclear); }

Outcome perform_vmclear(Processor& cpu, u64 pointer) {
    using enum spec::VmInstructionError;
    if (bits(pointer, 11, 0) != 0)
        return fail(cpu, vmclear_with_invalid_physical_address,
                    {"The VMCS pointer is not aligned to 4 KBytes: bits 11:0 must be 0.", "24.11.1"});
    if (!cpu.capabilities.region_address_in_range(pointer))
        return fail(cpu, vmclear_with_invalid_physical_address,
                    {"The VMCS pointer sets bits beyond the width of physical addresses.", "24.11.1"});
    if (pointer == cpu.vmx.vmxon_pointer)
        return fail(cpu, vmclear_with_vmxon_pointer, {"The operand is the VMXON pointer, which is not a VMCS.", "30.3"});

    // The revision identifier is not checked: VMCLEAR also prepares a region that was never used.
    if (pointer == cpu.vmx.current_vmcs_pointer) release_current(cpu);
    cpu.memory.write(pointer + kLaunchStateOffset, kClear);
    std::erase(cpu.vmx.active, pointer);
    return succeed(cpu);
}

Outcome vmclear(Processor& cpu, u64 pointer) {
    if (const Guard ended_early = guard_vmclear(cpu)) return *ended_early;
    return perform_vmclear(cpu, pointer);
}

}  // namespace vmxsim::vmx
