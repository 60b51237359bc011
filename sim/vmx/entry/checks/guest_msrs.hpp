// SPDX-License-Identifier: MIT
// SDM 26.3.1.1, Checks on Guest Control Registers, Debug Registers, and MSRs: the MSRs. The rules of IA32_DEBUGCTL stand
// with the debug registers in guest_control_registers.hpp, those of SSP in guest_rip_rflags.hpp.
#pragma once

#include "vmcs/msr_bits.hpp"
#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

namespace efer {
inline constexpr u64 kLme = bit(8), kLma = bit(10);
}

// IA32_FRED_CONFIG: bits 2, 5:4 and 11 are reserved (FRED specification).
inline constexpr u64 kFredConfigReserved = bit(2) | mask(5, 4) | bit(11);

// clang-format off
#define CANONICAL_FRED_RULE(field, NAME)                                                                                  \
    {"guest." #field ".canonical", "26.3.1.1", {Field::guest_##field, Field::vm_entry_controls},                          \
     "If \"load FRED\" is 1, " NAME " must be a canonical address.",                                          \
     [](const C& c) { return c.entry().load_guest_fred_state(); },                                                        \
     [](const C& c) { return c.cpu.canonical(c[Field::guest_##field]); },                                                 \
     [](const C& c) { return make_canonical(c, Field::guest_##field); }}
#define ALIGNED_FRED_RULE(field, NAME, high, BYTES)                                                                       \
    {"guest." #field ".aligned", "26.3.1.1", {Field::guest_##field, Field::vm_entry_controls},                            \
     "If \"load FRED\" is 1, bits " #high ":0 of " NAME " must be 0: " BYTES "-byte alignment.",              \
     [](const C& c) { return c.entry().load_guest_fred_state(); },                                                        \
     [](const C& c) { return bits(c[Field::guest_##field], high, 0) == 0; },                                              \
     [](const C& c) { return clear_bits(c, Field::guest_##field, mask(high, 0)); }}

template <class C>
inline constexpr auto kGuestMsrChecks = std::to_array<Check<C>>({
    {"guest.ia32_sysenter_esp.canonical", "26.3.1.1", {Field::guest_ia32_sysenter_esp},
     "IA32_SYSENTER_ESP must be a canonical address.",
     [](const C&) { return true; },
     [](const C& c) { return c.cpu.canonical(c[Field::guest_ia32_sysenter_esp]); },
     [](const C& c) { return make_canonical(c, Field::guest_ia32_sysenter_esp); }},
    {"guest.ia32_sysenter_eip.canonical", "26.3.1.1", {Field::guest_ia32_sysenter_eip},
     "IA32_SYSENTER_EIP must be a canonical address.",
     [](const C&) { return true; },
     [](const C& c) { return c.cpu.canonical(c[Field::guest_ia32_sysenter_eip]); },
     [](const C& c) { return make_canonical(c, Field::guest_ia32_sysenter_eip); }},
    {"guest.ia32_s_cet.canonical", "26.3.1.1", {Field::guest_ia32_s_cet, Field::vm_entry_controls},
     "If \"load CET state\" is 1, IA32_S_CET (the address of the legacy code-page bitmap) must be canonical.",
     [](const C& c) { return c.entry().load_cet_state(); },
     [](const C& c) { return c.cpu.canonical(c[Field::guest_ia32_s_cet]); },
     [](const C& c) { return make_canonical(c, Field::guest_ia32_s_cet); }},
    {"guest.ia32_interrupt_ssp_table_addr.canonical", "26.3.1.1",
     {Field::guest_ia32_interrupt_ssp_table_addr, Field::vm_entry_controls},
     "If \"load CET state\" is 1, IA32_INTERRUPT_SSP_TABLE_ADDR must be a canonical address.",
     [](const C& c) { return c.entry().load_cet_state(); },
     [](const C& c) { return c.cpu.canonical(c[Field::guest_ia32_interrupt_ssp_table_addr]); },
     [](const C& c) { return make_canonical(c, Field::guest_ia32_interrupt_ssp_table_addr); }},
    {"guest.ia32_perf_global_ctrl.reserved", "26.3.1.1", {Field::guest_ia32_perf_global_ctrl, Field::vm_entry_controls},
     "If \"load IA32_PERF_GLOBAL_CTRL\" is 1, only bits of counters that the processor has (CPUID leaf 0AH) may be 1.",
     [](const C& c) { return c.entry().load_ia32_perf_global_ctrl(); },
     [](const C& c) { return (c[Field::guest_ia32_perf_global_ctrl] & ~c.cpu.perf_global_ctrl_bits) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_ia32_perf_global_ctrl, ~c.cpu.perf_global_ctrl_bits); }},
    {"guest.ia32_pat.memory_types", "26.3.1.1", {Field::guest_ia32_pat, Field::vm_entry_controls},
     "If \"load IA32_PAT\" is 1, each of the eight bytes of IA32_PAT must be a memory type: 0, 1, 4, 5, 6 or 7.",
     [](const C& c) { return c.entry().load_ia32_pat(); },
     [](const C& c) { return reserved_pat_entries(c[Field::guest_ia32_pat]) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_ia32_pat, reserved_pat_entries(c[Field::guest_ia32_pat])); }},
    {"guest.ia32_efer.reserved", "26.3.1.1", {Field::guest_ia32_efer, Field::vm_entry_controls},
     "If \"load IA32_EFER\" is 1, the bits that the processor reserves in IA32_EFER must be 0.",
     [](const C& c) { return c.entry().load_ia32_efer(); },
     [](const C& c) { return (c[Field::guest_ia32_efer] & ~c.cpu.efer_bits) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_ia32_efer, ~c.cpu.efer_bits); }},
    {"guest.ia32_efer.lma_is_ia32e_mode_guest", "26.3.1.1", {Field::guest_ia32_efer, Field::vm_entry_controls},
     "If \"load IA32_EFER\" is 1, IA32_EFER.LMA (bit 10) must equal \"IA-32e mode guest\".",
     [](const C& c) { return c.entry().load_ia32_efer(); },
     [](const C& c) { return is_set(c[Field::guest_ia32_efer], 10) == c.ia32e_mode_guest(); },
     [](const C& c) {
         // With paging, LME has to follow.
         const u64 both = efer::kLma | (c.guest_pg() ? efer::kLme : 0);
         return c.ia32e_mode_guest() ? set_bits(c, Field::guest_ia32_efer, both) : clear_bits(c, Field::guest_ia32_efer, both);
     }},
    {"guest.ia32_efer.lma_is_lme_with_paging", "26.3.1.1",
     {Field::guest_ia32_efer, Field::vm_entry_controls, Field::guest_cr0},
     "If \"load IA32_EFER\" and CR0.PG are 1, IA32_EFER.LMA (bit 10) and LME (bit 8) must be equal.",
     [](const C& c) { return c.entry().load_ia32_efer() && c.guest_pg(); },
     [](const C& c) { return is_set(c[Field::guest_ia32_efer], 10) == is_set(c[Field::guest_ia32_efer], 8); },
     [](const C& c) {
         return is_set(c[Field::guest_ia32_efer], 10) ? set_bits(c, Field::guest_ia32_efer, efer::kLme)
                                                      : clear_bits(c, Field::guest_ia32_efer, efer::kLme);
     }},
    {"guest.ia32_bndcfgs.reserved", "26.3.1.1", {Field::guest_ia32_bndcfgs, Field::vm_entry_controls},
     "If \"load IA32_BNDCFGS\" is 1, bits 11:2 of IA32_BNDCFGS are reserved and must be 0.",
     [](const C& c) { return c.entry().load_ia32_bndcfgs(); },
     [](const C& c) { return bits(c[Field::guest_ia32_bndcfgs], 11, 2) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_ia32_bndcfgs, mask(11, 2)); }},
    {"guest.ia32_bndcfgs.canonical", "26.3.1.1", {Field::guest_ia32_bndcfgs, Field::vm_entry_controls},
     "If \"load IA32_BNDCFGS\" is 1, the bound-directory address in bits 63:12 must be canonical.",
     [](const C& c) { return c.entry().load_ia32_bndcfgs(); },
     [](const C& c) { return c.cpu.canonical(c[Field::guest_ia32_bndcfgs] & mask(63, 12)); },
     [](const C& c) { return make_canonical(c, Field::guest_ia32_bndcfgs); }},
    {"guest.ia32_rtit_ctl.reserved", "26.3.1.1", {Field::guest_ia32_rtit_ctl, Field::vm_entry_controls},
     "If \"load IA32_RTIT_CTL\" is 1, the bits that the processor reserves in IA32_RTIT_CTL (CPUID leaf 14H) must be 0.",
     [](const C& c) { return c.entry().load_ia32_rtit_ctl(); },
     [](const C& c) { return (c[Field::guest_ia32_rtit_ctl] & ~c.cpu.rtit_ctl_bits) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_ia32_rtit_ctl, ~c.cpu.rtit_ctl_bits); }},
    {"guest.ia32_s_cet.reserved", "26.3.1.1", {Field::guest_ia32_s_cet, Field::vm_entry_controls},
     "If \"load CET state\" is 1, the bits that the processor reserves in IA32_S_CET (9:6 where CET exists) must be 0.",
     [](const C& c) { return c.entry().load_cet_state(); },
     [](const C& c) { return (c[Field::guest_ia32_s_cet] & ~c.cpu.s_cet_bits) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_ia32_s_cet, ~c.cpu.s_cet_bits); }},
    {"guest.ia32_s_cet.suppress_and_tracker", "26.3.1.1", {Field::guest_ia32_s_cet, Field::vm_entry_controls},
     "If \"load CET state\" is 1, SUPPRESS (bit 10) and TRACKER (bit 11) of IA32_S_CET cannot both be 1.",
     [](const C& c) { return c.entry().load_cet_state(); },
     [](const C& c) { return bits(c[Field::guest_ia32_s_cet], 11, 10) != 3; },
     [](const C& c) { return clear_bits(c, Field::guest_ia32_s_cet, bit(11)); }},
    {"guest.ia32_lbr_ctl.reserved", "26.3.1.1", {Field::guest_ia32_lbr_ctl, Field::vm_entry_controls},
     "If \"load guest IA32_LBR_CTL\" is 1, the bits that the processor reserves in IA32_LBR_CTL (CPUID leaf 1CH) must be 0.",
     [](const C& c) { return c.entry().load_guest_ia32_lbr_ctl(); },
     [](const C& c) { return (c[Field::guest_ia32_lbr_ctl] & ~c.cpu.lbr_ctl_bits) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_ia32_lbr_ctl, ~c.cpu.lbr_ctl_bits); }},
    {"guest.ia32_pkrs.upper_half", "26.3.1.1", {Field::guest_ia32_pkrs, Field::vm_entry_controls},
     "If \"load PKRS\" is 1, bits 63:32 of IA32_PKRS must be 0.",
     [](const C& c) { return c.entry().load_pkrs(); },
     [](const C& c) { return bits(c[Field::guest_ia32_pkrs], 63, 32) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_ia32_pkrs, mask(63, 32)); }},
    {"guest.uinv.reserved", "26.3.1.1", {Field::guest_uinv, Field::vm_entry_controls},
     "If \"load UINV\" is 1, bits 15:8 of the guest UINV field must be 0 (SDM 080 and later).",
     [](const C& c) { return c.entry().load_uinv(); },
     [](const C& c) { return bits(c[Field::guest_uinv], 15, 8) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_uinv, mask(15, 8)); }},
    {"guest.ia32_spec_ctrl.reserved", "26.3.1.1", {Field::guest_ia32_spec_ctrl, Field::vm_entry_controls},
     "If \"load IA32_SPEC_CTRL\" is 1, the bits that the processor reserves in IA32_SPEC_CTRL must be 0 (SDM 082 and later).",
     [](const C& c) { return c.entry().load_ia32_spec_ctrl(); },
     [](const C& c) { return (c[Field::guest_ia32_spec_ctrl] & ~c.cpu.spec_ctrl_bits) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_ia32_spec_ctrl, ~c.cpu.spec_ctrl_bits); }},
    {"guest.ia32_fred_config.reserved", "26.3.1.1", {Field::guest_ia32_fred_config, Field::vm_entry_controls},
     "If \"load FRED\" is 1, bits 2, 5:4 and 11 of IA32_FRED_CONFIG must be 0.",
     [](const C& c) { return c.entry().load_guest_fred_state(); },
     [](const C& c) { return (c[Field::guest_ia32_fred_config] & kFredConfigReserved) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_ia32_fred_config, kFredConfigReserved); }},
    CANONICAL_FRED_RULE(ia32_fred_config, "the event-handler address in IA32_FRED_CONFIG"),
    ALIGNED_FRED_RULE(ia32_fred_rsp1, "IA32_FRED_RSP1", 5, "64"),
    CANONICAL_FRED_RULE(ia32_fred_rsp1, "IA32_FRED_RSP1"),
    ALIGNED_FRED_RULE(ia32_fred_rsp2, "IA32_FRED_RSP2", 5, "64"),
    CANONICAL_FRED_RULE(ia32_fred_rsp2, "IA32_FRED_RSP2"),
    ALIGNED_FRED_RULE(ia32_fred_rsp3, "IA32_FRED_RSP3", 5, "64"),
    CANONICAL_FRED_RULE(ia32_fred_rsp3, "IA32_FRED_RSP3"),
    ALIGNED_FRED_RULE(ia32_fred_ssp1, "IA32_FRED_SSP1", 2, "8"),
    CANONICAL_FRED_RULE(ia32_fred_ssp1, "IA32_FRED_SSP1"),
    ALIGNED_FRED_RULE(ia32_fred_ssp2, "IA32_FRED_SSP2", 2, "8"),
    CANONICAL_FRED_RULE(ia32_fred_ssp2, "IA32_FRED_SSP2"),
    ALIGNED_FRED_RULE(ia32_fred_ssp3, "IA32_FRED_SSP3", 2, "8"),
    CANONICAL_FRED_RULE(ia32_fred_ssp3, "IA32_FRED_SSP3"),
});
// clang-format on

#undef CANONICAL_FRED_RULE
#undef ALIGNED_FRED_RULE

}  // namespace vmxsim::vmx
