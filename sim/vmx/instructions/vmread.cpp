// SPDX-License-Identifier: MIT
// SDM 30.3, VMREAD: reads a field of the current VMCS or, in VMX non-root operation, of the shadow VMCS.
#include "base/invariant.hpp"
#include "vmx/instructions/field_access.hpp"

namespace vmxsim::vmx {

Guard guard_vmread(Processor& cpu, u64 encoding) {
    if (const Guard ended_early = guard_field_access(cpu, encoding, spec::ExitReason::vmread, Field::vmread_bitmap_address))
        return ended_early;
    // IMPL: in VMX non-root operation, too, the error number goes to the current VMCS, not to the shadow VMCS.
    if (!supported_field(cpu, encoding))
        return fail_valid(cpu, spec::VmInstructionError::vmread_vmwrite_from_to_unsupported_vmcs_component,
                          {"No VMCS field of this processor has this encoding.", "24.11.2"});
    return std::nullopt;
}

Outcome perform_vmread(Processor& cpu, u64 encoding, u64& value) {
    const auto access = supported_field(cpu, encoding);
    if (!access) unreachable("perform_vmread of a field that guard_vmread refuses");
    const u64 field = load_component(cpu, access->field);
    value = operand_of(cpu, access->high ? field >> 32 : field);
    return succeed(cpu);
}

Outcome vmread(Processor& cpu, u64 encoding, u64& value) {
    if (const Guard ended_early = guard_vmread(cpu, encoding)) return *ended_early;
    return perform_vmread(cpu, encoding, value);
}

}  // namespace vmxsim::vmx
