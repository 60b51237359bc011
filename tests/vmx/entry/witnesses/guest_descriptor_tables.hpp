// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.3.1.3, Checks on Guest Descriptor-Table Registers.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

inline constexpr Witness kGuestDescriptorTableWitnesses[] = {
    {"guest.gdtr_base.canonical", Variant::protected_32, {{Field::guest_gdtr_base, bit(63)}}},
    {"guest.gdtr_limit.upper_half", Variant::long_mode, {{Field::guest_gdtr_limit, 0x10000}}},
    {"guest.idtr_base.canonical", Variant::long_mode, {{Field::guest_idtr_base, bit(63)}}},
    {"guest.idtr_limit.upper_half", Variant::long_mode, {{Field::guest_idtr_limit, 0xFFFFFFFF}}},
};

}  // namespace vmxsim::vmx::tests
