// SPDX-License-Identifier: MIT
// SDM 26.2.2, Checks on Host Control Registers, MSRs, and SSP. The FRED and IA32_SPEC_CTRL rules are in this section of
// later editions.
#pragma once

#include "vmcs/msr_bits.hpp"
#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

// VM exit does not change CR0.NW and CR0.CD (SDM 27.5.1), so these rules never look at them.
inline constexpr u64 kCr0NotLoaded = bit(29) | bit(30);

// clang-format off
#define EXIT2 Field::secondary_vm_exit_controls, Field::primary_vm_exit_controls

#define CANONICAL(id, name, field, condition, sentence, ...) \
    {"host." id ".canonical", "26.2.2", {Field::field __VA_OPT__(,) __VA_ARGS__}, sentence "the host " name " must be canonical.", \
     [](const C& c) { return condition; }, \
     [](const C& c) { return c.canonical(Field::field); }, \
     [](const C& c) { return make_canonical(c, Field::field); }, kInvalidHostState}

#define ZERO_BITS(id, name, field, zeros, condition, sentence, ...) \
    {"host." id, "26.2.2", {Field::field __VA_OPT__(,) __VA_ARGS__}, sentence name " must be 0.", \
     [](const C& c) { return condition; }, \
     [](const C& c) { return (c[Field::field] & (zeros)) == 0; }, \
     [](const C& c) { return clear_bits(c, Field::field, zeros); }, kInvalidHostState}
