// SPDX-License-Identifier: MIT
#include "vmx/entry/load_guest.hpp"

#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

namespace {

struct Loading : Machine {
    Loading() {
        make_golden();
        for (size_t i = 0; i < spec::kFieldCount; ++i)
            if (spec::kFields[i].type() == spec::FieldType::guest_state)
                cpu.vmx.current.set(static_cast<Field>(i), 0x0101010101010000 * (i % 61 + 1));
        cpu.vmx.current.set(Field::guest_activity_state, 0);
        cpu.vmx.current.set(Field::guest_interruptibility_state, 0);
        set(spec::ControlWord::entry, 0);
    }
    u64 operator[](Field field) const { return cpu.vmx.current[field]; }
    void set(Field field, u64 value) { cpu.vmx.current.set(field, value); }
    void set(spec::ControlWord word, u64 value) { set(spec::field_of(word), value); }
    void set(spec::Control control) {
        const Field field = spec::field_of(spec::info(control).word);
        set(field, (*this)[field] | bit(spec::info(control).bit));
    }
    CpuState& load() {
        load_guest(cpu);
        return cpu.state;
    }
};

struct LoadedMsr {
    spec::Control control;
    u64 Msrs::*msr;
    Field field;
};
using enum spec::Control;
constexpr LoadedMsr kLoadedMsrs[] = {
    {entry_load_debug_controls, &Msrs::debugctl, Field::guest_ia32_debugctl},
    {entry_load_ia32_perf_global_ctrl, &Msrs::perf_global_ctrl, Field::guest_ia32_perf_global_ctrl},
    {entry_load_ia32_pat, &Msrs::pat, Field::guest_ia32_pat},
    {entry_load_ia32_efer, &Msrs::efer, Field::guest_ia32_efer},
    {entry_load_ia32_bndcfgs, &Msrs::bndcfgs, Field::guest_ia32_bndcfgs},
    {entry_load_ia32_rtit_ctl, &Msrs::rtit_ctl, Field::guest_ia32_rtit_ctl},
    {entry_load_uinv, &Msrs::uinv, Field::guest_uinv},
    {entry_load_cet_state, &Msrs::s_cet, Field::guest_ia32_s_cet},
    {entry_load_cet_state, &Msrs::ssp, Field::guest_ssp},
    {entry_load_cet_state, &Msrs::interrupt_ssp_table, Field::guest_ia32_interrupt_ssp_table_addr},
    {entry_load_guest_ia32_lbr_ctl, &Msrs::lbr_ctl, Field::guest_ia32_lbr_ctl},
    {entry_load_pkrs, &Msrs::pkrs, Field::guest_ia32_pkrs},
    {entry_load_ia32_spec_ctrl, &Msrs::spec_ctrl, Field::guest_ia32_spec_ctrl},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(loading_guest_state)

BOOST_AUTO_TEST_CASE(cr0_keeps_et_nw_cd_and_its_reserved_bits) {
    constexpr u64 kept = 0x7FFAFFD0;
    for (const u64 before : {u64{0}, ~u64{0}}) {
        Loading machine;
        machine.cpu.state.cr0 = before & mask(31, 0);
        machine.set(Field::guest_cr0, ~before & mask(31, 0));
        BOOST_TEST(machine.load().cr0 == ((before & kept) | (~before & mask(31, 0) & ~kept)));
    }
}

BOOST_AUTO_TEST_CASE(cr3_cr4_rip_rsp_and_rflags_are_loaded) {
    Loading machine;
    const CpuState& state = machine.load();
    BOOST_TEST(state.cr3 == machine[Field::guest_cr3]);
    BOOST_TEST(state.cr4 == machine[Field::guest_cr4]);
    BOOST_TEST(state.rip == machine[Field::guest_rip]);
    BOOST_TEST(state[Register::rsp] == machine[Field::guest_rsp]);
    BOOST_TEST(state.rflags == machine[Field::guest_rflags]);
    BOOST_TEST(state.msrs.sysenter_cs == machine[Field::guest_ia32_sysenter_cs]);
    BOOST_TEST(state.msrs.sysenter_esp == machine[Field::guest_ia32_sysenter_esp]);
    BOOST_TEST(state.msrs.sysenter_eip == machine[Field::guest_ia32_sysenter_eip]);
    BOOST_TEST(state.gdtr.base == machine[Field::guest_gdtr_base]);
    BOOST_TEST(state.idtr.limit == static_cast<u16>(machine[Field::guest_idtr_limit]));
    BOOST_TEST(machine.cpu.vmx.non_root);
}

BOOST_AUTO_TEST_CASE(dr7_is_loaded_with_its_fixed_bits_only_with_load_debug_controls) {
    Loading machine;
    machine.cpu.state.dr7 = 0x401;
    machine.set(Field::guest_dr7, 0xF0AA);
    BOOST_TEST(machine.load().dr7 == 0x401u);
    machine.set(entry_load_debug_controls);
    BOOST_TEST(machine.load().dr7 == 0x24AAu);
    machine.set(Field::guest_dr7, 0);
    BOOST_TEST(machine.load().dr7 == 0x400u);
}

BOOST_AUTO_TEST_CASE(an_msr_is_loaded_when_its_control_is_1_and_kept_when_it_is_0) {
    for (const LoadedMsr& row : kLoadedMsrs) {
        Loading machine;
        machine.set(row.field, 0x500);
        machine.cpu.state.msrs.*row.msr = 0x900;
        BOOST_TEST((machine.load().msrs.*row.msr) == (row.field == Field::guest_ia32_efer ? 0x800u : 0x900u));
        machine.set(row.control);
        BOOST_TEST((machine.load().msrs.*row.msr) == 0x500u);
    }
}

BOOST_AUTO_TEST_CASE(fred_msrs_are_loaded_in_the_order_of_their_fields) {
    Loading machine;
    machine.set(entry_load_guest_fred_state);
    const CpuState& state = machine.load();
    const Field fields[] = {Field::guest_ia32_fred_config, Field::guest_ia32_fred_rsp1,    Field::guest_ia32_fred_rsp2,
                            Field::guest_ia32_fred_rsp3,   Field::guest_ia32_fred_stklvls, Field::guest_ia32_fred_ssp1,
                            Field::guest_ia32_fred_ssp2,   Field::guest_ia32_fred_ssp3};
    for (size_t i = 0; i < 8; ++i) BOOST_TEST(state.msrs.fred[i] == machine[fields[i]]);
}

BOOST_AUTO_TEST_CASE(without_load_efer_lma_and_lme_follow_ia_32e_mode_guest) {
    Loading machine;
    machine.cpu.state.msrs.efer = 0x801;
    machine.set(entry_ia_32e_mode_guest);
    BOOST_TEST(machine.load().msrs.efer == 0xD01u);
    machine.set(spec::ControlWord::entry, 0);
    BOOST_TEST(machine.load().msrs.efer == 0x801u);
}

BOOST_AUTO_TEST_CASE(segments_are_loaded_with_what_unusable_ones_must_have) {
    Loading machine;
    for (size_t i = 0; i < kSegmentRegisterCount; ++i) {
        const auto rights = static_cast<Field>(static_cast<size_t>(Field::guest_es_access_rights) + i);
        machine.set(rights, i % 2 == 0 ? 0x1C0F3 : 0xC0F3);  // DPL 3; ES, SS, FS and LDTR unusable
    }
    const CpuState& state = machine.load();
    for (size_t i = 0; i < kSegmentRegisterCount; ++i) {
        const auto at = [&](Field first) { return machine[static_cast<Field>(static_cast<size_t>(first) + i)]; };
        const Segment& segment = state.segments[i];
        BOOST_TEST(segment.selector == at(Field::guest_es_selector));
        BOOST_TEST(segment.rights.unusable() == (i % 2 == 0));
        if (i % 2 == 0) continue;
        BOOST_TEST(segment.base == at(Field::guest_es_base));
        BOOST_TEST(segment.limit == at(Field::guest_es_limit));
        BOOST_TEST(segment.rights.value == at(Field::guest_es_access_rights));
    }
    BOOST_TEST(state.cpl() == 3u, "SS.DPL is the privilege level even if SS is unusable");
    BOOST_TEST(state[SegmentRegister::fs].base == machine[Field::guest_fs_base]);
    BOOST_TEST((state[SegmentRegister::ss].base >> 32) == 0u);
    BOOST_TEST((state[SegmentRegister::es].base >> 32) == 0u);
    BOOST_TEST(machine.capabilities.canonical(state[SegmentRegister::ldtr].base));
}

BOOST_AUTO_TEST_CASE(pdptes_come_from_memory_or_with_ept_from_their_fields) {
    Loading machine;
    machine.set(Field::guest_cr0, bit(31) | bit(0));
    machine.set(Field::guest_cr4, bit(5));
    machine.set(Field::guest_cr3, 0x12345FFF);  // bits 4:0 do not belong to the address
    for (u64 i = 0; i < 4; ++i) {
        machine.memory.write(0x12345FE0 + 8 * i, 0x1000 * (i + 1) | 1);
        machine.set(static_cast<Field>(static_cast<size_t>(Field::guest_pdpte0) + i), 0x10000 * (i + 1) | 1);
    }
    BOOST_TEST(machine.load().pdptes[3] == 0x4001u);
    machine.set(primary_activate_secondary_controls);
    machine.set(Field::secondary_processor_based_controls, 0);
    machine.set(secondary_enable_ept);
    BOOST_TEST(machine.load().pdptes[0] == 0x10001u);
    machine.cpu.state.pdptes = {};
    machine.set(entry_ia_32e_mode_guest);
    BOOST_TEST((machine.load().pdptes == std::array<u64, 4>{}));
}

BOOST_AUTO_TEST_CASE(interruptibility_and_activity_are_loaded) {
    Loading machine;
    machine.set(Field::guest_interruptibility_state, 0xB);
    machine.set(Field::guest_activity_state, 1);
    machine.set(Field::guest_pending_debug_exceptions, 0x4000);
    machine.set(Field::vm_entry_interruption_information, 0);
    const CpuState& state = machine.load();
    BOOST_TEST(state.blocking_by_sti);
    BOOST_TEST(state.blocking_by_mov_ss);
    BOOST_TEST(state.blocking_by_nmi);
    BOOST_TEST(!state.blocking_by_smi);
    BOOST_TEST((state.activity == ActivityState::hlt));
    BOOST_TEST(state.pending_debug_exceptions == 0x4000u);
    BOOST_TEST(!machine.cpu.vmx.pending_injection.has_value());
}

BOOST_AUTO_TEST_CASE(with_virtual_nmis_bit_3_means_virtual_nmi_blocking) {
    Loading machine;
    machine.set(pin_virtual_nmis);
    machine.set(Field::guest_interruptibility_state, 8);
    machine.cpu.state.blocking_by_nmi = true;
    BOOST_TEST(!machine.load().blocking_by_nmi);
    BOOST_TEST(machine.cpu.vmx.virtual_nmi_blocking);
}

BOOST_AUTO_TEST_CASE(an_event_to_inject_is_kept_and_makes_the_guest_active) {
    Loading machine;
    machine.set(Field::guest_interruptibility_state, 1);
    machine.set(Field::guest_activity_state, 1);
    machine.set(Field::vm_entry_interruption_information, 0x80000B0D);
    machine.set(Field::vm_entry_exception_error_code, 0x18);
    machine.set(Field::vm_entry_instruction_length, 2);
    const CpuState& state = machine.load();
    BOOST_TEST(!state.blocking_by_sti);
    BOOST_TEST((state.activity == ActivityState::active));
    BOOST_TEST((machine.cpu.vmx.pending_injection == PendingInjection{0x80000B0D, 0x18, 2, 0}));
}

BOOST_AUTO_TEST_CASE(a_pending_mtf_vm_exit_is_no_vectoring_event) {
    Loading machine;
    machine.set(Field::guest_interruptibility_state, 1);
    machine.set(Field::guest_activity_state, 1);
    machine.set(Field::vm_entry_interruption_information, 0x80000700);
    const CpuState& state = machine.load();
    BOOST_TEST(state.blocking_by_sti);
    BOOST_TEST((state.activity == ActivityState::hlt));
    BOOST_TEST(machine.cpu.vmx.pending_injection.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
