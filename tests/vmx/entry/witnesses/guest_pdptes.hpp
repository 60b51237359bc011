// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.3.1.6, Checks on Guest Page-Directory-Pointer-Table Entries.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

inline constexpr Witness kGuestPdpteWitnesses[] = {
    {"guest.pdpte0.reserved", Variant::pae_with_ept, {{Field::guest_pdpte0, 0x3003}}},
    {"guest.pdpte1.reserved", Variant::pae_with_ept, {{Field::guest_pdpte1, bit(46) | 1}}},
    {"guest.pdpte2.reserved", Variant::pae_with_ept, {{Field::guest_pdpte2, bit(63) | 1}}},
    {"guest.pdpte3.reserved", Variant::pae_with_ept, {{Field::guest_pdpte3, 0x4101}}},
    {"guest.pdpte0_in_memory.reserved", Variant::pae, {}, {write_memory(0x2000, 0x3003)}},
    {"guest.pdpte1_in_memory.reserved", Variant::pae, {}, {write_memory(0x2008, bit(46) | 1)}},
    {"guest.pdpte2_in_memory.reserved", Variant::pae, {}, {write_memory(0x2010, bit(63) | 1)}},
    {"guest.pdpte3_in_memory.reserved", Variant::pae, {}, {write_memory(0x2018, 0x4101)}},
};

}  // namespace vmxsim::vmx::tests
