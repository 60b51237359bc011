// SPDX-License-Identifier: MIT
// SDM 26.3.1.2, Checks on Guest Segment Registers: the access rights of a guest that will not be virtual-8086, and of TR
// and LDTR in any guest. CS is checked whether or not it is marked unusable, the other registers only if they are usable.
#pragma once

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

namespace segment_type {
inline constexpr u32 kReadWriteData = 3;  // expand-up, accessed
inline constexpr u32 kReadWriteDataExpandDown = 7;
inline constexpr u32 kLdt = 2, kBusyTss16 = 3, kBusyTss = 11;
constexpr bool is_accessed_code(u32 type) { return (type & 9) == 9; }        // 9, 11, 13, 15
constexpr bool is_conforming_code(u32 type) { return (type & 13) == 13; }    // 13, 15
constexpr bool is_nonconforming_code(u32 type) { return (type & 13) == 9; }  // 9, 11
}  // namespace segment_type

inline constexpr u64 kRightsS = bit(4), kRightsP = bit(7), kRightsG = bit(15), kRightsReservedLow = mask(11, 8),
                     kRightsReservedHigh = mask(31, 17);

// SDM 3.4.5: with G = 1 the limit counts 4-KByte pages, so bits 11:0 are all 1; with G = 0 it has 20 bits.
constexpr bool limit_allows_g(u64 limit) { return bits(limit, 11, 0) == 0xFFF; }
constexpr bool limit_needs_g(u64 limit) { return bits(limit, 31, 20) != 0; }

template <class C>
Edit with_type(const C& c, Field rights, u64 type) {
    return {rights, (c[rights] & ~mask(3, 0)) | type};
}
template <class C>
Edit with_dpl(const C& c, Field rights, u64 dpl) {
    return {rights, (c[rights] & ~mask(6, 5)) | dpl << 5};
}
// One edit after which granularity and limit agree again, in whichever of the two ways is left open.
template <class C>
Edit agree_on_granularity(const C& c, Field limit, Field rights) {
    if (limit_allows_g(c[limit])) return set_bits(c, rights, kRightsG);
    if (limit_needs_g(c[limit])) return is_set(c[rights], 15) ? set_bits(c, limit, 0xFFF) : clear_bits(c, limit, mask(31, 20));
    return clear_bits(c, rights, kRightsG);
}

// --- Rules that CS, SS, DS, ES, FS and GS share. IF: "" for CS, which is always checked; "if X is usable, " for the others.
// clang-format off
#define ALWAYS(r) true
#define IF_USABLE(r) c.usable(SegmentRegister::r)
#define RIGHTS_RULE(r, rule, sentence, condition, fulfilled, repair)                                                      \
    {"guest." #r "_access_rights." rule, "26.3.1.2", {Field::guest_##r##_access_rights, Field::guest_rflags},             \
     sentence,                                                                                                            \
     [](const C& c) { return !c.guest_virtual_8086() && condition(r); },                                                  \
     [](const C& c) { return fulfilled; },                                                                                \
     [](const C& c) { return repair; }}
