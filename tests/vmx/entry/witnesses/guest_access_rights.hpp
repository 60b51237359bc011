// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.3.1.2: access rights of guests that are not virtual-8086, and of TR and LDTR.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

using spec::Control;

// The long-mode guest has CS A09BH (64-bit code), C093H (flat data) in the others, limits FFFFFFFFH.
inline constexpr Witness kGuestAccessRightsWitnesses[] = {
    {"guest.cs_access_rights.code_segment", Variant::long_mode, {{Field::guest_cs_access_rights, 0xA09A}}},
    {"guest.cs_access_rights.code_or_data_segment", Variant::unpaged_32, {{Field::guest_cs_access_rights, 0xC092}}},
    {"guest.ss_access_rights.type", Variant::long_mode, {{Field::guest_ss_access_rights, 0xC091}}},
    {"guest.ds_access_rights.accessed", Variant::long_mode, {{Field::guest_ds_access_rights, 0xC092}}},
    {"guest.ds_access_rights.readable", Variant::long_mode, {{Field::guest_ds_access_rights, 0xC099}}},
    {"guest.es_access_rights.accessed", Variant::long_mode, {{Field::guest_es_access_rights, 0xC092}}},
    {"guest.es_access_rights.readable", Variant::long_mode, {{Field::guest_es_access_rights, 0xC099}}},
    {"guest.fs_access_rights.accessed", Variant::long_mode, {{Field::guest_fs_access_rights, 0xC092}}},
    {"guest.fs_access_rights.readable", Variant::long_mode, {{Field::guest_fs_access_rights, 0xC099}}},
    {"guest.gs_access_rights.accessed", Variant::long_mode, {{Field::guest_gs_access_rights, 0xC092}}},
    {"guest.gs_access_rights.readable", Variant::long_mode, {{Field::guest_gs_access_rights, 0xC099}}},

    {"guest.cs_access_rights.s", Variant::long_mode, {zeros(Field::guest_cs_access_rights, bit(4))}},
    {"guest.ss_access_rights.s", Variant::long_mode, {zeros(Field::guest_ss_access_rights, bit(4))}},
    {"guest.ds_access_rights.s", Variant::long_mode, {zeros(Field::guest_ds_access_rights, bit(4))}},
    {"guest.es_access_rights.s", Variant::long_mode, {zeros(Field::guest_es_access_rights, bit(4))}},
    {"guest.fs_access_rights.s", Variant::long_mode, {zeros(Field::guest_fs_access_rights, bit(4))}},
    {"guest.gs_access_rights.s", Variant::long_mode, {zeros(Field::guest_gs_access_rights, bit(4))}},

    {"guest.cs_access_rights.dpl_of_data_segment", Variant::unpaged_32, {{Field::guest_cs_access_rights, 0xC0F3}}},
    {"guest.cs_access_rights.dpl_of_nonconforming_code", Variant::long_mode, {{Field::guest_cs_access_rights, 0xA0FB}}},
    {"guest.cs_access_rights.dpl_of_conforming_code", Variant::long_mode, {{Field::guest_cs_access_rights, 0xA0FF}}},
    {"guest.ss_access_rights.dpl_is_rpl",
     Variant::long_mode,
     {{Field::guest_cs_access_rights, 0xA09F}, {Field::guest_ss_access_rights, 0xC0F3}}},
    {"guest.ss_access_rights.dpl_with_data_in_cs",
     Variant::unpaged_32,
     {{Field::guest_cs_access_rights, 0xC093}, {Field::guest_ss_access_rights, 0xC0F3}}},
    {"guest.ss_access_rights.dpl_in_real_address_mode",
     Variant::real_mode,
     {{Field::guest_cs_access_rights, 0x9F}, {Field::guest_ss_access_rights, 0xF3}}},
    {"guest.ds_access_rights.dpl_not_below_rpl", Variant::long_mode, {ones(Field::guest_ds_selector, 3)}},
    {"guest.es_access_rights.dpl_not_below_rpl",
     Variant::long_mode,
     {ones(Field::guest_es_selector, 3), {Field::guest_es_access_rights, 0xC09B}}},
    {"guest.fs_access_rights.dpl_not_below_rpl", Variant::long_mode, {ones(Field::guest_fs_selector, 3)}},
    {"guest.gs_access_rights.dpl_not_below_rpl", Variant::long_mode, {ones(Field::guest_gs_selector, 3)}},
    {"guest.ss_access_rights.dpl_with_fred",
     Variant::long_mode,
     {ones(Field::guest_cr4, bit(32)), ones(Field::guest_cs_selector, 1), ones(Field::guest_ss_selector, 1),
      ones(Field::guest_cs_access_rights, bit(5)), ones(Field::guest_ss_access_rights, bit(5))}},
    {"guest.cs_access_rights.l_with_fred", Variant::compatibility, {ones(Field::guest_cr4, bit(32))}},

    {"guest.cs_access_rights.p", Variant::long_mode, {zeros(Field::guest_cs_access_rights, bit(7))}},
    {"guest.ss_access_rights.p", Variant::long_mode, {zeros(Field::guest_ss_access_rights, bit(7))}},
    {"guest.ds_access_rights.p", Variant::long_mode, {zeros(Field::guest_ds_access_rights, bit(7))}},
    {"guest.es_access_rights.p", Variant::long_mode, {zeros(Field::guest_es_access_rights, bit(7))}},
    {"guest.fs_access_rights.p", Variant::long_mode, {zeros(Field::guest_fs_access_rights, bit(7))}},
    {"guest.gs_access_rights.p", Variant::long_mode, {zeros(Field::guest_gs_access_rights, bit(7))}},

    {"guest.cs_access_rights.reserved_11_8", Variant::long_mode, {ones(Field::guest_cs_access_rights, bit(8))}},
    {"guest.ss_access_rights.reserved_11_8", Variant::long_mode, {ones(Field::guest_ss_access_rights, bit(8))}},
    {"guest.ds_access_rights.reserved_11_8", Variant::long_mode, {ones(Field::guest_ds_access_rights, bit(8))}},
    {"guest.es_access_rights.reserved_11_8", Variant::long_mode, {ones(Field::guest_es_access_rights, bit(8))}},
    {"guest.fs_access_rights.reserved_11_8", Variant::long_mode, {ones(Field::guest_fs_access_rights, bit(11))}},
    {"guest.gs_access_rights.reserved_11_8", Variant::long_mode, {ones(Field::guest_gs_access_rights, bit(11))}},

    {"guest.cs_access_rights.db_with_l", Variant::long_mode, {ones(Field::guest_cs_access_rights, bit(14))}},

    {"guest.cs_access_rights.g_for_small_limit", Variant::long_mode, {{Field::guest_cs_limit, 0xFFFFF000}}},
    {"guest.cs_access_rights.g_for_large_limit", Variant::long_mode, {zeros(Field::guest_cs_access_rights, bit(15))}},
    {"guest.ss_access_rights.g_for_small_limit", Variant::long_mode, {{Field::guest_ss_limit, 0}}},
    {"guest.ss_access_rights.g_for_large_limit", Variant::long_mode, {zeros(Field::guest_ss_access_rights, bit(15))}},
    {"guest.ds_access_rights.g_for_small_limit", Variant::long_mode, {{Field::guest_ds_limit, 0}}},
    {"guest.ds_access_rights.g_for_large_limit", Variant::long_mode, {zeros(Field::guest_ds_access_rights, bit(15))}},
    {"guest.es_access_rights.g_for_small_limit", Variant::long_mode, {{Field::guest_es_limit, 0}}},
    {"guest.es_access_rights.g_for_large_limit", Variant::long_mode, {zeros(Field::guest_es_access_rights, bit(15))}},
    {"guest.fs_access_rights.g_for_small_limit", Variant::long_mode, {{Field::guest_fs_limit, 0}}},
    {"guest.fs_access_rights.g_for_large_limit", Variant::long_mode, {zeros(Field::guest_fs_access_rights, bit(15))}},
    {"guest.gs_access_rights.g_for_small_limit", Variant::long_mode, {{Field::guest_gs_limit, 0}}},
    {"guest.gs_access_rights.g_for_large_limit",
     Variant::long_mode,
     {{Field::guest_gs_limit, 0x00100000}, zeros(Field::guest_gs_access_rights, bit(15))}},

    {"guest.cs_access_rights.reserved_31_17", Variant::long_mode, {ones(Field::guest_cs_access_rights, bit(17))}},
    {"guest.ss_access_rights.reserved_31_17", Variant::long_mode, {ones(Field::guest_ss_access_rights, bit(17))}},
    {"guest.ds_access_rights.reserved_31_17", Variant::long_mode, {ones(Field::guest_ds_access_rights, bit(17))}},
    {"guest.es_access_rights.reserved_31_17", Variant::long_mode, {ones(Field::guest_es_access_rights, bit(17))}},
    {"guest.fs_access_rights.reserved_31_17", Variant::long_mode, {ones(Field::guest_fs_access_rights, bit(31))}},
    {"guest.gs_access_rights.reserved_31_17", Variant::long_mode, {ones(Field::guest_gs_access_rights, bit(31))}},
};

