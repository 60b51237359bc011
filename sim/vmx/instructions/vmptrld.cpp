// SPDX-License-Identifier: MIT
// SDM 30.3, VMPTRLD: makes a VMCS active and current.
#include "vmcs/region.hpp"
#include "vmx/instructions/endings.hpp"

namespace vmxsim::vmx {
namespace {

void make_current(Processor& cpu, u64 pointer, bool shadow) {
    // SDM 24.11.1: what software wrote into the region of the current VMCS has no defined effect on it. IMPL: the
    // decoded VMCS wins, also when VMPTRLD names the VMCS that is current already.
    if (pointer != cpu.vmx.current_vmcs_pointer) {
        release_current(cpu);
        cpu.vmx.current_vmcs_pointer = pointer;
        cpu.vmx.current = load_fields(cpu.memory, pointer, cpu.capabilities);
        cpu.vmx.current_launch_state = cpu.memory.read<u32>(pointer + kLaunchStateOffset);
    }
    cpu.vmx.current_is_shadow = shadow;
    const auto place = std::lower_bound(cpu.vmx.active.begin(), cpu.vmx.active.end(), pointer);
    if (place == cpu.vmx.active.end() || *place != pointer) cpu.vmx.active.insert(place, pointer);
}

}  // namespace

Guard guard_vmptrld(Processor& cpu) { return require_root_and_cpl_0(cpu, spec::ExitReason::vmptrld); }

Outcome perform_vmptrld(Processor& cpu, u64 pointer) {
    using enum spec::VmInstructionError;
    if (bits(pointer, 11, 0) != 0)
        return fail(cpu, vmptrld_with_invalid_physical_address,
                    {"The VMCS pointer is not aligned to 4 KBytes: bits 11:0 must be 0.", "24.11.1"});
    if (!cpu.capabilities.region_address_in_range(pointer))
        return fail(cpu, vmptrld_with_invalid_physical_address,
                    {"The VMCS pointer sets bits beyond the width of physical addresses.", "24.11.1"});
    if (pointer == cpu.vmx.vmxon_pointer)
        return fail(cpu, vmptrld_with_vmxon_pointer, {"The operand is the VMXON pointer, which is not a VMCS.", "30.3"});

    const u32 revision = cpu.memory.read<u32>(pointer + kRevisionOffset);
    const bool shadow = (revision & kShadowIndicator) != 0;
    if ((revision & ~kShadowIndicator) != cpu.capabilities.revision_identifier())
        return fail(cpu, vmptrld_with_incorrect_vmcs_revision_identifier,
                    {"The VMCS region does not begin with the revision identifier of IA32_VMX_BASIC[30:0].", "24.2"});
    if (shadow && !cpu.capabilities.allows(spec::Control::secondary_vmcs_shadowing))
        return fail(cpu, vmptrld_with_incorrect_vmcs_revision_identifier,
                    {"The region's shadow-VMCS indicator (bit 31) is 1 and the processor has no VMCS shadowing.", "24.10"});

    make_current(cpu, pointer, shadow);
    return succeed(cpu);
}

Outcome vmptrld(Processor& cpu, u64 pointer) {
    if (const Guard ended_early = guard_vmptrld(cpu)) return *ended_early;
    return perform_vmptrld(cpu, pointer);
}

}  // namespace vmxsim::vmx
