// SPDX-License-Identifier: MIT
#include "vmcs/msr_bits.hpp"

#include <boost/test/unit_test.hpp>

#include "base/bits.hpp"
#include "vmcs/capabilities.hpp"
#include "vmcs/profiles.hpp"

using namespace vmxsim;

namespace {
const CpuProfile& named(std::string_view name) { return *find_profile(name); }
}  // namespace

BOOST_AUTO_TEST_SUITE(msr_bits)

BOOST_AUTO_TEST_CASE(perf_global_ctrl_has_one_bit_a_counter) {
    BOOST_TEST(defined_perf_global_ctrl_bits(named("conroe")) == 0x3u);  // version 2 without a fixed counter
    BOOST_TEST(defined_perf_global_ctrl_bits(named("skylake")) == 0x7'0000'000Fu);
    BOOST_TEST(defined_perf_global_ctrl_bits(named("raptorlake")) == 0x7'0000'003Fu);
    // Fixed counter 3 counts slots, which PERF_METRICS (bit 48) splits.
    BOOST_TEST(defined_perf_global_ctrl_bits(named("sapphirerapids")) == 0x1'000F'0000'00FFu);
    // Leaf 23H adds the counters that the smaller cores lack.
    BOOST_TEST(defined_perf_global_ctrl_bits(named("lunarlake")) == 0x1'000F'0000'03FFu);
}

BOOST_AUTO_TEST_CASE(rtit_ctl_follows_leaf_14h) {
    BOOST_TEST(defined_rtit_ctl_bits(named("haswell")) == 0u);
    // Skylake: CR3 filter, CYC, IP filters (two ranges), MTC, ToPA; no PTWRITE, power events or fabric.
    BOOST_TEST(defined_rtit_ctl_bits(named("skylake")) == (0xFF'0000'0000u | 0x0F7B'EF8Fu));
    BOOST_TEST(is_set(defined_rtit_ctl_bits(named("raptorlake")), 56));  // InjectPsbPmiOnEnable
    BOOST_TEST(!is_set(defined_rtit_ctl_bits(named("raptorlake")), 55));
    BOOST_TEST(is_set(defined_rtit_ctl_bits(named("lunarlake")), 55));  // DisTNT
}

BOOST_AUTO_TEST_CASE(lbr_ctl_exists_with_architectural_lbrs_only) {
    BOOST_TEST(defined_lbr_ctl_bits(named("skylake")) == 0u);
    BOOST_TEST(defined_lbr_ctl_bits(named("raptorlake")) == 0x7F000Fu);
}

BOOST_AUTO_TEST_CASE(debugctl_gains_bus_locks_and_transactions_where_they_exist) {
    BOOST_TEST(defined_debugctl_bits(named("conroe")) == 0x7FC3u);
    BOOST_TEST(defined_debugctl_bits(named("skylake")) == 0xFFC3u);     // RTM
    BOOST_TEST(defined_debugctl_bits(named("raptorlake")) == 0x7FC3u);  // neither
    BOOST_TEST(defined_debugctl_bits(named("lunarlake")) == 0x7FC7u);   // bus-lock detection
}

BOOST_AUTO_TEST_CASE(spec_ctrl_and_cet_follow_leaf_7) {
    BOOST_TEST(defined_spec_ctrl_bits(named("conroe")) == 0u);
    BOOST_TEST(defined_spec_ctrl_bits(named("skylake")) == 0x7u);  // IBRS, STIBP, SSBD
    BOOST_TEST(defined_spec_ctrl_bits(named("raptorlake")) == 0x5FFu);
    BOOST_TEST(defined_cet_bits(named("skylake")) == 0u);
    BOOST_TEST(defined_cet_bits(named("raptorlake")) == ~mask(9, 6));
}

BOOST_AUTO_TEST_CASE(efer_needs_execute_disable_for_nxe) {
    for (const CpuProfile& cpu : all_profiles()) BOOST_TEST_CONTEXT(cpu.name) BOOST_TEST(defined_efer_bits(cpu) == 0xD01u);
    CpuProfile without = named("skylake");
    for (CpuidLeaf& leaf : without.cpuid)
        if (leaf.leaf == 0x80000001) leaf.edx &= ~(u32{1} << 20);
    BOOST_TEST(defined_efer_bits(without) == 0x501u);
}

// A control that loads an MSR is of no use where the MSR has no bits: CPUID and capability MSRs must agree.
BOOST_AUTO_TEST_CASE(an_msr_that_a_control_loads_has_bits) {
    for (const CpuProfile& profile : all_profiles()) {
        BOOST_TEST_CONTEXT(profile.name) {
            const Capabilities cpu(profile);
            const auto allows = [&](spec::Control control) { return cpu.allows(control); };
            BOOST_TEST((!allows(spec::Control::entry_load_ia32_perf_global_ctrl) || cpu.perf_global_ctrl_bits != 0));
            BOOST_TEST((!allows(spec::Control::entry_load_ia32_rtit_ctl) || cpu.rtit_ctl_bits != 0));
            BOOST_TEST((!allows(spec::Control::entry_load_guest_ia32_lbr_ctl) || cpu.lbr_ctl_bits != 0));
            BOOST_TEST((!allows(spec::Control::entry_load_cet_state) || cpu.s_cet_bits != 0));
            BOOST_TEST((!allows(spec::Control::entry_load_ia32_spec_ctrl) || cpu.spec_ctrl_bits != 0));
            BOOST_TEST((!allows(spec::Control::secondary_enable_encls_exiting) || cpu.sgx));
            BOOST_TEST(cpu.smx == is_set(cpu.cr4_fixed1, 14));
            BOOST_TEST(cpu.intel64);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
