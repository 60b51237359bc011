// SPDX-License-Identifier: MIT
#include "vmx/exit/load_host.hpp"

#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

namespace {

struct Leaving : Machine {
    Leaving() {
        be_guest();
        set(Field::host_fs_base, 0x800000000000);  // not canonical: bits 63:48 are to become copies of bit 47
        set(Field::host_gs_base, 0x1111);
        set(Field::host_ia32_sysenter_cs, 0x10);
        set(Field::host_ia32_sysenter_esp, 0x2222);
        set(Field::host_ia32_sysenter_eip, 0x3333);
    }
    u64 operator[](Field field) const { return cpu.vmx.current[field]; }
    void set(Field field, u64 value) { cpu.vmx.current.set(field, value); }
    void set(spec::Control control, bool on = true) {
        const Field field = spec::field_of(spec::info(control).word);
        const u64 one = bit(spec::info(control).bit);
        set(field, on ? (*this)[field] | one : (*this)[field] & ~one);
    }
    // From a guest outside IA-32e mode, so that a 32-bit host is possible.
    void host_is_32_bit() {
        cpu.state.msrs.efer = 0;
        set(exit_host_address_space_size, false);
        set(Field::host_cr4, bit(13) | bit(17));  // no PAE paging; PCIDE is to be cleared
    }
    CpuState& load() {
        const auto aborted = load_host(cpu);
        BOOST_REQUIRE(!aborted);
        return cpu.state;
    }
    using enum spec::Control;
};

struct LoadedMsr {
    spec::Control control;
    u64 Msrs::*msr;
    Field field;  // none: cleared
};
using enum spec::Control;
constexpr LoadedMsr kLoadedMsrs[] = {
    {exit_load_ia32_perf_global_ctrl, &Msrs::perf_global_ctrl, Field::host_ia32_perf_global_ctrl},
    {exit_load_ia32_pat, &Msrs::pat, Field::host_ia32_pat},
    {exit_load_pkrs, &Msrs::pkrs, Field::host_ia32_pkrs},
    {exit_load_cet_state, &Msrs::s_cet, Field::host_ia32_s_cet},
    {exit_load_cet_state, &Msrs::ssp, Field::host_ssp},
    {exit_load_cet_state, &Msrs::interrupt_ssp_table, Field::host_ia32_interrupt_ssp_table_addr},
    {exit2_load_host_ia32_spec_ctrl, &Msrs::spec_ctrl, Field::host_ia32_spec_ctrl},
    {exit_clear_ia32_bndcfgs, &Msrs::bndcfgs, Field::none},
    {exit_clear_ia32_rtit_ctl, &Msrs::rtit_ctl, Field::none},
    {exit_clear_ia32_lbr_ctl, &Msrs::lbr_ctl, Field::none},
    {exit_clear_uinv, &Msrs::uinv, Field::none},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(loading_host_state)

BOOST_AUTO_TEST_CASE(a_64_bit_host_is_loaded) {
    Leaving machine;
    machine.set(Field::host_cr4, bit(13) | bit(17));  // PAE is set all the same, and PCIDE stays
    machine.set(Field::host_cr3, 0x1000 | bit(63) | bit(machine.capabilities.physical_address_bits));
    machine.cpu.state.dr7 = 0x55;
    machine.cpu.state.msrs.debugctl = 1;
    machine.cpu.vmx.pending_injection = PendingInjection{};
    const CpuState& state = machine.load();
    BOOST_TEST(state.cr3 == 0x1000u);
    BOOST_TEST(state.cr4 == (bit(13) | bit(17) | bit(5)));
    BOOST_TEST(state.dr7 == 0x400u);
    BOOST_TEST(state.msrs.debugctl == 0u);
    BOOST_TEST(state.msrs.efer == 0x500u);
    BOOST_TEST(state.msrs.sysenter_cs == 0x10u);
    BOOST_TEST(state.msrs.sysenter_esp == 0x2222u);
    BOOST_TEST(state.msrs.sysenter_eip == 0x3333u);
    BOOST_TEST(state.rip == machine[Field::host_rip]);
    BOOST_TEST(state[Register::rsp] == machine[Field::host_rsp]);
    BOOST_TEST(state.rflags == 2u);
    BOOST_TEST(machine.cpu.vmx.root());
    BOOST_TEST(!machine.cpu.vmx.pending_injection.has_value());
    BOOST_TEST((state[SegmentRegister::cs] == Segment{8, 0, 0xFFFFFFFF, {0xA09B}}));
    BOOST_TEST((state[SegmentRegister::ss] == Segment{16, 0, 0xFFFFFFFF, {0xC093}}));
    BOOST_TEST((state[SegmentRegister::fs] == Segment{16, 0xFFFF800000000000, 0xFFFFFFFF, {0xC093}}));
    BOOST_TEST((state[SegmentRegister::gs] == Segment{16, 0x1111, 0xFFFFFFFF, {0xC093}}));
    BOOST_TEST((state[SegmentRegister::tr] == Segment{24, 0x5000, 0x67, {0x8B}}));
    BOOST_TEST(state[SegmentRegister::ldtr].rights.unusable());
    BOOST_TEST(state[SegmentRegister::ldtr].selector == 0u);
    BOOST_TEST((state.gdtr == DescriptorTable{0x3000, 0xFFFF}));
    BOOST_TEST((state.idtr == DescriptorTable{0x4000, 0xFFFF}));
    BOOST_TEST(state.bit64_mode());
    BOOST_TEST(state.cpl() == 0u);
}

BOOST_AUTO_TEST_CASE(a_32_bit_host_is_loaded) {
    Leaving machine;
    machine.host_is_32_bit();
    const CpuState& state = machine.load();
    BOOST_TEST(state.cr4 == bit(13));
    BOOST_TEST(state.msrs.efer == 0u);
    BOOST_TEST(state[SegmentRegister::cs].rights.value == 0xC09Bu);
    BOOST_TEST(!state.ia32e_mode());
}

BOOST_AUTO_TEST_CASE(a_null_selector_makes_a_segment_unusable) {
    Leaving machine;
    machine.set(Field::host_ds_selector, 0);
    machine.set(Field::host_gs_selector, 0);
    const CpuState& state = machine.load();
    BOOST_TEST(state[SegmentRegister::ds].rights.unusable());
    BOOST_TEST(state[SegmentRegister::gs].rights.unusable());
    BOOST_TEST(state[SegmentRegister::gs].base == 0x1111u, "64-bit mode uses the base of an unusable GS");
}

BOOST_AUTO_TEST_CASE(cr0_keeps_et_nw_cd_and_its_reserved_bits) {
    Leaving machine;
    machine.cpu.state.cr0 = 0x60000010;
    machine.set(Field::host_cr0, 0x8005FFE3);
    BOOST_TEST(machine.load().cr0 == 0xE0050033u);
}

BOOST_AUTO_TEST_CASE(an_msr_is_loaded_or_cleared_when_its_control_is_1_and_kept_when_it_is_0) {
    for (const LoadedMsr& row : kLoadedMsrs) {
        Leaving machine;
        machine.set(exit_activate_secondary_controls);
        if (row.field != Field::none) machine.set(row.field, 0x500);
        machine.cpu.state.msrs.*row.msr = 0x900;
        machine.set(row.control, false);
        BOOST_TEST((machine.load().msrs.*row.msr) == 0x900u);
        machine.set(row.control);
        BOOST_TEST((machine.load().msrs.*row.msr) == (row.field == Field::none ? 0u : 0x500u));
    }
}

BOOST_AUTO_TEST_CASE(efer_is_loaded_or_follows_the_address_space_size) {
    Leaving machine;
    machine.cpu.state.msrs.efer = 0xD01;
    BOOST_TEST(machine.load().msrs.efer == 0xD01u);
    machine.set(Field::host_ia32_efer, 0x501);
    machine.set(exit_load_ia32_efer);
    BOOST_TEST(machine.load().msrs.efer == 0x501u);
}

BOOST_AUTO_TEST_CASE(the_processor_is_active_and_nothing_is_pending_or_blocked) {
    Leaving machine;
    CpuState& state = machine.cpu.state;
    state.activity = ActivityState::hlt;
    state.blocking_by_sti = state.blocking_by_mov_ss = state.blocking_by_nmi = state.address_range_monitored = true;
    state.pending_debug_exceptions = 1;
    machine.cpu.vmx.virtual_nmi_blocking = true;
    machine.load();
    BOOST_TEST((state.activity == ActivityState::active));
    BOOST_TEST(!state.blocking_by_sti);
    BOOST_TEST(!state.blocking_by_mov_ss);
    BOOST_TEST(!state.address_range_monitored);
    BOOST_TEST(state.pending_debug_exceptions == 0u);
    BOOST_TEST(!machine.cpu.vmx.virtual_nmi_blocking);
    BOOST_TEST(state.blocking_by_nmi, "decided by the caller");
}

BOOST_AUTO_TEST_CASE(pdptes_of_a_pae_host_are_loaded_if_they_are_valid) {
    Leaving machine;
    machine.host_is_32_bit();
    machine.set(Field::host_cr4, bit(13) | bit(5));
    machine.set(Field::host_cr3, 0x70020);
    for (u64 i = 0; i < 4; ++i) machine.memory.write(0x70020 + 8 * i, 0x1000 * i | 1);
    machine.memory.write(0x70020 + 8, u64{0x1E6});  // reserved bits of an entry that is not present do not count
    BOOST_TEST(machine.load().pdptes[3] == 0x3001u);
}

BOOST_AUTO_TEST_CASE(an_invalid_pdpte_of_the_host_aborts) {
    for (const unsigned reserved : {1u, 2u, 5u, 6u, 7u, 8u, 52u, 63u}) {
        Leaving machine;
        machine.host_is_32_bit();
        machine.set(Field::host_cr4, bit(13) | bit(5));
        machine.memory.write(machine[Field::host_cr3] + 16, bit(reserved) | 1);
        const auto aborted = load_host(machine.cpu);
        BOOST_REQUIRE(aborted.has_value());
        BOOST_TEST((aborted->kind == OutcomeKind::vmx_abort));
        BOOST_TEST(aborted->abort_indicator == 2u);
        BOOST_TEST(machine.memory.read<u32>(kVmcs + kAbortIndicatorOffset) == 2u);
        BOOST_TEST((machine.cpu.state.activity == ActivityState::shutdown));
    }
}

BOOST_AUTO_TEST_CASE(there_is_no_way_from_ia_32e_mode_to_a_32_bit_host) {
    Leaving machine;
    machine.host_is_32_bit();
    machine.cpu.state.msrs.efer = 0x500;
    const auto aborted = load_host(machine.cpu);
    BOOST_REQUIRE(aborted.has_value());
    BOOST_TEST(aborted->abort_indicator == 6u);
}

BOOST_AUTO_TEST_SUITE_END()
