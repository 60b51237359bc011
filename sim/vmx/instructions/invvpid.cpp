// SPDX-License-Identifier: MIT
// SDM 30.3, INVVPID: invalidates translations tagged with a VPID. vmxsim caches no translations, so that a valid INVVPID
// has nothing to do but to succeed.
#include "vmx/instructions/endings.hpp"
#include "vmx/instructions/field_access.hpp"

namespace vmxsim::vmx {
namespace {

constexpr u64 kIndividualAddress = 0, kAllContexts = 2, kLastType = 3;

}  // namespace

Guard guard_invvpid(Processor& cpu, u64 type) {
    const Capabilities& allowed = cpu.capabilities;
    if (const Guard ended_early = require_vmx_operation(cpu)) return ended_early;
    if (!allowed.allows(spec::Control::secondary_enable_vpid))
        return invalid_opcode({"The processor does not support VPIDs.", "30.3"});
    if (!is_set(allowed.ept_vpid, 32))
        return invalid_opcode({"The processor does not support INVVPID: IA32_VMX_EPT_VPID_CAP[32] is 0.", "30.3"});
    if (const Guard ended_early = require_root_and_cpl_0(cpu, spec::ExitReason::invvpid)) return ended_early;

    const u64 operand = operand_of(cpu, type);
    if (operand <= kLastType && is_set(allowed.ept_vpid, static_cast<unsigned>(40 + operand))) return std::nullopt;
    return fail(cpu, spec::VmInstructionError::invalid_operand_to_invept_invvpid,
                {"The processor does not support this INVVPID type (IA32_VMX_EPT_VPID_CAP[43:40]).", "30.3"});
}

Outcome perform_invvpid(Processor& cpu, u64 type, InvvpidDescriptor descriptor) {
    using enum spec::VmInstructionError;
    const u64 operand = operand_of(cpu, type);
    if (descriptor.vpid >> 16 != 0)
        return fail(cpu, invalid_operand_to_invept_invvpid, {"Bits 63:16 of the INVVPID descriptor must be 0.", "30.3"});
    if (operand != kAllContexts && descriptor.vpid == 0)
        return fail(cpu, invalid_operand_to_invept_invvpid,
                    {"VPID 0 belongs to VMX root operation and cannot be named.", "30.3"});
    if (operand == kIndividualAddress && !cpu.capabilities.canonical(descriptor.linear_address))
        return fail(cpu, invalid_operand_to_invept_invvpid,
                    {"The linear address in the INVVPID descriptor is not canonical.", "30.3"});
    return succeed(cpu);
}

Outcome invvpid(Processor& cpu, u64 type, InvvpidDescriptor descriptor) {
    if (const Guard ended_early = guard_invvpid(cpu, type)) return *ended_early;
    return perform_invvpid(cpu, type, descriptor);
}

}  // namespace vmxsim::vmx
