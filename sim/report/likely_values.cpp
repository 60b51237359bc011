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

}  // namespace

Vmcs likely_values(const PartialVmcs& partial, const Capabilities& cpu) {
    Vmcs vmcs = golden_vmcs(cpu);
    // Hypervisors keep the default1 bits, "load debug controls" among them (SDM A.2).
    for (const spec::ControlInfo& control : spec::kControls) {
        if (!control.default1 || control.word == spec::ControlWord::primary) continue;
        const Field field = spec::field_of(control.word);
        if (is_set(cpu.allowed(control.word).may_be_one, control.bit)) vmcs.set(field, vmcs[field] | bit(control.bit));
    }
    const u64 ia32e = bit(spec::info(spec::Control::entry_ia_32e_mode_guest).bit);
    if (!guest_is_in_ia32e_mode(partial)) vmcs.set(Field::vm_entry_controls, vmcs[Field::vm_entry_controls] & ~ia32e);
    for (size_t i = 0; i < spec::kFieldCount; ++i)
        if (partial.known[i]) vmcs.set(static_cast<Field>(i), partial.vmcs[static_cast<Field>(i)]);
    return vmcs;
}

}  // namespace vmxsim::report
