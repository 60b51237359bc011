// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.3.1.5: the VMCS link pointer.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

constexpr Change link_pointer(u64 value) { return {Field::vmcs_link_pointer, value}; }
inline constexpr u64 kRevision = 1;  // of everything_allowed()

inline constexpr Witness kGuestVmcsLinkPointerWitnesses[] = {
    {"guest.vmcs_link_pointer.aligned", Variant::long_mode, {link_pointer(0x6000'0001)}},
    {"guest.vmcs_link_pointer.physical_address_width",
     Variant::all_features,
     {link_pointer(bit(46) | 0x6000'0000)},
     {write_memory(0x6000'0000, kRevision | bit(31))}},
    {"guest.vmcs_link_pointer.revision_identifier",
     Variant::long_mode,
     {link_pointer(0x6000'0000)},
     {write_memory(0x6000'0000, kRevision + 1)}},
    {"guest.vmcs_link_pointer.shadow_indicator",
     Variant::all_features,
     {link_pointer(0x6000'0000)},
     {write_memory(0x6000'0000, kRevision)}},
    {"guest.vmcs_link_pointer.not_current_vmcs",
     Variant::long_mode,
     {link_pointer(0x7000'0000)},
     {write_memory(0x7000'0000, kRevision)}},
    {"guest.vmcs_link_pointer.not_executive_vmcs",
     Variant::long_mode,
     {link_pointer(0x6000'0000), {Field::executive_vmcs_pointer, 0x6000'0000}},
     {write_memory(0x6000'0000, kRevision)},
     [](Scene& scene) { scene.processor.in_smm = true; }},
};

}  // namespace vmxsim::vmx::tests
