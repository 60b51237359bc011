// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.3.1.2: selectors, base addresses, limits, virtual-8086 guests.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

inline constexpr Change kLdtrUsable{Field::guest_ldtr_access_rights, 0x82};

inline constexpr Witness kGuestSegmentWitnesses[] = {
    {"guest.tr_selector.ti", Variant::long_mode, {ones(Field::guest_tr_selector, bit(2))}},
    {"guest.ldtr_selector.ti", Variant::long_mode, {kLdtrUsable, {Field::guest_ldtr_selector, 0x24}}},
    {"guest.ss_selector.rpl_is_cs_rpl", Variant::long_mode, {ones(Field::guest_cs_selector, 3)}},

    {"guest.cs_base.virtual_8086", Variant::virtual_8086, {ones(Field::guest_cs_base, 1)}},
    {"guest.ss_base.virtual_8086", Variant::virtual_8086, {ones(Field::guest_ss_base, 1)}},
    {"guest.ds_base.virtual_8086", Variant::virtual_8086, {ones(Field::guest_ds_base, 1)}},
    {"guest.es_base.virtual_8086", Variant::virtual_8086, {ones(Field::guest_es_base, 1)}},
    {"guest.fs_base.virtual_8086", Variant::virtual_8086, {ones(Field::guest_fs_base, 1)}},
    {"guest.gs_base.virtual_8086", Variant::virtual_8086, {ones(Field::guest_gs_base, 1)}},
    {"guest.tr_base.canonical", Variant::long_mode, {{Field::guest_tr_base, bit(63)}}},
    {"guest.fs_base.canonical", Variant::long_mode, {{Field::guest_fs_base, bit(63)}}},
    {"guest.gs_base.canonical",
     Variant::long_mode,
     {{Field::guest_gs_base, bit(63)}, {Field::guest_gs_access_rights, kUnusable}}},
    {"guest.ldtr_base.canonical", Variant::long_mode, {kLdtrUsable, {Field::guest_ldtr_base, bit(63)}}},
    {"guest.cs_base.upper_half", Variant::long_mode, {{Field::guest_cs_base, bit(32)}}},
    {"guest.ss_base.upper_half", Variant::long_mode, {{Field::guest_ss_base, bit(32)}}},
    {"guest.ds_base.upper_half", Variant::long_mode, {{Field::guest_ds_base, bit(32)}}},
    {"guest.es_base.upper_half", Variant::long_mode, {{Field::guest_es_base, bit(32)}}},

    {"guest.cs_limit.virtual_8086", Variant::virtual_8086, {{Field::guest_cs_limit, 0xFFFE}}},
    {"guest.ss_limit.virtual_8086", Variant::virtual_8086, {{Field::guest_ss_limit, 0xFFFE}}},
    {"guest.ds_limit.virtual_8086", Variant::virtual_8086, {{Field::guest_ds_limit, 0xFFFE}}},
    {"guest.es_limit.virtual_8086", Variant::virtual_8086, {{Field::guest_es_limit, 0xFFFE}}},
    {"guest.fs_limit.virtual_8086", Variant::virtual_8086, {{Field::guest_fs_limit, 0xFFFE}}},
    {"guest.gs_limit.virtual_8086", Variant::virtual_8086, {{Field::guest_gs_limit, 0xFFFE}}},

    {"guest.cs_access_rights.virtual_8086", Variant::virtual_8086, {{Field::guest_cs_access_rights, 0xFB}}},
    {"guest.ss_access_rights.virtual_8086", Variant::virtual_8086, {{Field::guest_ss_access_rights, 0x93}}},
    {"guest.ds_access_rights.virtual_8086", Variant::virtual_8086, {{Field::guest_ds_access_rights, 0x93}}},
    {"guest.es_access_rights.virtual_8086", Variant::virtual_8086, {{Field::guest_es_access_rights, 0x93}}},
    {"guest.fs_access_rights.virtual_8086", Variant::virtual_8086, {{Field::guest_fs_access_rights, 0x93}}},
    {"guest.gs_access_rights.virtual_8086", Variant::virtual_8086, {{Field::guest_gs_access_rights, 0x93}}},
};

}  // namespace vmxsim::vmx::tests
