// SPDX-License-Identifier: MIT
// SDM 26.3.1.2, Checks on Guest Segment Registers: selectors, base addresses, limits, and everything of a guest that
// will be virtual-8086. The access rights of other guests are in guest_access_rights.hpp.
#pragma once

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

// clang-format off
#define VIRTUAL_8086_BASE(r, R)                                                                                           \
    {"guest." #r "_base.virtual_8086", "26.3.1.2",                                                                        \
     {Field::guest_##r##_base, Field::guest_##r##_selector, Field::guest_rflags},                                         \
     "If the guest will be virtual-8086, the " R " base must be the " R " selector times 16.",                            \
     [](const C& c) { return c.guest_virtual_8086(); },                                                                   \
     [](const C& c) { return c[Field::guest_##r##_base] == c[Field::guest_##r##_selector] << 4; },                        \
     [](const C& c) { return set_value(Field::guest_##r##_base, c[Field::guest_##r##_selector] << 4); }}
#define VIRTUAL_8086_LIMIT(r, R)                                                                                          \
    {"guest." #r "_limit.virtual_8086", "26.3.1.2", {Field::guest_##r##_limit, Field::guest_rflags},                      \
     "If the guest will be virtual-8086, the " R " limit must be FFFFH.",                                                 \
     [](const C& c) { return c.guest_virtual_8086(); },                                                                   \
     [](const C& c) { return c[Field::guest_##r##_limit] == 0xFFFF; },                                                    \
     [](const C&) { return set_value(Field::guest_##r##_limit, 0xFFFF); }}
#define VIRTUAL_8086_RIGHTS(r, R)                                                                                         \
    {"guest." #r "_access_rights.virtual_8086", "26.3.1.2", {Field::guest_##r##_access_rights, Field::guest_rflags},      \
     "If the guest will be virtual-8086, the " R " access rights must be F3H: a present, writable data segment of DPL 3.", \
     [](const C& c) { return c.guest_virtual_8086(); },                                                                   \
     [](const C& c) { return c[Field::guest_##r##_access_rights] == 0xF3; },                                              \
     [](const C&) { return set_value(Field::guest_##r##_access_rights, 0xF3); }}
#define CANONICAL_BASE(r, R)                                                                                              \
    {"guest." #r "_base.canonical", "26.3.1.2", {Field::guest_##r##_base},                                                \
     "The " R " base must be a canonical address, even if the register is unusable.",                                     \
     [](const C&) { return true; },                                                                                       \
     [](const C& c) { return c.cpu.canonical(c[Field::guest_##r##_base]); },                                              \
     [](const C& c) { return make_canonical(c, Field::guest_##r##_base); }}
#define BASE_UPPER_HALF_IF_USABLE(r, R)                                                                                   \
    {"guest." #r "_base.upper_half", "26.3.1.2", {Field::guest_##r##_base, Field::guest_##r##_access_rights},             \
     "If " R " is usable, bits 63:32 of its base must be 0.",                                                             \
     [](const C& c) { return c.usable(SegmentRegister::r); },                                                             \
     [](const C& c) { return bits(c[Field::guest_##r##_base], 63, 32) == 0; },                                            \
     [](const C& c) { return clear_bits(c, Field::guest_##r##_base, mask(63, 32)); }}

template <class C>
inline constexpr auto kGuestSegmentChecks = std::to_array<Check<C>>({
    {"guest.tr_selector.ti", "26.3.1.2", {Field::guest_tr_selector},
     "The TI flag (bit 2) of the TR selector must be 0: a TSS descriptor is in the GDT.",
     [](const C&) { return true; },
     [](const C& c) { return !is_set(c[Field::guest_tr_selector], 2); },
     [](const C& c) { return clear_bits(c, Field::guest_tr_selector, bit(2)); }},
    {"guest.ldtr_selector.ti", "26.3.1.2", {Field::guest_ldtr_selector, Field::guest_ldtr_access_rights},
     "If LDTR is usable, the TI flag (bit 2) of its selector must be 0: an LDT descriptor is in the GDT.",
     [](const C& c) { return c.usable(SegmentRegister::ldtr); },
     [](const C& c) { return !is_set(c[Field::guest_ldtr_selector], 2); },
     [](const C& c) { return clear_bits(c, Field::guest_ldtr_selector, bit(2)); }},
    {"guest.ss_selector.rpl_is_cs_rpl", "26.3.1.2",
     {Field::guest_ss_selector, Field::guest_cs_selector, Field::guest_rflags, Field::secondary_processor_based_controls,
      Field::primary_processor_based_controls},
     "Unless the guest will be virtual-8086 or \"unrestricted guest\" is 1, the RPLs of the SS and CS selectors must be equal.",
     [](const C& c) { return !c.guest_virtual_8086() && !c.unrestricted_guest(); },
     [](const C& c) { return c.rpl(SegmentRegister::ss) == c.rpl(SegmentRegister::cs); },
     [](const C& c) {
         // The DPL of SS is the CPL: the selector that disagrees with it is the wrong one.
         const u64 cpl = c.rights(SegmentRegister::ss).dpl();
         const Field wrong = c.rpl(SegmentRegister::ss) == cpl ? Field::guest_cs_selector : Field::guest_ss_selector;
         const u64 rpl = wrong == Field::guest_cs_selector ? cpl : c.rpl(SegmentRegister::cs);
         return set_value(wrong, (c[wrong] & ~mask(1, 0)) | rpl);
     }},

    VIRTUAL_8086_BASE(cs, "CS"),
    VIRTUAL_8086_BASE(ss, "SS"),
    VIRTUAL_8086_BASE(ds, "DS"),
    VIRTUAL_8086_BASE(es, "ES"),
    VIRTUAL_8086_BASE(fs, "FS"),
    VIRTUAL_8086_BASE(gs, "GS"),
    CANONICAL_BASE(tr, "TR"),
    CANONICAL_BASE(fs, "FS"),
    CANONICAL_BASE(gs, "GS"),
    {"guest.ldtr_base.canonical", "26.3.1.2", {Field::guest_ldtr_base, Field::guest_ldtr_access_rights},
     "If LDTR is usable, its base must be a canonical address.",
     [](const C& c) { return c.usable(SegmentRegister::ldtr); },
     [](const C& c) { return c.cpu.canonical(c[Field::guest_ldtr_base]); },
     [](const C& c) { return make_canonical(c, Field::guest_ldtr_base); }},
    {"guest.cs_base.upper_half", "26.3.1.2", {Field::guest_cs_base},
     "Bits 63:32 of the CS base must be 0.",
     [](const C&) { return true; },
     [](const C& c) { return bits(c[Field::guest_cs_base], 63, 32) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_cs_base, mask(63, 32)); }},
    BASE_UPPER_HALF_IF_USABLE(ss, "SS"),
    BASE_UPPER_HALF_IF_USABLE(ds, "DS"),
    BASE_UPPER_HALF_IF_USABLE(es, "ES"),

    VIRTUAL_8086_LIMIT(cs, "CS"),
    VIRTUAL_8086_LIMIT(ss, "SS"),
    VIRTUAL_8086_LIMIT(ds, "DS"),
    VIRTUAL_8086_LIMIT(es, "ES"),
    VIRTUAL_8086_LIMIT(fs, "FS"),
    VIRTUAL_8086_LIMIT(gs, "GS"),

    VIRTUAL_8086_RIGHTS(cs, "CS"),
    VIRTUAL_8086_RIGHTS(ss, "SS"),
    VIRTUAL_8086_RIGHTS(ds, "DS"),
    VIRTUAL_8086_RIGHTS(es, "ES"),
    VIRTUAL_8086_RIGHTS(fs, "FS"),
    VIRTUAL_8086_RIGHTS(gs, "GS"),
});
// clang-format on

#undef VIRTUAL_8086_BASE
#undef VIRTUAL_8086_LIMIT
#undef VIRTUAL_8086_RIGHTS
#undef CANONICAL_BASE
#undef BASE_UPPER_HALF_IF_USABLE

}  // namespace vmxsim::vmx
