// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.3.1.4, Checks on Guest RIP, RFLAGS, and SSP.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

inline constexpr Witness kGuestRipRflagsWitnesses[] = {
    {"guest.rflags.if_for_external_interrupt", Variant::long_mode, {{Field::vm_entry_interruption_information, 0x800000D1}}},
};

}  // namespace vmxsim::vmx::tests
