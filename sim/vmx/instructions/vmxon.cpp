// SPDX-License-Identifier: MIT
// SDM 30.3, VMXON: enters VMX operation. What the processor must be like first: SDM 23.7 and 23.8.
#include "vmcs/region.hpp"
#include "vmx/instructions/endings.hpp"

namespace vmxsim::vmx {
namespace {

constexpr bool fixed_bits_hold(u64 value, u64 fixed0, u64 fixed1) { return (value & fixed0) == fixed0 && (value & ~fixed1) == 0; }

// Everything that raises #GP(0) outside VMX operation, in the order of the operation section.
Guard require_supported_processor_state(const Processor& cpu) {
    const CpuState& state = cpu.state;
    const Capabilities& allowed = cpu.capabilities;
    const u64 feature_control = state.msrs.feature_control;
    if (const Guard ended_early = require_cpl_0(cpu)) return ended_early;
    if (state.a20m) return general_protection({"VMXON is refused while A20M masks address bit 20.", "23.8"});
    if (!fixed_bits_hold(state.cr0, allowed.cr0_fixed0, allowed.cr0_fixed1))
        return general_protection({"CR0 has a bit that IA32_VMX_CR0_FIXED0 or IA32_VMX_CR0_FIXED1 does not allow.", "23.8"});
    if (!fixed_bits_hold(state.cr4, allowed.cr4_fixed0, allowed.cr4_fixed1))
        return general_protection({"CR4 has a bit that IA32_VMX_CR4_FIXED0 or IA32_VMX_CR4_FIXED1 does not allow.", "23.8"});
    if (!is_set(feature_control, 0))
        return general_protection({"IA32_FEATURE_CONTROL is not locked: bit 0 must be 1 before VMXON.", "23.7"});
    if (state.in_smx && !is_set(feature_control, 1))
        return general_protection({"IA32_FEATURE_CONTROL bit 1 is 0: VMXON is disabled in SMX operation.", "23.7"});
    if (!state.in_smx && !is_set(feature_control, 2))
        return general_protection({"IA32_FEATURE_CONTROL bit 2 is 0: VMXON is disabled outside SMX operation.", "23.7"});
    return std::nullopt;
}

}  // namespace

Guard guard_vmxon(Processor& cpu) {
    if (!cpu.state.protected_mode()) return require_mode(cpu);
    if (!is_set(cpu.state.cr4, 13)) return invalid_opcode({"CR4.VMXE (bit 13) is 0: VMX is not enabled.", "23.7"});
    if (const Guard ended_early = require_mode(cpu)) return ended_early;
    if (!cpu.vmx.in_vmx_operation) return require_supported_processor_state(cpu);
    if (cpu.vmx.non_root)
        return exit_to_host(spec::ExitReason::vmxon, {"In VMX non-root operation the instruction causes a VM exit.", "25.1.2"});
    if (const Guard ended_early = require_cpl_0(cpu)) return ended_early;
    return fail(cpu, spec::VmInstructionError::vmxon_executed_in_vmx_root_operation,
                {"The processor is in VMX operation already.", "30.3"});
}

Outcome perform_vmxon(Processor& cpu, u64 pointer) {
    if (bits(pointer, 11, 0) != 0)
        return fail_invalid(cpu, {"The VMXON pointer is not aligned to 4 KBytes: bits 11:0 must be 0.", "24.11.5"});
    if (!cpu.capabilities.region_address_in_range(pointer))
        return fail_invalid(cpu, {"The VMXON pointer sets bits beyond the width of physical addresses.", "24.11.5"});
    const u32 revision = cpu.memory.read<u32>(pointer + kRevisionOffset);
    if ((revision & ~kShadowIndicator) != cpu.capabilities.revision_identifier())
        return fail_invalid(
            cpu, {"The VMXON region does not begin with the VMCS revision identifier of IA32_VMX_BASIC[30:0].", "24.11.5"});
    if ((revision & kShadowIndicator) != 0)
        return fail_invalid(cpu, {"Bit 31 of the VMXON region's first 4 bytes must be 0.", "24.11.5"});

    cpu.vmx.current_vmcs_pointer = kNoVmcs;
    cpu.vmx.in_vmx_operation = true;
    cpu.vmx.non_root = false;
    cpu.vmx.vmxon_pointer = pointer;
    ++cpu.vmx.period;
    cpu.state.address_range_monitored = false;
    // A processor on which Intel PT and VMX exclude each other stops tracing (IA32_VMX_MISC[14] is 0; bit 0 is TraceEn).
    if (!is_set(cpu.capabilities.misc, 14)) cpu.state.msrs.rtit_ctl &= ~bit(0);
    return succeed(cpu);
}

Outcome vmxon(Processor& cpu, u64 pointer) {
    if (const Guard ended_early = guard_vmxon(cpu)) return *ended_early;
    return perform_vmxon(cpu, pointer);
}

}  // namespace vmxsim::vmx
