// SPDX-License-Identifier: MIT
// SDM 26.3.1.3, Checks on Guest Descriptor-Table Registers.
#pragma once

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

// clang-format off
#define DESCRIPTOR_TABLE_RULES(r, R)                                                                                      \
    {"guest." #r "_base.canonical", "26.3.1.3", {Field::guest_##r##_base},                                                \
     "The " R " base must be a canonical address.",                                                                       \
     [](const C&) { return true; },                                                                                       \
     [](const C& c) { return c.cpu.canonical(c[Field::guest_##r##_base]); },                                              \
     [](const C& c) { return make_canonical(c, Field::guest_##r##_base); }},                                              \
    {"guest." #r "_limit.upper_half", "26.3.1.3", {Field::guest_##r##_limit},                                             \
     "Bits 31:16 of the " R " limit must be 0.",                                                                          \
     [](const C&) { return true; },                                                                                       \
     [](const C& c) { return bits(c[Field::guest_##r##_limit], 31, 16) == 0; },                                           \
     [](const C& c) { return clear_bits(c, Field::guest_##r##_limit, mask(31, 16)); }}

template <class C>
inline constexpr auto kGuestDescriptorTableChecks = std::to_array<Check<C>>({
    DESCRIPTOR_TABLE_RULES(gdtr, "GDTR"),
    DESCRIPTOR_TABLE_RULES(idtr, "IDTR"),
});
// clang-format on

#undef DESCRIPTOR_TABLE_RULES

}  // namespace vmxsim::vmx
