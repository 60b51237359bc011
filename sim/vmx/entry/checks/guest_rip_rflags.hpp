// SPDX-License-Identifier: MIT
// SDM 26.3.1.4, Checks on Guest RIP, RFLAGS, and SSP.
#pragma once

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

template <class C>
inline constexpr auto kGuestRipRflagsChecks = std::to_array<Check<C>>({
    {"guest.rflags.if_for_external_interrupt", "26.3.1.4", {Field::guest_rflags, Field::vm_entry_interruption_information},
     "If an external interrupt is injected, RFLAGS.IF (bit 9) must be 1.",
     [](const C& c) { return c.injects() && c.injected_type() == kExternalInterrupt; },
     [](const C& c) { return is_set(c[Field::guest_rflags], 9); },
     [](const C& c) { return set_bits(c, Field::guest_rflags, bit(9)); }},
});

}  // namespace vmxsim::vmx
