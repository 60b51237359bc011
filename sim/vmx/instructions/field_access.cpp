// SPDX-License-Identifier: MIT
#include "vmx/instructions/field_access.hpp"

#include "vmcs/region.hpp"
#include "vmx/controls_in_effect.hpp"

namespace vmxsim::vmx {
namespace {

u64 link_pointer(const Processor& cpu) { return cpu.vmx.current[Field::vmcs_link_pointer]; }

// SDM 25.1.3: the bitmaps have one bit for each value of bits 14:0 of an encoding; all larger operands exit.
Guard exit_unless_shadowed(const Processor& cpu, u64 encoding, spec::ExitReason reason, Field bitmap) {
    if (!secondary_controls(cpu.vmx.current).vmcs_shadowing())
        return exit_to_host(reason, {"In VMX non-root operation without VMCS shadowing the instruction exits.", "25.1.3"});
    if (encoding >> 15 != 0)
        return exit_to_host(reason,
                            {"The encoding sets a bit beyond 14:0, for which the VMCS-shadowing bitmaps have none.", "25.1.3"});
    const u8 byte = cpu.memory.read<u8>(cpu.vmx.current[bitmap] + encoding / 8);
    if (is_set(byte, static_cast<unsigned>(encoding % 8)))
        return exit_to_host(reason, {"The bit for this encoding in the VMREAD or VMWRITE bitmap is 1.", "25.1.3"});
    return std::nullopt;
}

}  // namespace

u64 operand_of(const Processor& cpu, u64 value) { return cpu.state.bit64_mode() ? value : bits(value, 31, 0); }

Guard guard_field_access(Processor& cpu, u64 encoding, spec::ExitReason reason, Field bitmap) {
    if (const Guard ended_early = require_vmx_operation(cpu)) return ended_early;
    if (const Guard ended_early = require_mode(cpu)) return ended_early;
    if (cpu.vmx.non_root)
        if (const Guard ended_early = exit_unless_shadowed(cpu, operand_of(cpu, encoding), reason, bitmap)) return ended_early;
    if (const Guard ended_early = require_cpl_0(cpu)) return ended_early;
    if (cpu.vmx.non_root && link_pointer(cpu) == kNoVmcs)
        return fail_invalid(cpu, {"The VMCS link pointer is not valid: there is no shadow VMCS to access.", "30.3"});
    if (!cpu.vmx.non_root && !cpu.vmx.has_current())
        return fail_invalid(cpu, {"There is no current VMCS: VMPTRLD has to come first.", "30.3"});
    return std::nullopt;
}

std::optional<spec::FieldAccess> supported_field(const Processor& cpu, u64 encoding) {
    const auto access = spec::find_field(operand_of(cpu, encoding));
    if (!access || !cpu.capabilities.field_exists(access->field)) return std::nullopt;
    return access;
}

u64 load_component(const Processor& cpu, Field field) {
    if (!cpu.vmx.non_root) return cpu.vmx.current[field];
    return load_field(cpu.memory, link_pointer(cpu), RegionLayout(cpu.capabilities), field);
}

void store_component(Processor& cpu, Field field, u64 value) {
    if (!cpu.vmx.non_root)
        cpu.vmx.current.set(field, value);
    else
        store_field(cpu.memory, link_pointer(cpu), RegionLayout(cpu.capabilities), field, value);
}

}  // namespace vmxsim::vmx
