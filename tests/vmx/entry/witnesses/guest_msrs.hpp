// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.3.1.1: guest MSRs.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

using spec::Control;

inline constexpr Witness kGuestMsrWitnesses[] = {
    {"guest.ia32_sysenter_esp.canonical", Variant::long_mode, {{Field::guest_ia32_sysenter_esp, kNotCanonical}}},
    {"guest.ia32_sysenter_eip.canonical", Variant::long_mode, {{Field::guest_ia32_sysenter_eip, kNotCanonical}}},
    {"guest.ia32_s_cet.canonical", Variant::all_features, {{Field::guest_ia32_s_cet, kNotCanonical}}},
    {"guest.ia32_interrupt_ssp_table_addr.canonical",
     Variant::all_features,
     {{Field::guest_ia32_interrupt_ssp_table_addr, kNotCanonical}}},
    {"guest.ia32_perf_global_ctrl.reserved", Variant::all_features, {{Field::guest_ia32_perf_global_ctrl, bit(31)}}},
    {"guest.ia32_pat.memory_types", Variant::all_features, {{Field::guest_ia32_pat, 0x0207040600070406}}},
    {"guest.ia32_efer.reserved", Variant::all_features, {ones(Field::guest_ia32_efer, bit(1))}},
    {"guest.ia32_efer.lma_is_ia32e_mode_guest", Variant::all_features, {{Field::guest_ia32_efer, 0}}},
    {"guest.ia32_efer.lma_is_lme_with_paging", Variant::all_features, {{Field::guest_ia32_efer, bit(10)}}},
    {"guest.ia32_bndcfgs.reserved", Variant::all_features, {{Field::guest_ia32_bndcfgs, bit(2)}}},
    {"guest.ia32_bndcfgs.canonical", Variant::all_features, {{Field::guest_ia32_bndcfgs, kNotCanonical}}},
    {"guest.ia32_rtit_ctl.reserved", Variant::all_features, {{Field::guest_ia32_rtit_ctl, bit(18)}}},
    {"guest.ia32_s_cet.reserved", Variant::all_features, {{Field::guest_ia32_s_cet, bit(6)}}},
    {"guest.ia32_s_cet.suppress_and_tracker", Variant::all_features, {{Field::guest_ia32_s_cet, mask(11, 10)}}},
    {"guest.ia32_lbr_ctl.reserved", Variant::all_features, {{Field::guest_ia32_lbr_ctl, bit(4)}}},
    {"guest.ia32_pkrs.upper_half", Variant::all_features, {{Field::guest_ia32_pkrs, bit(32)}}},
    {"guest.uinv.reserved", Variant::all_features, {{Field::guest_uinv, 0x100}}},
    {"guest.ia32_spec_ctrl.reserved", Variant::all_features, {{Field::guest_ia32_spec_ctrl, bit(63)}}},
    {"guest.ia32_fred_config.reserved", Variant::all_features, {{Field::guest_ia32_fred_config, bit(11)}}},
    {"guest.ia32_fred_config.canonical", Variant::all_features, {{Field::guest_ia32_fred_config, kNotCanonical}}},
    {"guest.ia32_fred_rsp1.aligned", Variant::all_features, {{Field::guest_ia32_fred_rsp1, 0x20}}},
    {"guest.ia32_fred_rsp1.canonical", Variant::all_features, {{Field::guest_ia32_fred_rsp1, kNotCanonical}}},
    {"guest.ia32_fred_rsp2.aligned", Variant::all_features, {{Field::guest_ia32_fred_rsp2, 0x20}}},
    {"guest.ia32_fred_rsp2.canonical", Variant::all_features, {{Field::guest_ia32_fred_rsp2, kNotCanonical}}},
    {"guest.ia32_fred_rsp3.aligned", Variant::all_features, {{Field::guest_ia32_fred_rsp3, 0x20}}},
    {"guest.ia32_fred_rsp3.canonical", Variant::all_features, {{Field::guest_ia32_fred_rsp3, kNotCanonical}}},
    {"guest.ia32_fred_ssp1.aligned", Variant::all_features, {{Field::guest_ia32_fred_ssp1, 4}}},
    {"guest.ia32_fred_ssp1.canonical", Variant::all_features, {{Field::guest_ia32_fred_ssp1, kNotCanonical}}},
    {"guest.ia32_fred_ssp2.aligned", Variant::all_features, {{Field::guest_ia32_fred_ssp2, 4}}},
    {"guest.ia32_fred_ssp2.canonical", Variant::all_features, {{Field::guest_ia32_fred_ssp2, kNotCanonical}}},
    {"guest.ia32_fred_ssp3.aligned", Variant::all_features, {{Field::guest_ia32_fred_ssp3, 4}}},
    {"guest.ia32_fred_ssp3.canonical", Variant::all_features, {{Field::guest_ia32_fred_ssp3, kNotCanonical}}},
};

}  // namespace vmxsim::vmx::tests