#define S_RULE(r, sentence, condition)                                                                                    \
    RIGHTS_RULE(r, "s", sentence, condition, c.rights(SegmentRegister::r).s(),                                            \
                set_bits(c, Field::guest_##r##_access_rights, kRightsS))
#define P_RULE(r, sentence, condition)                                                                                    \
    RIGHTS_RULE(r, "p", sentence, condition, c.rights(SegmentRegister::r).present(),                                      \
                set_bits(c, Field::guest_##r##_access_rights, kRightsP))
#define RESERVED_LOW_RULE(r, sentence, condition)                                                                         \
    RIGHTS_RULE(r, "reserved_11_8", sentence, condition, (c[Field::guest_##r##_access_rights] & kRightsReservedLow) == 0, \
                clear_bits(c, Field::guest_##r##_access_rights, kRightsReservedLow))
#define RESERVED_HIGH_RULE(r, sentence, condition)                                                                        \
    RIGHTS_RULE(r, "reserved_31_17", sentence, condition,                                                                 \
                (c[Field::guest_##r##_access_rights] & kRightsReservedHigh) == 0,                                         \
                clear_bits(c, Field::guest_##r##_access_rights, kRightsReservedHigh))
#define ACCESSED_RULE(r, R)                                                                                               \
    RIGHTS_RULE(r, "accessed",                                                                                            \
                "If " R " is usable, its segment must have been accessed: bit 0 of the type must be 1.", IF_USABLE,       \
                c.rights(SegmentRegister::r).accessed(), set_bits(c, Field::guest_##r##_access_rights, bit(0)))
#define READABLE_RULE(r, R)                                                                                               \
    RIGHTS_RULE(r, "readable",                                                                                            \
                "If " R " is usable and holds a code segment, the segment must be readable: bit 1 of the type must be 1.", \
                IF_USABLE, !c.rights(SegmentRegister::r).code() || c.rights(SegmentRegister::r).writable_or_readable(),   \
                set_bits(c, Field::guest_##r##_access_rights, bit(1)))
#define GRANULARITY_RULES(r, IF_R, condition)                                                                             \
    {"guest." #r "_access_rights.g_for_small_limit", "26.3.1.2",                                                          \
     {Field::guest_##r##_access_rights, Field::guest_##r##_limit, Field::guest_rflags},                                   \
     IF_R "G (bit 15) must be 0 unless bits 11:0 of the limit are all 1.",                                                \
     [](const C& c) { return !c.guest_virtual_8086() && condition(r) && !limit_allows_g(c.limit(SegmentRegister::r)); },  \
     [](const C& c) { return !c.rights(SegmentRegister::r).g(); },                                                        \
     [](const C& c) { return agree_on_granularity(c, Field::guest_##r##_limit, Field::guest_##r##_access_rights); }},     \
    {"guest." #r "_access_rights.g_for_large_limit", "26.3.1.2",                                                          \
     {Field::guest_##r##_access_rights, Field::guest_##r##_limit, Field::guest_rflags},                                   \
     IF_R "G (bit 15) must be 1 if any of bits 31:20 of the limit is 1.",                                                 \
     [](const C& c) { return !c.guest_virtual_8086() && condition(r) && limit_needs_g(c.limit(SegmentRegister::r)); },    \
     [](const C& c) { return c.rights(SegmentRegister::r).g(); },                                                         \
     [](const C& c) { return agree_on_granularity(c, Field::guest_##r##_limit, Field::guest_##r##_access_rights); }}
#define DPL_NOT_BELOW_RPL_RULE(r, R)                                                                                      \
    {"guest." #r "_access_rights.dpl_not_below_rpl", "26.3.1.2",                                                          \
     {Field::guest_##r##_access_rights, Field::guest_##r##_selector, Field::guest_rflags,                                 \
      Field::secondary_processor_based_controls, Field::primary_processor_based_controls},                                \
     "If " R " is usable, its type is 0 to 11 and \"unrestricted guest\" is 0, its DPL cannot be less than the RPL.",     \
     [](const C& c) {                                                                                                     \
         return !c.guest_virtual_8086() && c.usable(SegmentRegister::r) && c.rights(SegmentRegister::r).type() <= 11 &&   \
                !c.unrestricted_guest();                                                                                  \
     },                                                                                                                   \
     [](const C& c) { return c.rights(SegmentRegister::r).dpl() >= c.rpl(SegmentRegister::r); },                          \
     [](const C& c) { return with_dpl(c, Field::guest_##r##_access_rights, c.rpl(SegmentRegister::r)); }}

template <class C>
inline constexpr auto kGuestAccessRightsChecks = std::to_array<Check<C>>({
    // --- Type
    {"guest.cs_access_rights.code_segment", "26.3.1.2",
     {Field::guest_cs_access_rights, Field::guest_rflags, Field::secondary_processor_based_controls,
      Field::primary_processor_based_controls},
     "Unless \"unrestricted guest\" is 1, the CS type must be an accessed code segment: 9, 11, 13 or 15.",
     [](const C& c) { return !c.guest_virtual_8086() && !c.unrestricted_guest(); },
     [](const C& c) { return segment_type::is_accessed_code(c.rights(SegmentRegister::cs).type()); },
     [](const C& c) { return with_type(c, Field::guest_cs_access_rights, 11); }},
    {"guest.cs_access_rights.code_or_data_segment", "26.3.1.2",
     {Field::guest_cs_access_rights, Field::guest_rflags, Field::secondary_processor_based_controls,
      Field::primary_processor_based_controls},
     "With \"unrestricted guest\", the CS type must be 3 (accessed writable data) or an accessed code segment: 9, 11, 13 or 15.",
     [](const C& c) { return !c.guest_virtual_8086() && c.unrestricted_guest(); },
     [](const C& c) {
         const u32 type = c.rights(SegmentRegister::cs).type();
         return type == segment_type::kReadWriteData || segment_type::is_accessed_code(type);
     },
     [](const C& c) { return with_type(c, Field::guest_cs_access_rights, 11); }},
    RIGHTS_RULE(ss, "type", "If SS is usable, its type must be 3 or 7: an accessed writable data segment.", IF_USABLE,
                (c.rights(SegmentRegister::ss).type() | 4) == segment_type::kReadWriteDataExpandDown,
                with_type(c, Field::guest_ss_access_rights, segment_type::kReadWriteData)),
    ACCESSED_RULE(ds, "DS"),
    READABLE_RULE(ds, "DS"),
    ACCESSED_RULE(es, "ES"),
    READABLE_RULE(es, "ES"),
    ACCESSED_RULE(fs, "FS"),
    READABLE_RULE(fs, "FS"),
    ACCESSED_RULE(gs, "GS"),
    READABLE_RULE(gs, "GS"),

    // --- S: code or data segment
    S_RULE(cs, "The S bit (bit 4) of CS must be 1: a code or data segment.", ALWAYS),
    S_RULE(ss, "If SS is usable, its S bit (bit 4) must be 1: a code or data segment.", IF_USABLE),
    S_RULE(ds, "If DS is usable, its S bit (bit 4) must be 1: a code or data segment.", IF_USABLE),
    S_RULE(es, "If ES is usable, its S bit (bit 4) must be 1: a code or data segment.", IF_USABLE),
    S_RULE(fs, "If FS is usable, its S bit (bit 4) must be 1: a code or data segment.", IF_USABLE),
    S_RULE(gs, "If GS is usable, its S bit (bit 4) must be 1: a code or data segment.", IF_USABLE),

    // --- DPL
    {"guest.cs_access_rights.dpl_of_data_segment", "26.3.1.2", {Field::guest_cs_access_rights, Field::guest_rflags},
     "If the CS type is 3 (data, with \"unrestricted guest\"), the CS DPL must be 0.",
     [](const C& c) { return !c.guest_virtual_8086() && c.rights(SegmentRegister::cs).type() == segment_type::kReadWriteData; },
     [](const C& c) { return c.rights(SegmentRegister::cs).dpl() == 0; },
     [](const C& c) { return with_dpl(c, Field::guest_cs_access_rights, 0); }},
    {"guest.cs_access_rights.dpl_of_nonconforming_code", "26.3.1.2",
     {Field::guest_cs_access_rights, Field::guest_ss_access_rights, Field::guest_rflags},
     "If the CS type is 9 or 11 (non-conforming code), the CS DPL must equal the SS DPL.",
     [](const C& c) {
         return !c.guest_virtual_8086() && segment_type::is_nonconforming_code(c.rights(SegmentRegister::cs).type());
     },
     [](const C& c) { return c.rights(SegmentRegister::cs).dpl() == c.rights(SegmentRegister::ss).dpl(); },
     [](const C& c) { return with_dpl(c, Field::guest_cs_access_rights, c.rights(SegmentRegister::ss).dpl()); }},
    {"guest.cs_access_rights.dpl_of_conforming_code", "26.3.1.2",
     {Field::guest_cs_access_rights, Field::guest_ss_access_rights, Field::guest_rflags},
     "If the CS type is 13 or 15 (conforming code), the CS DPL cannot be greater than the SS DPL.",
     [](const C& c) {
         return !c.guest_virtual_8086() && segment_type::is_conforming_code(c.rights(SegmentRegister::cs).type());
     },
     [](const C& c) { return c.rights(SegmentRegister::cs).dpl() <= c.rights(SegmentRegister::ss).dpl(); },
     [](const C& c) { return with_dpl(c, Field::guest_cs_access_rights, c.rights(SegmentRegister::ss).dpl()); }},
    {"guest.ss_access_rights.dpl_is_rpl", "26.3.1.2",
     {Field::guest_ss_access_rights, Field::guest_ss_selector, Field::guest_rflags, Field::secondary_processor_based_controls,
      Field::primary_processor_based_controls},
     "Unless \"unrestricted guest\" is 1, the SS DPL (the CPL) must equal the RPL of the SS selector, even if SS is unusable.",
     [](const C& c) { return !c.guest_virtual_8086() && !c.unrestricted_guest(); },
     [](const C& c) { return c.rights(SegmentRegister::ss).dpl() == c.rpl(SegmentRegister::ss); },
     [](const C& c) { return with_dpl(c, Field::guest_ss_access_rights, c.rpl(SegmentRegister::ss)); }},
    {"guest.ss_access_rights.dpl_with_data_in_cs", "26.3.1.2",
     {Field::guest_ss_access_rights, Field::guest_cs_access_rights, Field::guest_rflags},
     "If the CS type is 3 (data, with \"unrestricted guest\"), the SS DPL (the CPL) must be 0.",
     [](const C& c) { return !c.guest_virtual_8086() && c.rights(SegmentRegister::cs).type() == segment_type::kReadWriteData; },
     [](const C& c) { return c.rights(SegmentRegister::ss).dpl() == 0; },
     [](const C& c) { return with_dpl(c, Field::guest_ss_access_rights, 0); }},
    {"guest.ss_access_rights.dpl_in_real_address_mode", "26.3.1.2",
     {Field::guest_ss_access_rights, Field::guest_cr0, Field::guest_rflags},
     "If CR0.PE is 0, the SS DPL (the CPL) must be 0.",
     [](const C& c) { return !c.guest_virtual_8086() && !c.guest_pe(); },
     [](const C& c) { return c.rights(SegmentRegister::ss).dpl() == 0; },
     [](const C& c) { return with_dpl(c, Field::guest_ss_access_rights, 0); }},
    DPL_NOT_BELOW_RPL_RULE(ds, "DS"),
    DPL_NOT_BELOW_RPL_RULE(es, "ES"),
    DPL_NOT_BELOW_RPL_RULE(fs, "FS"),
    DPL_NOT_BELOW_RPL_RULE(gs, "GS"),
    {"guest.ss_access_rights.dpl_with_fred", "26.3.1.2",
     {Field::guest_ss_access_rights, Field::guest_cr4, Field::vm_entry_controls},
     "If the guest will use FRED (IA-32e mode and CR4.FRED), the SS DPL (the CPL) must be 0 or 3 (FRED specification).",
     [](const C& c) { return c.guest_fred(); },
     [](const C& c) { return c.rights(SegmentRegister::ss).dpl() % 3 == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_cr4, bit(32)); }},
    {"guest.cs_access_rights.l_with_fred", "26.3.1.2",
     {Field::guest_cs_access_rights, Field::guest_ss_access_rights, Field::guest_cr4, Field::vm_entry_controls},
     "If the guest will use FRED and the SS DPL is 0, CS must be a 64-bit code segment: its L bit (bit 13) must be 1.",
     [](const C& c) { return c.guest_fred() && c.rights(SegmentRegister::ss).dpl() == 0; },
     [](const C& c) { return c.rights(SegmentRegister::cs).l(); },
     [](const C& c) {  // L and D/B exclude one another
         return set_value(Field::guest_cs_access_rights, (c[Field::guest_cs_access_rights] | bit(13)) & ~bit(14));
     }},

    // --- P: present
    P_RULE(cs, "The P bit (bit 7) of CS must be 1: the segment is present.", ALWAYS),
    P_RULE(ss, "If SS is usable, its P bit (bit 7) must be 1: the segment is present.", IF_USABLE),
    P_RULE(ds, "If DS is usable, its P bit (bit 7) must be 1: the segment is present.", IF_USABLE),
    P_RULE(es, "If ES is usable, its P bit (bit 7) must be 1: the segment is present.", IF_USABLE),
    P_RULE(fs, "If FS is usable, its P bit (bit 7) must be 1: the segment is present.", IF_USABLE),
    P_RULE(gs, "If GS is usable, its P bit (bit 7) must be 1: the segment is present.", IF_USABLE),

    // --- Bits 11:8
    RESERVED_LOW_RULE(cs, "Bits 11:8 of the CS access rights are reserved and must be 0.", ALWAYS),
    RESERVED_LOW_RULE(ss, "If SS is usable, bits 11:8 of its access rights are reserved and must be 0.", IF_USABLE),
    RESERVED_LOW_RULE(ds, "If DS is usable, bits 11:8 of its access rights are reserved and must be 0.", IF_USABLE),
    RESERVED_LOW_RULE(es, "If ES is usable, bits 11:8 of its access rights are reserved and must be 0.", IF_USABLE),
    RESERVED_LOW_RULE(fs, "If FS is usable, bits 11:8 of its access rights are reserved and must be 0.", IF_USABLE),
    RESERVED_LOW_RULE(gs, "If GS is usable, bits 11:8 of its access rights are reserved and must be 0.", IF_USABLE),

    // --- D/B
    {"guest.cs_access_rights.db_with_l", "26.3.1.2",
     {Field::guest_cs_access_rights, Field::vm_entry_controls, Field::guest_rflags},
     "If \"IA-32e mode guest\" and the L bit (bit 13) of CS are 1, the D/B bit (bit 14) of CS must be 0.",
     [](const C& c) { return c.guest_64_bit_code() && !c.guest_virtual_8086(); },
     [](const C& c) { return !c.rights(SegmentRegister::cs).db(); },
     [](const C& c) { return clear_bits(c, Field::guest_cs_access_rights, bit(14)); }},

    // --- G: granularity of the limit
    GRANULARITY_RULES(cs, "CS: ", ALWAYS),
    GRANULARITY_RULES(ss, "If SS is usable, its ", IF_USABLE),
    GRANULARITY_RULES(ds, "If DS is usable, its ", IF_USABLE),
    GRANULARITY_RULES(es, "If ES is usable, its ", IF_USABLE),
    GRANULARITY_RULES(fs, "If FS is usable, its ", IF_USABLE),
    GRANULARITY_RULES(gs, "If GS is usable, its ", IF_USABLE),

    // --- Bits 31:17
    RESERVED_HIGH_RULE(cs, "Bits 31:17 of the CS access rights are reserved and must be 0.", ALWAYS),
    RESERVED_HIGH_RULE(ss, "If SS is usable, bits 31:17 of its access rights are reserved and must be 0.", IF_USABLE),
    RESERVED_HIGH_RULE(ds, "If DS is usable, bits 31:17 of its access rights are reserved and must be 0.", IF_USABLE),
    RESERVED_HIGH_RULE(es, "If ES is usable, bits 31:17 of its access rights are reserved and must be 0.", IF_USABLE),
    RESERVED_HIGH_RULE(fs, "If FS is usable, bits 31:17 of its access rights are reserved and must be 0.", IF_USABLE),
    RESERVED_HIGH_RULE(gs, "If GS is usable, bits 31:17 of its access rights are reserved and must be 0.", IF_USABLE),
});
// clang-format on

#undef ALWAYS
#undef IF_USABLE
#undef RIGHTS_RULE
#undef S_RULE
#undef P_RULE
#undef RESERVED_LOW_RULE
#undef RESERVED_HIGH_RULE
#undef ACCESSED_RULE
#undef READABLE_RULE
#undef GRANULARITY_RULES
#undef DPL_NOT_BELOW_RPL_RULE

// --- TR and LDTR: checked alike, TR in every guest, LDTR if it is usable.
// clang-format off
#define ALWAYS(r) true
#define IF_USABLE(r) c.usable(SegmentRegister::r)
#define SYSTEM_RULE(r, rule, sentence, condition, fulfilled, repair)                                                      \
    {"guest." #r "_access_rights." rule, "26.3.1.2", {Field::guest_##r##_access_rights},                                  \
     sentence,                                                                                                            \
     [](const C& c) { (void)c; return condition(r); },                                                                    \
     [](const C& c) { return fulfilled; },                                                                                \
     [](const C& c) { return repair; }}
#define SYSTEM_SEGMENT_RULES(r, IF_R, condition)                                                                          \
    SYSTEM_RULE(r, "s", IF_R "the S bit (bit 4) must be 0: a system segment.", condition,                                 \
                !c.rights(SegmentRegister::r).s(), clear_bits(c, Field::guest_##r##_access_rights, kRightsS)),            \
    SYSTEM_RULE(r, "p", IF_R "the P bit (bit 7) must be 1: the segment is present.", condition,                           \
                c.rights(SegmentRegister::r).present(), set_bits(c, Field::guest_##r##_access_rights, kRightsP)),         \
    SYSTEM_RULE(r, "reserved_11_8", IF_R "bits 11:8 are reserved and must be 0.", condition,                              \
                (c[Field::guest_##r##_access_rights] & kRightsReservedLow) == 0,                                          \
                clear_bits(c, Field::guest_##r##_access_rights, kRightsReservedLow)),                                     \
    {"guest." #r "_access_rights.g_for_small_limit", "26.3.1.2",                                                          \
     {Field::guest_##r##_access_rights, Field::guest_##r##_limit},                                                        \
     IF_R "G (bit 15) must be 0 unless bits 11:0 of the limit are all 1.",                                                \
     [](const C& c) { return condition(r) && !limit_allows_g(c.limit(SegmentRegister::r)); },                             \
     [](const C& c) { return !c.rights(SegmentRegister::r).g(); },                                                        \
     [](const C& c) { return agree_on_granularity(c, Field::guest_##r##_limit, Field::guest_##r##_access_rights); }},     \
    {"guest." #r "_access_rights.g_for_large_limit", "26.3.1.2",                                                          \
     {Field::guest_##r##_access_rights, Field::guest_##r##_limit},                                                        \
     IF_R "G (bit 15) must be 1 if any of bits 31:20 of the limit is 1.",                                                 \
     [](const C& c) { return condition(r) && limit_needs_g(c.limit(SegmentRegister::r)); },                               \
     [](const C& c) { return c.rights(SegmentRegister::r).g(); },                                                         \
     [](const C& c) { return agree_on_granularity(c, Field::guest_##r##_limit, Field::guest_##r##_access_rights); }},     \
    SYSTEM_RULE(r, "reserved_31_17", IF_R "bits 31:17 are reserved and must be 0.", condition,                            \
                (c[Field::guest_##r##_access_rights] & kRightsReservedHigh) == 0,                                         \
                clear_bits(c, Field::guest_##r##_access_rights, kRightsReservedHigh))

template <class C>
inline constexpr auto kGuestSystemSegmentChecks = std::to_array<Check<C>>({
    {"guest.tr_access_rights.type_outside_ia32e_mode", "26.3.1.2", {Field::guest_tr_access_rights, Field::vm_entry_controls},
     "If \"IA-32e mode guest\" is 0, the TR type must be 3 or 11: a busy 16-bit or 32-bit TSS.",
     [](const C& c) { return !c.ia32e_mode_guest(); },
     [](const C& c) {
         const u32 type = c.rights(SegmentRegister::tr).type();
         return type == segment_type::kBusyTss16 || type == segment_type::kBusyTss;
     },
     [](const C& c) {  // an available 16-bit TSS becomes a busy one
         return with_type(c, Field::guest_tr_access_rights,
                          c.rights(SegmentRegister::tr).type() == 1 ? segment_type::kBusyTss16 : segment_type::kBusyTss);
     }},
    {"guest.tr_access_rights.type_in_ia32e_mode", "26.3.1.2", {Field::guest_tr_access_rights, Field::vm_entry_controls},
     "If \"IA-32e mode guest\" is 1, the TR type must be 11: a busy 64-bit TSS.",
     [](const C& c) { return c.ia32e_mode_guest(); },
     [](const C& c) { return c.rights(SegmentRegister::tr).type() == segment_type::kBusyTss; },
     [](const C& c) { return with_type(c, Field::guest_tr_access_rights, segment_type::kBusyTss); }},
    SYSTEM_SEGMENT_RULES(tr, "TR: ", ALWAYS),
    {"guest.tr_access_rights.unusable", "26.3.1.2", {Field::guest_tr_access_rights},
     "TR cannot be unusable: bit 16 must be 0.",
     [](const C&) { return true; },
     [](const C& c) { return c.usable(SegmentRegister::tr); },
     [](const C& c) { return clear_bits(c, Field::guest_tr_access_rights, kUnusable); }},
    {"guest.ldtr_access_rights.type", "26.3.1.2", {Field::guest_ldtr_access_rights},
     "If LDTR is usable, its type must be 2: an LDT.",
     [](const C& c) { return c.usable(SegmentRegister::ldtr); },
     [](const C& c) { return c.rights(SegmentRegister::ldtr).type() == segment_type::kLdt; },
     [](const C& c) { return with_type(c, Field::guest_ldtr_access_rights, segment_type::kLdt); }},
    SYSTEM_SEGMENT_RULES(ldtr, "If LDTR is usable, ", IF_USABLE),
});
// clang-format on

#undef ALWAYS
#undef IF_USABLE
#undef SYSTEM_RULE
#undef SYSTEM_SEGMENT_RULES

}  // namespace vmxsim::vmx
