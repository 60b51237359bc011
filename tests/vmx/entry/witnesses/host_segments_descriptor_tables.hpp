// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.2.3, Checks on Host Segment and Descriptor-Table Registers.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

// clang-format off
inline constexpr Witness kHostSegmentWitnesses[] = {
    {"host.es_selector.rpl", Variant::long_mode, {{Field::host_es_selector, 0x2B}}},
    {"host.es_selector.ti", Variant::long_mode, {{Field::host_es_selector, 0x14}}},
    {"host.cs_selector.rpl", Variant::long_mode, {{Field::host_cs_selector, 0x33}}},
    {"host.cs_selector.ti", Variant::long_mode, {{Field::host_cs_selector, 0x0C}}},
    {"host.ss_selector.rpl", Variant::long_mode, {{Field::host_ss_selector, 0x11}}},
    {"host.ss_selector.ti", Variant::long_mode, {{Field::host_ss_selector, 0x14}}},
    {"host.ds_selector.rpl", Variant::long_mode, {{Field::host_ds_selector, 0x2B}}},
    {"host.ds_selector.ti", Variant::long_mode, {{Field::host_ds_selector, 0x14}}},
    {"host.fs_selector.rpl", Variant::long_mode, {{Field::host_fs_selector, 0x3}}},
    {"host.fs_selector.ti", Variant::long_mode, {{Field::host_fs_selector, 0x4}}},
    {"host.gs_selector.rpl", Variant::long_mode, {{Field::host_gs_selector, 0x2B}}},
    {"host.gs_selector.ti", Variant::long_mode, {{Field::host_gs_selector, 0x14}}},
    {"host.tr_selector.rpl", Variant::long_mode, {{Field::host_tr_selector, 0x42}}},
    {"host.tr_selector.ti", Variant::long_mode, {{Field::host_tr_selector, 0x44}}},
    {"host.cs_selector.not_null", Variant::long_mode, {{Field::host_cs_selector, 0}}},
    {"host.tr_selector.not_null", Variant::long_mode, {{Field::host_tr_selector, 0}}},
    {"host.ss_selector.not_null", Variant::host_32, {{Field::host_ss_selector, 0}}},
    {"host.fs_base.canonical", Variant::long_mode, {{Field::host_fs_base, bit(57)}}},
    {"host.gs_base.canonical", Variant::long_mode, {{Field::host_gs_base, bit(56)}}},
    {"host.gs_base.canonical", Variant::long_mode, {{Field::host_gs_base, bit(47)}}, {}, {}, [](CpuProfile& cpu) { cpu.linear_address_bits = 48; }},
    {"host.gdtr_base.canonical", Variant::long_mode, {{Field::host_gdtr_base, bit(63)}}},
    {"host.idtr_base.canonical", Variant::long_mode, {{Field::host_idtr_base, bit(63)}}},
    {"host.tr_base.canonical", Variant::long_mode, {{Field::host_tr_base, bit(63)}}},
};
// clang-format on

}  // namespace vmxsim::vmx::tests