inline constexpr Change kUsableLdtr{Field::guest_ldtr_access_rights, 0x82};

inline constexpr Witness kGuestSystemSegmentWitnesses[] = {
    {"guest.tr_access_rights.type_outside_ia32e_mode", Variant::protected_32, {{Field::guest_tr_access_rights, 0x89}}},
    {"guest.tr_access_rights.type_in_ia32e_mode", Variant::long_mode, {{Field::guest_tr_access_rights, 0x83}}},
    {"guest.tr_access_rights.s", Variant::long_mode, {ones(Field::guest_tr_access_rights, bit(4))}},
    {"guest.tr_access_rights.p", Variant::long_mode, {zeros(Field::guest_tr_access_rights, bit(7))}},
    {"guest.tr_access_rights.reserved_11_8", Variant::long_mode, {ones(Field::guest_tr_access_rights, bit(9))}},
    {"guest.tr_access_rights.g_for_small_limit", Variant::long_mode, {ones(Field::guest_tr_access_rights, bit(15))}},
    {"guest.tr_access_rights.g_for_large_limit", Variant::long_mode, {{Field::guest_tr_limit, 0xFFFFFFFF}}},
    {"guest.tr_access_rights.reserved_31_17", Variant::long_mode, {ones(Field::guest_tr_access_rights, bit(20))}},
    {"guest.tr_access_rights.unusable", Variant::long_mode, {ones(Field::guest_tr_access_rights, kUnusable)}},
    {"guest.ldtr_access_rights.type", Variant::long_mode, {{Field::guest_ldtr_access_rights, 0x81}}},
    {"guest.ldtr_access_rights.s", Variant::long_mode, {{Field::guest_ldtr_access_rights, 0x92}}},
    {"guest.ldtr_access_rights.p", Variant::long_mode, {{Field::guest_ldtr_access_rights, 0x02}}},
    {"guest.ldtr_access_rights.reserved_11_8", Variant::long_mode, {{Field::guest_ldtr_access_rights, 0x882}}},
    {"guest.ldtr_access_rights.g_for_small_limit", Variant::long_mode, {{Field::guest_ldtr_access_rights, 0x8082}}},
    {"guest.ldtr_access_rights.g_for_large_limit", Variant::long_mode, {kUsableLdtr, {Field::guest_ldtr_limit, 0x00100FFF}}},
    {"guest.ldtr_access_rights.reserved_31_17", Variant::long_mode, {{Field::guest_ldtr_access_rights, 0x80000082}}},
};

}  // namespace vmxsim::vmx::tests
