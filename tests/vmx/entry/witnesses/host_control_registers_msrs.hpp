// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.2.2, Checks on Host Control Registers, MSRs, and SSP.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

// clang-format off

inline constexpr Witness kHostControlRegisterMsrWitnesses[] = {
    {"host.cr0.must_be_1", Variant::long_mode, {zeros(Field::host_cr0, bit(5))}},
    {"host.cr0.may_be_1", Variant::long_mode, {ones(Field::host_cr0, bit(32))}},
    {"host.cr4.must_be_1", Variant::long_mode, {zeros(Field::host_cr4, bit(13))}},
    {"host.cr4.may_be_1", Variant::long_mode, {ones(Field::host_cr4, bit(15))}},
    {"host.cr4.may_be_1", Variant::long_mode, {ones(Field::host_cr4, bit(16))}, {}, {},
        [](CpuProfile& cpu) { cpu.msrs.set(0x489, cpu.msrs.get_or_zero(0x489) & ~bit(16)); }},  // FSGSBASE on Sandy Bridge
    {"host.cr0.wp_for_cet", Variant::long_mode, {ones(Field::host_cr4, bit(23)), zeros(Field::host_cr0, bit(16))}},  // without "load CET state"
    {"host.cr3.reserved", Variant::long_mode, {ones(Field::host_cr3, bit(63))}},
    {"host.cr3.reserved", Variant::long_mode, {ones(Field::host_cr3, bit(46))}},
    {"host.cr3.reserved", Variant::long_mode, {ones(Field::host_cr3, bit(61))}, {}, {},
        [](CpuProfile& cpu) { cpu.msrs.set(0x489, cpu.msrs.get_or_zero(0x489) & ~bit(28)); }},  // no LAM
    {"host.sysenter_esp.canonical", Variant::long_mode, {{Field::host_ia32_sysenter_esp, kNotCanonical}}},
    {"host.sysenter_eip.canonical", Variant::long_mode, {{Field::host_ia32_sysenter_eip, kNotCanonical}}},
    {"host.perf_global_ctrl.reserved", Variant::long_mode, {on(spec::Control::exit_load_ia32_perf_global_ctrl), {Field::host_ia32_perf_global_ctrl, bit(63)}}},
    {"host.pat.memory_types", Variant::long_mode, {on(spec::Control::exit_load_ia32_pat), {Field::host_ia32_pat, 0x0007040600070402}}},
    {"host.pat.memory_types", Variant::long_mode, {on(spec::Control::exit_load_ia32_pat), {Field::host_ia32_pat, 0x0803040600070406}}},
    {"host.efer.reserved", Variant::long_mode, {on(spec::Control::exit_load_ia32_efer), ones(Field::host_ia32_efer, bit(1))}},
    {"host.efer.lma", Variant::long_mode, {on(spec::Control::exit_load_ia32_efer), zeros(Field::host_ia32_efer, bit(10))}},
    {"host.efer.lme", Variant::long_mode, {on(spec::Control::exit_load_ia32_efer), zeros(Field::host_ia32_efer, bit(8))}},
    {"host.efer.lme", Variant::host_32, {on(spec::Control::exit_load_ia32_efer), ones(Field::host_ia32_efer, bit(8))}},
    {"host.s_cet.reserved", Variant::all_features, {ones(Field::host_ia32_s_cet, bit(6))}},
    {"host.s_cet.suppress_and_tracker", Variant::all_features, {ones(Field::host_ia32_s_cet, mask(11, 10))}},
    {"host.ssp.aligned", Variant::all_features, {{Field::host_ssp, 0x10002}}},
    {"host.pkrs.reserved", Variant::all_features, {{Field::host_ia32_pkrs, bit(32)}}},  // Bochs truncates before it looks

    {"host.fred_config.reserved", Variant::all_features, {{Field::host_ia32_fred_config, bit(11)}}},
    {"host.fred_config.canonical", Variant::all_features, {{Field::host_ia32_fred_config, kNotCanonical}}},
    {"host.fred_rsp1.canonical", Variant::all_features, {{Field::host_ia32_fred_rsp1, kNotCanonical}}},
    {"host.fred_rsp1.aligned", Variant::all_features, {{Field::host_ia32_fred_rsp1, 0x10020}}},
    {"host.fred_rsp2.canonical", Variant::all_features, {{Field::host_ia32_fred_rsp2, kNotCanonical}}},
    {"host.fred_rsp2.aligned", Variant::all_features, {{Field::host_ia32_fred_rsp2, 0x10020}}},
    {"host.fred_rsp3.canonical", Variant::all_features, {{Field::host_ia32_fred_rsp3, kNotCanonical}}},
    {"host.fred_rsp3.aligned", Variant::all_features, {{Field::host_ia32_fred_rsp3, 0x10020}}},
    {"host.fred_ssp1.canonical", Variant::all_features, {{Field::host_ia32_fred_ssp1, kNotCanonical}}},
    {"host.fred_ssp1.aligned", Variant::all_features, {{Field::host_ia32_fred_ssp1, 0x10004}}},
    {"host.fred_ssp2.canonical", Variant::all_features, {{Field::host_ia32_fred_ssp2, kNotCanonical}}},
    {"host.fred_ssp2.aligned", Variant::all_features, {{Field::host_ia32_fred_ssp2, 0x10004}}},
    {"host.fred_ssp3.canonical", Variant::all_features, {{Field::host_ia32_fred_ssp3, kNotCanonical}}},
    {"host.fred_ssp3.aligned", Variant::all_features, {{Field::host_ia32_fred_ssp3, 0x10004}}},
    {"host.spec_ctrl.reserved", Variant::all_features, {{Field::host_ia32_spec_ctrl, bit(63)}}},
};
// clang-format on

}  // namespace vmxsim::vmx::tests
