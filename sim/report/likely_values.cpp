// SPDX-License-Identifier: MIT
#include "report/likely_values.hpp"

#include "vmcs/golden.hpp"

namespace vmxsim::report {
namespace {

using spec::Field;

// "IA-32e mode guest", read off what the dump shows of the guest.
bool guest_is_in_ia32e_mode(const PartialVmcs& partial) {
    const auto shown = [&](Field field, u64 fallback) { return partial.knows(field) ? partial.vmcs[field] : fallback; };
    if (partial.knows(Field::guest_cr0) && !is_set(partial.vmcs[Field::guest_cr0], 31)) return false;
    if (partial.knows(Field::guest_cr4) && !is_set(partial.vmcs[Field::guest_cr4], 5)) return false;
    if (partial.knows(Field::guest_ia32_efer)) return is_set(partial.vmcs[Field::guest_ia32_efer], 10);
    return is_set(shown(Field::guest_cs_access_rights, 0), 13) || shown(Field::guest_rip, 0) >> 32 != 0;
}

u64 mask_of(spec::Control control) { return bit(spec::info(control).bit); }

// A guest outside protected mode or without paging, by the VMCS or by the registers as the guest sees them.
bool guest_needs_unrestricted_guest(const import::DumpedVmcs& dump) {
    u64 cr0 = bit(31) | bit(0);
    if (const auto printed = dump.other_values.find("CR0"); printed != dump.other_values.end()) cr0 = printed->second;
    if (dump.vmcs.knows(Field::guest_cr0)) cr0 = dump.vmcs.vmcs[Field::guest_cr0];
    return !is_set(cr0, 0) || !is_set(cr0, 31);
}

}  // namespace

Vmcs likely_values(const import::DumpedVmcs& dump, const Capabilities& cpu) {
    const PartialVmcs& partial = dump.vmcs;
    Vmcs vmcs = golden_vmcs(cpu);
    // Hypervisors keep the default1 bits, "load debug controls" among them (SDM A.2).
    for (const spec::ControlInfo& control : spec::kControls) {
        if (!control.default1 || control.word == spec::ControlWord::primary) continue;
        const Field field = spec::field_of(control.word);
        if (is_set(cpu.allowed(control.word).may_be_one, control.bit)) vmcs.set(field, vmcs[field] | bit(control.bit));
    }
    const u64 ia32e = mask_of(spec::Control::entry_ia_32e_mode_guest);
    if (!guest_is_in_ia32e_mode(partial)) vmcs.set(Field::vm_entry_controls, vmcs[Field::vm_entry_controls] & ~ia32e);
    if (guest_needs_unrestricted_guest(dump)) {
        vmcs.set(Field::primary_processor_based_controls, vmcs[Field::primary_processor_based_controls] | bit(31));
        vmcs.set(Field::secondary_processor_based_controls,
                 mask_of(spec::Control::secondary_enable_ept) | mask_of(spec::Control::secondary_unrestricted_guest));
    }
    for (size_t i = 0; i < spec::kFieldCount; ++i)
        if (partial.known[i]) vmcs.set(static_cast<Field>(i), partial.vmcs[static_cast<Field>(i)]);
    return vmcs;
}

}  // namespace vmxsim::report
