// SPDX-License-Identifier: MIT
// SDM 26.3.1.5, Checks on Guest Non-Register State: the VMCS link pointer. FFFFFFFF_FFFFFFFFH means that there is none.
#pragma once

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

// Without VMCS shadowing nothing uses the pointer, and the edit that is always right is to have none.
template <class C>
Edit no_link_pointer_unless_shadowing(const C& c, Edit with_shadowing) {
    return c.secondary().vmcs_shadowing() ? with_shadowing : set_value(Field::vmcs_link_pointer, ~u64{0});
}
template <class C>
bool link_pointer_is_readable(const C& c) {
    return c.has_link_pointer() && bits(c[Field::vmcs_link_pointer], 11, 0) == 0 &&
           c.cpu.physical_address_in_range(c[Field::vmcs_link_pointer]);
}

// clang-format off
template <class C>
inline constexpr auto kGuestVmcsLinkPointerChecks = std::to_array<Check<C>>({
    {"guest.vmcs_link_pointer.aligned", "26.3.1.5", {Field::vmcs_link_pointer},
     "If there is a VMCS link pointer, its bits 11:0 must be 0.",
     [](const C& c) { return c.has_link_pointer(); },
     [](const C& c) { return bits(c[Field::vmcs_link_pointer], 11, 0) == 0; },
     [](const C& c) {
         return no_link_pointer_unless_shadowing(c, clear_bits(c, Field::vmcs_link_pointer, mask(11, 0)));
     }, kInvalidLinkPointer},
    {"guest.vmcs_link_pointer.physical_address_width", "26.3.1.5", {Field::vmcs_link_pointer},
     "If there is a VMCS link pointer, it must have no bit beyond the physical-address width (nor beyond 32 bits if "
     "IA32_VMX_BASIC bit 48 is 1).",
     [](const C& c) { return c.has_link_pointer(); },
     [](const C& c) { return c.cpu.region_address_in_range(c[Field::vmcs_link_pointer]); },
     [](const C& c) {
         return no_link_pointer_unless_shadowing(c, cut_to_physical_width(c, Field::vmcs_link_pointer));
     }, kInvalidLinkPointer},
    {"guest.vmcs_link_pointer.revision_identifier", "26.3.1.5",
     {Field::vmcs_link_pointer, Field::secondary_processor_based_controls, Field::primary_processor_based_controls},
     "Bits 30:0 of the first 4 bytes at the VMCS link pointer must be the processor's VMCS revision identifier: write it into "
     "the region.",
     [](const C& c) { return link_pointer_is_readable(c); },
     [](const C& c) { return bits(c.memory32(c[Field::vmcs_link_pointer]), 30, 0) == c.cpu.revision_identifier(); },
     [](const C& c) { return no_link_pointer_unless_shadowing(c, kNoSingleEdit); }, kInvalidLinkPointer},
    {"guest.vmcs_link_pointer.shadow_indicator", "26.3.1.5",
     {Field::vmcs_link_pointer, Field::secondary_processor_based_controls, Field::primary_processor_based_controls},
     "Bit 31 of the first 4 bytes at the VMCS link pointer (shadow VMCS) must equal \"VMCS shadowing\": change it in the region.",
     [](const C& c) { return link_pointer_is_readable(c); },
     [](const C& c) { return is_set(c.memory32(c[Field::vmcs_link_pointer]), 31) == c.secondary().vmcs_shadowing(); },
     [](const C& c) { return no_link_pointer_unless_shadowing(c, kNoSingleEdit); }, kInvalidLinkPointer},
    {"guest.vmcs_link_pointer.not_current_vmcs", "26.3.1.5", {Field::vmcs_link_pointer, Field::vm_entry_controls},
     "Outside SMM, and for an entry to SMM, the VMCS link pointer cannot be the current-VMCS pointer.",
     [](const C& c) { return c.has_link_pointer() && (!c.processor.in_smm || c.entry().entry_to_smm()); },
     [](const C& c) { return c[Field::vmcs_link_pointer] != c.processor.current_vmcs; },
     [](const C&) { return set_value(Field::vmcs_link_pointer, ~u64{0}); }, kInvalidLinkPointer},
    {"guest.vmcs_link_pointer.not_executive_vmcs", "26.3.1.5",
     {Field::vmcs_link_pointer, Field::executive_vmcs_pointer, Field::vm_entry_controls},
     "For an entry that returns from SMM, the VMCS link pointer must differ from the executive-VMCS pointer.",
     [](const C& c) { return c.processor.in_smm && !c.entry().entry_to_smm() && c.has_link_pointer(); },
     [](const C& c) { return c[Field::vmcs_link_pointer] != c[Field::executive_vmcs_pointer]; },
     [](const C&) { return set_value(Field::vmcs_link_pointer, ~u64{0}); }, kInvalidLinkPointer},
});
// clang-format on

}  // namespace vmxsim::vmx