#define IF_FRED "If the secondary VM-exit control \"load FRED\" is 1, "
#define FRED_STACK(number) \
    CANONICAL("fred_rsp" #number, "IA32_FRED_RSP" #number, host_ia32_fred_rsp##number, c.exit2().load_host_fred_state(), IF_FRED, EXIT2), \
    ZERO_BITS("fred_rsp" #number ".aligned", "bits 5:0 of the host IA32_FRED_RSP" #number, host_ia32_fred_rsp##number, mask(5, 0), c.exit2().load_host_fred_state(), \
              IF_FRED, EXIT2)
#define FRED_SHADOW_STACK(number) \
    CANONICAL("fred_ssp" #number, "IA32_FRED_SSP" #number, host_ia32_fred_ssp##number, c.exit2().load_host_fred_state(), IF_FRED, EXIT2), \
    ZERO_BITS("fred_ssp" #number ".aligned", "bits 2:0 of the host IA32_FRED_SSP" #number, host_ia32_fred_ssp##number, mask(2, 0), c.exit2().load_host_fred_state(), \
              IF_FRED, EXIT2)

template <class C>
inline constexpr auto kHostControlRegisterMsrChecks = std::to_array<Check<C>>({
    // --- Control registers
    {"host.cr0.must_be_1", "26.2.2", {Field::host_cr0},
     "Bits that IA32_VMX_CR0_FIXED0 (486H) fixes to 1 must be 1 in host CR0 (PE, NE and PG; CD and NW are not checked).",
     [](const C&) { return true; },
     [](const C& c) { return (c.cpu.cr0_fixed0 & ~c[Field::host_cr0] & ~kCr0NotLoaded) == 0; },
     [](const C& c) { return set_bits(c, Field::host_cr0, c.cpu.cr0_fixed0 & ~kCr0NotLoaded); }, kInvalidHostState},
    {"host.cr0.may_be_1", "26.2.2", {Field::host_cr0},
     "Bits that IA32_VMX_CR0_FIXED1 (487H) does not allow to be 1 must be 0 in host CR0 (CD and NW are not checked).",
     [](const C&) { return true; },
     [](const C& c) { return (c[Field::host_cr0] & ~c.cpu.cr0_fixed1 & ~kCr0NotLoaded) == 0; },
     [](const C& c) { return clear_bits(c, Field::host_cr0, ~c.cpu.cr0_fixed1 & ~kCr0NotLoaded); }, kInvalidHostState},
    {"host.cr4.must_be_1", "26.2.2", {Field::host_cr4},
     "Bits that IA32_VMX_CR4_FIXED0 (488H) fixes to 1 must be 1 in host CR4: VMXE (bit 13).",
     [](const C&) { return true; },
     [](const C& c) { return (c.cpu.cr4_fixed0 & ~c[Field::host_cr4]) == 0; },
     [](const C& c) { return set_bits(c, Field::host_cr4, c.cpu.cr4_fixed0); }, kInvalidHostState},
    {"host.cr4.may_be_1", "26.2.2", {Field::host_cr4},
     "Bits that IA32_VMX_CR4_FIXED1 (489H) does not allow to be 1 must be 0 in host CR4.",
     [](const C&) { return true; },
     [](const C& c) { return (c[Field::host_cr4] & ~c.cpu.cr4_fixed1) == 0; },
     [](const C& c) { return clear_bits(c, Field::host_cr4, ~c.cpu.cr4_fixed1); }, kInvalidHostState},
    {"host.cr0.wp_for_cet", "26.2.2", {Field::host_cr0, Field::host_cr4},
     "If host CR4.CET (bit 23) is 1, host CR0.WP (bit 16) must be 1.",
     [](const C& c) { return is_set(c[Field::host_cr4], 23); },
     [](const C& c) { return is_set(c[Field::host_cr0], 16); },
     [](const C& c) { return set_bits(c, Field::host_cr0, bit(16)); }, kInvalidHostState},
    {"host.cr3.reserved", "26.2.2", {Field::host_cr3},
     "Host CR3 must set no reserved bit: none beyond the physical-address width, but LAM_U57 and LAM_U48 (bits 61 and 62) where the processor has them.",
     [](const C&) { return true; },
     [](const C& c) { return c.cpu.physical_address_in_range(c[Field::host_cr3] & ~c.lam_bits_of_cr3()); },
     [](const C& c) { return set_value(Field::host_cr3, c[Field::host_cr3] & (mask(c.cpu.physical_address_bits - 1, 0) | c.lam_bits_of_cr3())); }, kInvalidHostState},

    // --- MSRs
    CANONICAL("sysenter_esp", "IA32_SYSENTER_ESP", host_ia32_sysenter_esp, ((void)c, true), "The linear address in "),
    CANONICAL("sysenter_eip", "IA32_SYSENTER_EIP", host_ia32_sysenter_eip, ((void)c, true), "The linear address in "),
    ZERO_BITS("perf_global_ctrl.reserved", "bits of the host IA32_PERF_GLOBAL_CTRL for which this processor has no counter", host_ia32_perf_global_ctrl,
              ~c.cpu.perf_global_ctrl_bits, c.exit().load_ia32_perf_global_ctrl(), "If the VM-exit control \"load IA32_PERF_GLOBAL_CTRL\" is 1, ", Field::primary_vm_exit_controls),
    {"host.pat.memory_types", "26.2.2", {Field::host_ia32_pat, Field::primary_vm_exit_controls},
     "If the VM-exit control \"load IA32_PAT\" is 1, each byte of the host IA32_PAT must be 0 (UC), 1 (WC), 4 (WT), 5 (WP), 6 (WB) or 7 (UC-).",
     [](const C& c) { return c.exit().load_ia32_pat(); },
     [](const C& c) { return reserved_pat_entries(c[Field::host_ia32_pat]) == 0; },
     [](const C& c) { return clear_bits(c, Field::host_ia32_pat, reserved_pat_entries(c[Field::host_ia32_pat])); }, kInvalidHostState},
    ZERO_BITS("efer.reserved", "reserved bits of the host IA32_EFER", host_ia32_efer, ~c.cpu.efer_bits, c.exit().load_ia32_efer(),
              "If the VM-exit control \"load IA32_EFER\" is 1, ", Field::primary_vm_exit_controls),
    {"host.efer.lma", "26.2.2", {Field::host_ia32_efer, Field::primary_vm_exit_controls},
     "If the VM-exit control \"load IA32_EFER\" is 1, LMA (bit 10) of the host IA32_EFER must equal \"host address-space size\".",
     [](const C& c) { return c.exit().load_ia32_efer(); },
     [](const C& c) { return is_set(c[Field::host_ia32_efer], 10) == c.host_64_bit(); },
     [](const C& c) { return set_value(Field::host_ia32_efer, c[Field::host_ia32_efer] ^ bit(10)); }, kInvalidHostState},
    {"host.efer.lme", "26.2.2", {Field::host_ia32_efer, Field::primary_vm_exit_controls},
     "If the VM-exit control \"load IA32_EFER\" is 1, LME (bit 8) of the host IA32_EFER must equal \"host address-space size\".",
     [](const C& c) { return c.exit().load_ia32_efer(); },
     [](const C& c) { return is_set(c[Field::host_ia32_efer], 8) == c.host_64_bit(); },
     [](const C& c) { return set_value(Field::host_ia32_efer, c[Field::host_ia32_efer] ^ bit(8)); }, kInvalidHostState},

    // --- CET, PKRS
    ZERO_BITS("s_cet.reserved", "reserved bits of the host IA32_S_CET", host_ia32_s_cet, ~c.cpu.s_cet_bits, c.exit().load_cet_state(),
              "If the VM-exit control \"load CET state\" is 1, ", Field::primary_vm_exit_controls),
    {"host.s_cet.suppress_and_tracker", "26.2.2", {Field::host_ia32_s_cet, Field::primary_vm_exit_controls},
     "If the VM-exit control \"load CET state\" is 1, SUPPRESS (bit 10) and TRACKER (bit 11) of the host IA32_S_CET must not both be 1.",
     [](const C& c) { return c.exit().load_cet_state(); },
     [](const C& c) { return bits(c[Field::host_ia32_s_cet], 11, 10) != 3; },
     [](const C& c) { return clear_bits(c, Field::host_ia32_s_cet, bit(10)); }, kInvalidHostState},
    ZERO_BITS("ssp.aligned", "bits 1:0 of the host SSP", host_ssp, mask(1, 0), c.exit().load_cet_state(),
              "If the VM-exit control \"load CET state\" is 1, ", Field::primary_vm_exit_controls),
    ZERO_BITS("pkrs.reserved", "bits 63:32 of the host IA32_PKRS", host_ia32_pkrs, mask(63, 32), c.exit().load_pkrs(),
              "If the VM-exit control \"load PKRS\" is 1, ", Field::primary_vm_exit_controls),

    // --- FRED
    ZERO_BITS("fred_config.reserved", "bits 2, 5:4 and 11 of the host IA32_FRED_CONFIG", host_ia32_fred_config, bit(2) | mask(5, 4) | bit(11),
              c.exit2().load_host_fred_state(), IF_FRED, EXIT2),
    CANONICAL("fred_config", "IA32_FRED_CONFIG", host_ia32_fred_config, c.exit2().load_host_fred_state(), IF_FRED, EXIT2),
    FRED_STACK(1),
    FRED_STACK(2),
    FRED_STACK(3),
    FRED_SHADOW_STACK(1),
    FRED_SHADOW_STACK(2),
    FRED_SHADOW_STACK(3),

    ZERO_BITS("spec_ctrl.reserved", "reserved bits of the host IA32_SPEC_CTRL", host_ia32_spec_ctrl, ~c.cpu.spec_ctrl_bits, c.exit2().load_host_ia32_spec_ctrl(),
              "If the secondary VM-exit control \"load IA32_SPEC_CTRL\" is 1, ", EXIT2),
});

#undef EXIT2
#undef CANONICAL
#undef ZERO_BITS
#undef IF_FRED
#undef FRED_STACK
#undef FRED_SHADOW_STACK
// clang-format on

}  // namespace vmxsim::vmx
