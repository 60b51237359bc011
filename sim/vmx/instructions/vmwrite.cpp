// SPDX-License-Identifier: MIT
// SDM 30.3, VMWRITE: writes a field of the current VMCS or, in VMX non-root operation, of the shadow VMCS.
#include "vmx/instructions/field_access.hpp"

namespace vmxsim::vmx {

Guard guard_vmwrite(Processor& cpu, u64 encoding) {
    return guard_field_access(cpu, encoding, spec::ExitReason::vmwrite, Field::vmwrite_bitmap_address);
}

Outcome perform_vmwrite(Processor& cpu, u64 encoding, u64 value) {
    using enum spec::VmInstructionError;
    const auto access = supported_field(cpu, encoding);
    if (!access)
        return fail_valid(cpu, vmread_vmwrite_from_to_unsupported_vmcs_component,
                          {"No VMCS field of this processor has this encoding.", "24.11.2"});
    if (spec::info(access->field).type() == spec::FieldType::read_only && !cpu.capabilities.writes_any_field())
        return fail_valid(cpu, vmwrite_to_read_only_vmcs_component,
                          {"VM-exit information fields are read-only on this processor: IA32_VMX_MISC[29] is 0.", "A.6"});

    // A field longer than the operand has its high bits cleared (Vmcs and the region drop what a shorter one cannot
    // hold); the high half of a field leaves the low half alone.
    const u64 operand = operand_of(cpu, value);
    const u64 low_half = bits(load_component(cpu, access->field), 31, 0);
    store_component(cpu, access->field, access->high ? operand << 32 | low_half : operand);
    return succeed(cpu);
}

Outcome vmwrite(Processor& cpu, u64 encoding, u64 value) {
    if (const Guard ended_early = guard_vmwrite(cpu, encoding)) return *ended_early;
    return perform_vmwrite(cpu, encoding, value);
}

}  // namespace vmxsim::vmx
