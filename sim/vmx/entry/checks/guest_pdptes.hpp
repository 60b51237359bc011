// SPDX-License-Identifier: MIT
// SDM 26.3.1.6, Checks on Guest Page-Directory-Pointer-Table Entries. With EPT they come from the VMCS, without it from
// memory at CR3; the SDM lets a processor skip the latter if CR3 does not change and PAE paging was on, which ours does not.
#pragma once

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

// SDM 4.4.1: bits 2:1, 8:5 and those beyond the physical-address width. They matter only if P (bit 0) is 1.
template <class C>
u64 pdpte_reserved_bits(const C& c) {
    return mask(2, 1) | mask(8, 5) | mask(63, c.cpu.physical_address_bits);
}
template <class C>
bool is_valid_pdpte(const C& c, u64 pdpte) {
    return !is_set(pdpte, 0) || (pdpte & pdpte_reserved_bits(c)) == 0;
}
template <class C>
u64 pdpte_in_memory(const C& c, unsigned index) {
    return c.memory64((c[Field::guest_cr3] & mask(31, 5)) + 8 * index);
}

// clang-format off
#define PDPTE_RULE(i)                                                                                                     \
    {"guest.pdpte" #i ".reserved", "26.3.1.6",                                                                            \
     {Field::guest_pdpte##i, Field::guest_cr0, Field::guest_cr4, Field::vm_entry_controls,                                \
      Field::secondary_processor_based_controls, Field::primary_processor_based_controls},                                \
     "If the guest uses PAE paging with EPT and PDPTE" #i " is present, its bits 2:1, 8:5 and those beyond the "          \
     "physical-address width must be 0.",                                                                                 \
     [](const C& c) { return c.guest_pae_paging() && c.secondary().enable_ept(); },                                       \
     [](const C& c) { return is_valid_pdpte(c, c[Field::guest_pdpte##i]); },                                              \
     [](const C& c) { return clear_bits(c, Field::guest_pdpte##i, pdpte_reserved_bits(c)); }, kInvalidPdpte}
#define PDPTE_IN_MEMORY_RULE(i)                                                                                           \
    {"guest.pdpte" #i "_in_memory.reserved", "26.3.1.6",                                                                  \
     {Field::guest_cr3, Field::guest_cr0, Field::guest_cr4, Field::vm_entry_controls,                                     \
      Field::secondary_processor_based_controls, Field::primary_processor_based_controls},                                \
     "If the guest uses PAE paging without EPT and entry " #i " of the table at CR3 is present, its bits 2:1, 8:5 and "   \
     "those beyond the physical-address width must be 0: change it in memory.",                                           \
     [](const C& c) { return c.guest_pae_paging() && !c.secondary().enable_ept(); },                                      \
     [](const C& c) { return is_valid_pdpte(c, pdpte_in_memory(c, i)); },                                                 \
     [](const C&) { return kNoSingleEdit; }, kInvalidPdpte}

template <class C>
inline constexpr auto kGuestPdpteChecks = std::to_array<Check<C>>({
    PDPTE_RULE(0),
    PDPTE_RULE(1),
    PDPTE_RULE(2),
    PDPTE_RULE(3),
    PDPTE_IN_MEMORY_RULE(0),
    PDPTE_IN_MEMORY_RULE(1),
    PDPTE_IN_MEMORY_RULE(2),
    PDPTE_IN_MEMORY_RULE(3),
});
// clang-format on

#undef PDPTE_RULE
#undef PDPTE_IN_MEMORY_RULE

}  // namespace vmxsim::vmx
