// SPDX-License-Identifier: MIT
// SDM 30.3, INVEPT: invalidates translations derived from EPT. vmxsim caches no translations, so that a valid INVEPT has
// nothing to do but to succeed.
#include "vmx/eptp.hpp"
#include "vmx/instructions/endings.hpp"
#include "vmx/instructions/field_access.hpp"

namespace vmxsim::vmx {
namespace {

constexpr u64 kSingleContext = 1, kGlobal = 2;

}  // namespace

Guard guard_invept(Processor& cpu, u64 type) {
    const Capabilities& allowed = cpu.capabilities;
    if (const Guard ended_early = require_vmx_operation(cpu)) return ended_early;
    if (!allowed.allows(spec::Control::secondary_enable_ept))
        return invalid_opcode({"The processor does not support EPT.", "30.3"});
    if (!is_set(allowed.ept_vpid, 20))
        return invalid_opcode({"The processor does not support INVEPT: IA32_VMX_EPT_VPID_CAP[20] is 0.", "30.3"});
    if (const Guard ended_early = require_root_and_cpl_0(cpu, spec::ExitReason::invept)) return ended_early;

    const u64 operand = operand_of(cpu, type);
    const bool supported =
        (operand == kSingleContext && is_set(allowed.ept_vpid, 25)) || (operand == kGlobal && is_set(allowed.ept_vpid, 26));
    if (supported) return std::nullopt;
    return fail(cpu, spec::VmInstructionError::invalid_operand_to_invept_invvpid,
                {"The processor does not support this INVEPT type (IA32_VMX_EPT_VPID_CAP[26:25]).", "30.3"});
}

Outcome perform_invept(Processor& cpu, u64 type, InveptDescriptor descriptor) {
    if (operand_of(cpu, type) == kSingleContext && !valid_eptp(cpu.capabilities, descriptor.eptp))
        return fail(cpu, spec::VmInstructionError::invalid_operand_to_invept_invvpid,
                    {"A VM entry with \"enable EPT\" would refuse the EPT pointer in the INVEPT descriptor.", "26.2.1.1"});
    return succeed(cpu);
}

Outcome invept(Processor& cpu, u64 type, InveptDescriptor descriptor) {
    if (const Guard ended_early = guard_invept(cpu, type)) return *ended_early;
    return perform_invept(cpu, type, descriptor);
}

}  // namespace vmxsim::vmx
