// SPDX-License-Identifier: MIT
// SDM 25.5.6, VMFUNC: VM functions in VMX non-root operation, at every privilege level. It leaves RFLAGS alone.
#include "base/invariant.hpp"
#include "vmx/controls_in_effect.hpp"
#include "vmx/eptp.hpp"
#include "vmx/instructions/endings.hpp"

namespace vmxsim::vmx {
namespace {

constexpr u64 kEptpSwitching = 0, kEptpListEntries = 512;

// SDM 25.5.6.3.
Outcome switch_eptp(Processor& cpu) {
    const u64 index = bits(cpu.state[Register::rcx], 31, 0);
    if (index >= kEptpListEntries)
        return exit_to_host(spec::ExitReason::vmfunc,
                            {"ECX must be below 512, the number of entries of the EPTP list.", "25.5.6.3"});
    const u64 eptp = cpu.memory.read<u64>(cpu.vmx.current[Field::eptp_list_address] + 8 * index);
    if (!valid_eptp(cpu.capabilities, eptp))
        return exit_to_host(spec::ExitReason::vmfunc,
                            {"A VM entry with \"enable EPT\" would refuse the EPT pointer in the EPTP list.", "25.5.6.3"});
    cpu.vmx.current.set(Field::ept_pointer, eptp);
    if (cpu.capabilities.allows(spec::Control::secondary_ept_violation_ve)) cpu.vmx.current.set(Field::eptp_index, index);

    Outcome outcome;
    outcome.why = "The guest uses the EPT pointer from the EPTP list.";
    outcome.sdm = "25.5.6.3";
    return outcome;
}

}  // namespace

Outcome vmfunc(Processor& cpu) {
    if (!cpu.vmx.in_vmx_operation || !cpu.vmx.non_root)
        return invalid_opcode({"VMFUNC exists in VMX non-root operation only.", "25.5.6.2"});
    if (!secondary_controls(cpu.vmx.current).enable_vm_functions())
        return invalid_opcode({"The \"enable VM functions\" VM-execution control is 0.", "25.5.6.2"});
    const u64 function = bits(cpu.state[Register::rax], 31, 0);
    if (function > 63) return invalid_opcode({"EAX must be a VM function number, 0 to 63.", "25.5.6.2"});
    if (!is_set(vm_function_controls(cpu.vmx.current).value, static_cast<unsigned>(function)))
        return exit_to_host(spec::ExitReason::vmfunc,
                            {"The VM function is not enabled in the VM-function controls.", "25.5.6.2"});
    if (function != kEptpSwitching) unreachable("a VM function that no entry check allows is enabled");
    return switch_eptp(cpu);
}

}  // namespace vmxsim::vmx
