// SPDX-License-Identifier: MIT
// The VM-entry rows E1 to E19 of docs/deviations.md, "Measured on Debian's Bochs 2.7": of each, our answer is the SDM's.
// What another implementation answers is not imitated; a case is named by its row.
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;
using spec::Control;

namespace {

constexpr u64 kStiBlocking = 1, kNmiBlocking = 8, kSingleStep = bit(14);
constexpr u64 kTf = bit(8), kIf = bit(9), kBtf = bit(1);
constexpr u64 kInjectNmi = 0x80000202, kInjectInterrupt = 0x80000030, kInjectGeneralProtection = 0x80000B0D;
constexpr u64 kMsrList = 0x60000;

struct Launch : Machine {
    explicit Launch(const CpuProfile& profile = *find_profile("skylake-i7-6700k")) : Machine(profile) { make_golden(); }

    Launch& set(Field field, u64 value) {
        cpu.vmx.current.set(field, value);
        return *this;
    }
    Launch& set(Control control) {
        const Field words[] = {Field::pin_based_controls,
                               Field::primary_processor_based_controls,
                               Field::secondary_processor_based_controls,
                               Field::tertiary_processor_based_controls,
                               Field::primary_vm_exit_controls,
                               Field::secondary_vm_exit_controls,
                               Field::vm_entry_controls};
        const Field word = words[static_cast<size_t>(spec::info(control).word)];
        return set(word, cpu.vmx.current[word] | bit(spec::info(control).bit));
    }
    Launch& unrestricted() {
        set(Control::primary_activate_secondary_controls).set(Control::secondary_enable_ept);
        return set(Control::secondary_unrestricted_guest).set(Field::ept_pointer, 0x1001E);
    }
    // A 32-bit guest with 32-bit paging.
    Launch& protected_32() {
        set(Field::vm_entry_controls, cpu.vmx.current[Field::vm_entry_controls] & ~bit(9));
        set(Field::guest_cr4, cpu.vmx.current[Field::guest_cr4] & ~bit(5));
        return set(Field::guest_cs_access_rights, 0xC09B).set(Field::guest_ia32_efer, 0);
    }
    Launch& virtual_8086() {
        protected_32().set(Field::guest_rflags, bit(17) | 2);
        const struct {
            Field selector, base, limit, rights;
        } kSegments[] = {{Field::guest_es_selector, Field::guest_es_base, Field::guest_es_limit, Field::guest_es_access_rights},
                         {Field::guest_cs_selector, Field::guest_cs_base, Field::guest_cs_limit, Field::guest_cs_access_rights},
                         {Field::guest_ss_selector, Field::guest_ss_base, Field::guest_ss_limit, Field::guest_ss_access_rights},
                         {Field::guest_ds_selector, Field::guest_ds_base, Field::guest_ds_limit, Field::guest_ds_access_rights},
                         {Field::guest_fs_selector, Field::guest_fs_base, Field::guest_fs_limit, Field::guest_fs_access_rights},
                         {Field::guest_gs_selector, Field::guest_gs_base, Field::guest_gs_limit, Field::guest_gs_access_rights}};
        for (const auto& segment : kSegments)
            set(segment.selector, 0x1000).set(segment.base, 0x10000).set(segment.limit, 0xFFFF).set(segment.rights, 0xF3);
        return *this;
    }
    Launch& ring_3_stack() { return set(Field::guest_ss_access_rights, 0xC0F3).set(Field::guest_ss_selector, 0x13); }
    Launch& load_msr(u64 index, u64 value) {
        memory.write(kMsrList, index);
        memory.write(kMsrList + 8, value);
        return set(Field::vm_entry_msr_load_address, kMsrList).set(Field::vm_entry_msr_load_count, 1);
    }
    Outcome outcome() { return vmlaunch(cpu); }
};

bool enters(Launch& launch) {
    const Outcome outcome = launch.outcome();
    BOOST_TEST_MESSAGE(outcome.why);
    return outcome.kind == OutcomeKind::entered;
}

bool fails_with(Launch& launch, u32 reason, u64 qualification) {
    const Outcome outcome = launch.outcome();
    BOOST_TEST_MESSAGE(outcome.why);
    return outcome.kind == OutcomeKind::entry_failure && outcome.reason == reason && outcome.qualification == qualification;
}
bool fails_guest_state(Launch& launch, u64 qualification = 0) { return fails_with(launch, 0x80000021, qualification); }
bool fails_msr_loading(Launch& launch) { return fails_with(launch, 0x80000022, 1); }

bool fails_controls(Launch& launch) {
    return launch.outcome() == expect_fail_valid(VmInstructionError::vm_entry_with_invalid_control_field);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(deviations)

BOOST_AUTO_TEST_CASE(e1_single_step_must_be_pending_when_blocked_or_halted_with_tf) {
    const auto blocked = [](Field field, u64 value, u64 rflags, u64 debugctl, u64 pending) {
        Launch launch;
        launch.set(Field::guest_rflags, rflags | kIf | 2).set(Field::guest_ia32_debugctl, debugctl);
        launch.set(Field::guest_pending_debug_exceptions, pending).set(field, value);
        return enters(launch);
    };
    const struct {
        Field field;
        u64 value;
    } kStates[] = {{Field::guest_interruptibility_state, 1},  // STI
                   {Field::guest_interruptibility_state, 2},  // MOV SS
                   {Field::guest_activity_state, 1}};         // HLT
    for (const auto& [field, value] : kStates) {
        BOOST_TEST(!blocked(field, value, kTf, 0, 0));
        BOOST_TEST(blocked(field, value, kTf, 0, kSingleStep));
        BOOST_TEST(!blocked(field, value, kTf, kBtf, kSingleStep));
        BOOST_TEST(blocked(field, value, kTf, kBtf, 0));
        BOOST_TEST(!blocked(field, value, 0, 0, kSingleStep));
        BOOST_TEST(blocked(field, value, 0, 0, 0));
    }
}

BOOST_AUTO_TEST_CASE(e2_the_upper_half_of_pending_debug_exceptions_is_reserved) {
    for (unsigned n = 17; n < 64; ++n)
        BOOST_TEST(fails_guest_state(Launch().set(Field::guest_pending_debug_exceptions, bit(n))), "bit " << n);
}

BOOST_AUTO_TEST_CASE(e3_the_dpl_of_cs_is_compared_with_that_of_ss) {
    // Conforming code of DPL 0 under CPL 3: the RPL of CS is 3 and not its DPL.
    BOOST_TEST(enters(Launch().ring_3_stack().set(Field::guest_cs_access_rights, 0xA09F).set(Field::guest_cs_selector, 0x0B)));
    BOOST_TEST(enters(Launch().ring_3_stack().set(Field::guest_cs_access_rights, 0xA0FB).set(Field::guest_cs_selector, 0x0B)));
    BOOST_TEST(fails_guest_state(Launch().ring_3_stack().set(Field::guest_cs_selector, 0x0B)));  // CS DPL 0, not conforming
    BOOST_TEST(fails_guest_state(Launch().set(Field::guest_cs_access_rights, 0xA0FF)));          // conforming, DPL 3 > 0
}

BOOST_AUTO_TEST_CASE(e4_reserved_bits_of_ia32_debugctl_must_be_0) {
    for (const unsigned n : {3u, 4u, 5u, 16u, 63u})
        BOOST_TEST(fails_guest_state(Launch().set(Control::entry_load_debug_controls).set(Field::guest_ia32_debugctl, bit(n))));
    BOOST_TEST(enters(Launch().set(Control::entry_load_debug_controls).set(Field::guest_ia32_debugctl, 1)));
}

BOOST_AUTO_TEST_CASE(e5_reserved_bits_of_ia32_perf_global_ctrl_follow_cpuid) {
    // CPUID.0AH of this processor: 4 general-purpose counters, 3 fixed ones.
    for (const unsigned n : {4u, 31u, 35u, 63u}) {
        BOOST_TEST(fails_guest_state(
            Launch().set(Control::entry_load_ia32_perf_global_ctrl).set(Field::guest_ia32_perf_global_ctrl, bit(n))));
        Launch host;
        host.set(Control::exit_load_ia32_perf_global_ctrl).set(Field::host_ia32_perf_global_ctrl, bit(n));
        BOOST_TEST((host.outcome() == expect_fail_valid(VmInstructionError::vm_entry_with_invalid_host_state_field)));
    }
    BOOST_TEST(
        enters(Launch().set(Control::entry_load_ia32_perf_global_ctrl).set(Field::guest_ia32_perf_global_ctrl, 0x70000000F)));
}

BOOST_AUTO_TEST_CASE(e6_few_events_can_be_injected_in_hlt) {
    const auto halted = [](u64 information) {
        Launch launch;
        launch.set(Field::guest_activity_state, 1).set(Field::guest_rflags, kIf | 2);
        launch.set(Field::vm_entry_instruction_length, 1).set(Field::vm_entry_interruption_information, information);
        return enters(launch);
    };
    for (const u64 allowed : {kInjectInterrupt, kInjectNmi, u64{0x80000301}, u64{0x80000312}, u64{0x80000700}})
        BOOST_TEST(halted(allowed));  // external interrupt, NMI, #DB, #MC, pending MTF VM exit
    for (const u64 refused : {kInjectGeneralProtection, u64{0x80000306}, u64{0x80000480}, u64{0x80000501}, u64{0x80000603}})
        BOOST_TEST(!halted(refused));  // #GP, #UD, INT n, INT1, INT3
}

BOOST_AUTO_TEST_CASE(e7_entry_to_smm_outside_smm_is_an_invalid_control) {
    BOOST_TEST(fails_controls(Launch().set(Control::entry_entry_to_smm)));
    BOOST_TEST(fails_controls(Launch().set(Control::entry_deactivate_dual_monitor_treatment)));
}

BOOST_AUTO_TEST_CASE(e8_the_upper_bits_of_a_64_bit_rip_must_be_identical) {
    BOOST_TEST(fails_guest_state(Launch().set(Field::guest_rip, bit(48))));
    BOOST_TEST(fails_guest_state(Launch().set(Field::guest_rip, bit(63))));
    BOOST_TEST(enters(Launch().set(Field::guest_rip, bit(47))));  // not canonical: bits 63:48 need not equal bit 47
    BOOST_TEST(enters(Launch().set(Field::guest_rip, mask(63, 48))));
}

BOOST_AUTO_TEST_CASE(e9_an_ia_32e_mode_guest_needs_paging_though_unrestricted) {
    Launch launch;
    launch.unrestricted();
    launch.set(Field::guest_cr0, launch.cpu.vmx.current[Field::guest_cr0] & ~bit(31));
    BOOST_TEST(fails_guest_state(launch));
    BOOST_TEST(enters(Launch().unrestricted()));
}

BOOST_AUTO_TEST_CASE(e10_virtual_8086_needs_protected_mode) {
    const auto with_cr0 = [](u64 cleared) {
        Launch launch;
        launch.virtual_8086().unrestricted();
        launch.set(Field::guest_cr0, launch.cpu.vmx.current[Field::guest_cr0] & ~cleared);
        return enters(launch);
    };
    BOOST_TEST(with_cr0(0));
    BOOST_TEST(with_cr0(bit(31)));
    BOOST_TEST(!with_cr0(bit(31) | bit(0)));
}

BOOST_AUTO_TEST_CASE(e11_no_nmi_while_virtual_nmis_are_blocked) {
    const auto nmi = [](bool virtual_nmis) {
        Launch launch;
        launch.set(Field::vm_entry_interruption_information, kInjectNmi).set(Field::guest_interruptibility_state, kNmiBlocking);
        if (virtual_nmis) launch.set(Control::pin_nmi_exiting).set(Control::pin_virtual_nmis);
        return fails_guest_state(launch);
    };
    BOOST_TEST(nmi(true));
    BOOST_TEST(!nmi(false));
}

BOOST_AUTO_TEST_CASE(e12_an_nmi_under_sti_blocking_fails_with_qualification_3) {
    Launch launch;
    launch.set(Field::guest_rflags, kIf | 2).set(Field::guest_interruptibility_state, kStiBlocking);
    launch.set(Field::vm_entry_interruption_information, kInjectNmi);
    BOOST_TEST(fails_guest_state(launch, 3));
}

BOOST_AUTO_TEST_CASE(e13_type_7_needs_the_monitor_trap_flag) {
    Launch without(*find_profile("bochs-penryn-t9600"));
    BOOST_REQUIRE(!without.capabilities.allows(Control::primary_monitor_trap_flag));
    without.set(Field::vm_entry_interruption_information, 0x80000700);
    BOOST_TEST((without.outcome() == expect_fail_valid(VmInstructionError::vm_entry_with_invalid_control_field)));
    BOOST_TEST(enters(Launch().set(Field::vm_entry_interruption_information, 0x80000700)));
}

BOOST_AUTO_TEST_CASE(e14_a_failed_entry_writes_reason_and_qualification_only) {
    Launch launch;
    for (size_t i = 0; i < spec::kFieldCount; ++i)
        if (spec::kFields[i].type() == spec::FieldType::read_only) launch.set(static_cast<Field>(i), 0x77);
    launch.set(Field::guest_rflags, 0);
    BOOST_TEST(fails_guest_state(launch));
    for (size_t i = 0; i < spec::kFieldCount; ++i) {
        const auto field = static_cast<Field>(i);
        if (spec::kFields[i].type() != spec::FieldType::read_only || field == Field::exit_reason ||
            field == Field::exit_qualification)
            continue;
        BOOST_TEST(launch.cpu.vmx.current[field] == 0x77u, spec::kFields[i].name);
    }
}

BOOST_AUTO_TEST_CASE(e15_iopl_does_not_matter_to_a_software_interrupt_injected_into_virtual_8086_mode) {
    Launch launch;  // IOPL 0
    launch.virtual_8086().set(Field::vm_entry_interruption_information, 0x80000421).set(Field::vm_entry_instruction_length, 2);
    BOOST_TEST(enters(launch));
    BOOST_REQUIRE(launch.cpu.vmx.pending_injection.has_value());
    BOOST_TEST(launch.cpu.vmx.pending_injection->information == 0x80000421u);  // still INT 21H, not #GP
}

BOOST_AUTO_TEST_CASE(e16_bit_3_sets_virtual_nmi_blocking_at_each_entry) {
    const auto blocked_after = [](bool before, u64 interruptibility) {
        Launch launch;
        launch.set(Control::pin_nmi_exiting).set(Control::pin_virtual_nmis);
        launch.set(Field::guest_interruptibility_state, interruptibility);
        launch.cpu.vmx.virtual_nmi_blocking = before;
        BOOST_TEST(enters(launch));
        return launch.cpu.vmx.virtual_nmi_blocking;
    };
    for (const bool before : {false, true}) {
        BOOST_TEST(blocked_after(before, kNmiBlocking));
        BOOST_TEST(!blocked_after(before, 0));
    }
}

BOOST_AUTO_TEST_CASE(e17_msrs_of_real_parts_can_be_loaded) {
    for (const u64 msr : {0x1D9u, 0x8Bu, 0x38Fu, 0x17Au, 0x400u}) BOOST_TEST(enters(Launch().load_msr(msr, 0)), "MSR " << msr);
}

BOOST_AUTO_TEST_CASE(e18_tsc_aux_and_fmask_have_reserved_upper_halves) {
    for (const u64 msr : {u64{0xC0000103}, u64{0xC0000084}}) {
        BOOST_TEST(fails_msr_loading(Launch().load_msr(msr, bit(32))), "MSR " << msr);
        BOOST_TEST(fails_msr_loading(Launch().load_msr(msr, bit(63))), "MSR " << msr);
        BOOST_TEST(enters(Launch().load_msr(msr, mask(31, 0))), "MSR " << msr);
    }
}

BOOST_AUTO_TEST_CASE(e19_the_dpl_of_a_data_register_is_compared_for_all_but_conforming_code) {
    const struct {
        Field selector, rights;
    } kSegments[] = {{Field::guest_ds_selector, Field::guest_ds_access_rights},
                     {Field::guest_es_selector, Field::guest_es_access_rights},
                     {Field::guest_fs_selector, Field::guest_fs_access_rights},
                     {Field::guest_gs_selector, Field::guest_gs_access_rights}};
    for (const auto& segment : kSegments) {
        const auto with_rpl_3 = [&](u64 rights) {
            return enters(Launch().set(segment.selector, 0x13).set(segment.rights, rights));
        };
        BOOST_TEST(!with_rpl_3(0xC093));  // data, type 3
        BOOST_TEST(!with_rpl_3(0xC09B));  // readable code, type 11
        BOOST_TEST(with_rpl_3(0xC09F));   // readable conforming code, type 15
        BOOST_TEST(with_rpl_3(0xC0FB));   // DPL 3
    }
}

BOOST_AUTO_TEST_SUITE_END()
