// SPDX-License-Identifier: MIT
#include "vmx/instructions/endings.hpp"

#include "base/invariant.hpp"
#include "vmcs/region.hpp"

namespace vmxsim::vmx {
namespace {

constexpr u64 kCarry = bit(0), kZero = bit(6);
constexpr u64 kStatusFlags = kCarry | bit(2) | bit(4) | kZero | bit(7) | bit(11);  // CF, PF, AF, ZF, SF, OF

void set_status(Processor& cpu, u64 flags) { cpu.state.rflags = (cpu.state.rflags & ~kStatusFlags) | flags; }

Outcome ended(OutcomeKind kind, Because because) {
    Outcome outcome;
    outcome.kind = kind;
    outcome.why = because.why;
    outcome.sdm = because.sdm;
    return outcome;
}

}  // namespace

Outcome succeed(Processor& cpu) {
    set_status(cpu, 0);
    return ended(OutcomeKind::succeed, {"The instruction succeeded.", "30.2"});
}

Outcome fail_invalid(Processor& cpu, Because because) {
    set_status(cpu, kCarry);
    return ended(OutcomeKind::fail_invalid, because);
}

Outcome fail_valid(Processor& cpu, spec::VmInstructionError error, Because because) {
    if (!cpu.vmx.has_current()) unreachable("VMfailValid without a current VMCS");
    set_status(cpu, kZero);
    cpu.vmx.current.set(Field::vm_instruction_error, static_cast<u64>(error));
    Outcome outcome = ended(OutcomeKind::fail_valid, because);
    outcome.error = error;
    return outcome;
}

Outcome fail(Processor& cpu, spec::VmInstructionError error, Because because) {
    return cpu.vmx.has_current() ? fail_valid(cpu, error, because) : fail_invalid(cpu, because);
}

Outcome invalid_opcode(Because because) {
    Outcome outcome = ended(OutcomeKind::fault, because);
    outcome.vector = kUndefinedOpcode;
    return outcome;
}

Outcome general_protection(Because because) {
    Outcome outcome = ended(OutcomeKind::fault, because);
    outcome.vector = kGeneralProtection;
    outcome.error_code = 0;
    return outcome;
}

Outcome exit_to_host(spec::ExitReason reason, Because because) {
    Outcome outcome = ended(OutcomeKind::vm_exit, because);
    outcome.reason = static_cast<u32>(reason);
    return outcome;
}

Guard require_mode(const Processor& cpu) {
    if (!cpu.state.protected_mode())
        return invalid_opcode({"VMX instructions do not exist in real-address mode (CR0.PE is 0).", "30.3"});
    if (is_set(cpu.state.rflags, 17))
        return invalid_opcode({"VMX instructions do not exist in virtual-8086 mode (RFLAGS.VM is 1).", "30.3"});
    if (cpu.state.ia32e_mode() && !cpu.state[SegmentRegister::cs].rights.l())
        return invalid_opcode(
            {"VMX instructions do not exist in compatibility mode (IA32_EFER.LMA is 1 and CS.L is 0).", "30.3"});
    return std::nullopt;
}

Guard require_vmx_operation(const Processor& cpu) {
    if (cpu.vmx.in_vmx_operation) return std::nullopt;
    return invalid_opcode({"The processor is not in VMX operation: VMXON has to come first.", "30.3"});
}

Guard require_cpl_0(const Processor& cpu) {
    if (cpu.state.cpl() == 0) return std::nullopt;
    return general_protection({"VMX instructions need privilege level 0.", "30.3"});
}

Guard require_root_and_cpl_0(const Processor& cpu, spec::ExitReason reason) {
    if (const Guard ended_early = require_vmx_operation(cpu)) return ended_early;
    if (const Guard ended_early = require_mode(cpu)) return ended_early;
    if (cpu.vmx.non_root) return exit_to_host(reason, {"In VMX non-root operation the instruction causes a VM exit.", "25.1.2"});
    return require_cpl_0(cpu);
}

void release_current(Processor& cpu) {
    if (!cpu.vmx.has_current()) return;
    const u64 pointer = cpu.vmx.current_vmcs_pointer;
    store_fields(cpu.memory, pointer, cpu.capabilities, cpu.vmx.current);
    cpu.memory.write(pointer + kLaunchStateOffset, cpu.vmx.current_launch_state);
    cpu.vmx.current_vmcs_pointer = kNoVmcs;
    cpu.vmx.current = Vmcs{};
    cpu.vmx.current_launch_state = kClear;
    cpu.vmx.current_is_shadow = false;
}

}  // namespace vmxsim::vmx
