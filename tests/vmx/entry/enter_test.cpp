// SPDX-License-Identifier: MIT
// A VM entry from the checks on (SDM 26.2 to 26.8): what each way out leaves behind.
#include "vmx/entry/enter.hpp"

#include "vmx/exit/load_host.hpp"
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

namespace {

// The current VMCS is golden; everything that a VM entry could change has a value of its own.
struct Entering : Machine {
    Entering() {
        make_golden();
        cpu.state.rip = 0xAAAA;
        cpu.state.cr2 = 0xBBBB;
        cpu.state[Register::rax] = 0xCCCC;
        cpu.state.address_range_monitored = true;
        for (size_t i = 0; i < spec::kFieldCount; ++i)
            if (spec::kFields[i].type() == spec::FieldType::read_only) cpu.vmx.current.set(static_cast<Field>(i), 0x77);
        refresh_flags();
    }
    Vmcs& vmcs() { return cpu.vmx.current; }
};

Outcome failed_entry(u32 reason, u64 qualification) {
    Outcome outcome;
    outcome.kind = OutcomeKind::entry_failure;
    outcome.reason = reason;
    outcome.qualification = qualification;
    return outcome;
}

bool only_fields_differ(const Vmcs& before, const Vmcs& after, std::initializer_list<Field> allowed) {
    for (size_t i = 0; i < spec::kFieldCount; ++i) {
        const auto field = static_cast<Field>(i);
        if (before[field] != after[field] && std::find(allowed.begin(), allowed.end(), field) == allowed.end()) return false;
    }
    return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(vm_entry)

BOOST_AUTO_TEST_CASE(the_processor_at_entry_is_the_one_that_enters) {
    Entering machine;
    BOOST_TEST(!at_entry(machine.cpu).tracing);
    machine.cpu.state.msrs.rtit_ctl = 1;  // TraceEn
    BOOST_TEST(at_entry(machine.cpu).tracing);
    BOOST_TEST(at_entry(machine.cpu).current_vmcs == machine.cpu.vmx.current_vmcs_pointer);
    BOOST_TEST(at_entry(machine.cpu).ia32e_mode == machine.cpu.state.ia32e_mode());
}

BOOST_AUTO_TEST_CASE(an_invalid_control_changes_the_error_field_and_flags_only) {
    Entering machine;
    machine.vmcs().set(Field::cr3_target_count, 0xFFFF);
    const CpuState before = machine.cpu.state;
    const Vmcs vmcs = machine.vmcs();
    const Outcome outcome = vmlaunch(machine.cpu);
    check_outcome(machine, outcome, expect_fail_valid(VmInstructionError::vm_entry_with_invalid_control_field), "26.2.1.1");
    BOOST_REQUIRE(outcome.check.has_value());
    BOOST_TEST(all_checks()[*outcome.check].rule == outcome.why);
    CpuState after = machine.cpu.state;
    after.rflags = before.rflags;
    BOOST_TEST((after == before));
    BOOST_TEST(only_fields_differ(vmcs, machine.vmcs(), {Field::vm_instruction_error}));
    BOOST_TEST(!machine.cpu.vmx.current_launched());
    BOOST_TEST(machine.cpu.vmx.root());
}

BOOST_AUTO_TEST_CASE(invalid_host_state_is_error_8_and_comes_after_the_controls) {
    Entering machine;
    machine.vmcs().set(Field::host_cr0, 0);
    BOOST_TEST((vmlaunch(machine.cpu) == expect_fail_valid(VmInstructionError::vm_entry_with_invalid_host_state_field)));
    machine.vmcs().set(Field::cr3_target_count, 0xFFFF);
    BOOST_TEST((vmlaunch(machine.cpu) == expect_fail_valid(VmInstructionError::vm_entry_with_invalid_control_field)));
}

BOOST_AUTO_TEST_CASE(a_failed_entry_writes_reason_and_qualification_and_loads_the_host) {
    Entering machine;
    machine.vmcs().set(Field::vm_entry_interruption_information, 0x800000D1);  // an external interrupt, with RFLAGS.IF = 0
    machine.cpu.state.blocking_by_nmi = true;
    machine.cpu.state.blocking_by_sti = true;
    const Vmcs vmcs = machine.vmcs();
    const Outcome outcome = vmlaunch(machine.cpu);
    check_outcome(machine, outcome, failed_entry(0x80000021, 0), "26.3.1.4");
    BOOST_TEST(all_checks()[outcome.check.value()].id == "guest.rflags.if_for_external_interrupt");
    BOOST_TEST(only_fields_differ(vmcs, machine.vmcs(), {Field::exit_reason, Field::exit_qualification}));
    BOOST_TEST(machine.vmcs()[Field::exit_reason] == 0x80000021u);
    BOOST_TEST(machine.vmcs()[Field::exit_qualification] == 0u);
    BOOST_TEST(machine.vmcs()[Field::vm_entry_interruption_information] == 0x800000D1u, "the valid bit is not cleared");

    BOOST_TEST(machine.cpu.vmx.root());
    BOOST_TEST(!machine.cpu.vmx.current_launched(), "the launch state is what it was");
    BOOST_TEST(!machine.cpu.vmx.pending_injection.has_value());
    BOOST_TEST(machine.cpu.state.rip == vmcs[Field::host_rip]);
    BOOST_TEST(machine.cpu.state[Register::rsp] == vmcs[Field::host_rsp]);
    BOOST_TEST(machine.cpu.state[Register::rax] == 0xCCCCu);
    BOOST_TEST(machine.cpu.state.rflags == 2u);
    BOOST_TEST(machine.cpu.state.blocking_by_nmi, "blocking by NMI is what it was before");
    BOOST_TEST(!machine.cpu.state.blocking_by_sti);
    BOOST_TEST(!machine.cpu.state.address_range_monitored);

    machine.vmcs().set(Field::vm_entry_interruption_information, 0);
    BOOST_TEST((vmlaunch(machine.cpu).kind == OutcomeKind::entered), "VMLAUNCH again, not VMRESUME");
}

BOOST_AUTO_TEST_CASE(a_failed_vmresume_leaves_the_vmcs_launched) {
    Entering machine;
    BOOST_REQUIRE((vmlaunch(machine.cpu).kind == OutcomeKind::entered));
    BOOST_REQUIRE(!load_host(machine.cpu));
    machine.vmcs().set(Field::vm_entry_interruption_information, 0x800000D1);
    BOOST_TEST((vmresume(machine.cpu) == failed_entry(0x80000021, 0)));
    machine.vmcs().set(Field::vm_entry_interruption_information, 0);
    BOOST_TEST((vmresume(machine.cpu).kind == OutcomeKind::entered));
}

BOOST_AUTO_TEST_CASE(an_entry_that_succeeds_leaves_the_vmcs_alone_and_the_flags_to_the_guest) {
    Entering machine;
    const Vmcs vmcs = machine.vmcs();
    const Outcome outcome = vmlaunch(machine.cpu);
    BOOST_TEST((outcome.kind == OutcomeKind::entered));
    BOOST_TEST((machine.vmcs() == vmcs));
    BOOST_TEST(machine.cpu.vmx.non_root);
    BOOST_TEST(machine.cpu.state.rflags == vmcs[Field::guest_rflags]);
    BOOST_TEST(machine.cpu.state.cr2 == 0xBBBBu);
    BOOST_TEST(machine.cpu.state[Register::rax] == 0xCCCCu);
    BOOST_TEST(!machine.cpu.state.address_range_monitored);
}

BOOST_AUTO_TEST_CASE(an_msr_that_cannot_be_loaded_fails_the_entry_with_its_place_in_the_list) {
    Entering machine;
    machine.vmcs().set(Field::vm_entry_msr_load_address, 0x60000);
    machine.vmcs().set(Field::vm_entry_msr_load_count, 2);
    machine.memory.write(0x60000, u64{0xC0000082});  // IA32_LSTAR
    machine.memory.write(0x60008, u64{0x1234});
    machine.memory.write(0x60010, u64{0xC0000100});  // IA32_FS_BASE: never through a list
    const Vmcs vmcs = machine.vmcs();
    const Outcome outcome = vmlaunch(machine.cpu);
    BOOST_TEST((outcome == failed_entry(0x80000022, 2)));
    BOOST_TEST(outcome.sdm == std::string_view("26.4"));
    BOOST_TEST(only_fields_differ(vmcs, machine.vmcs(), {Field::exit_reason, Field::exit_qualification}));
    BOOST_TEST(machine.cpu.vmx.root());
    BOOST_TEST(!machine.cpu.vmx.current_launched());
    BOOST_TEST(machine.cpu.state.rip == vmcs[Field::host_rip]);
    BOOST_TEST(machine.cpu.state.msrs.lstar == 0x1234u, "what was loaded before the failure stays");

    machine.vmcs().set(Field::vm_entry_msr_load_count, 1);
    BOOST_TEST((vmlaunch(machine.cpu).kind == OutcomeKind::entered));
}

BOOST_AUTO_TEST_CASE(a_failed_entry_loads_the_vm_exit_msr_list_or_aborts) {
    for (const bool loadable : {true, false}) {
        Entering machine;
        machine.vmcs().set(Field::vm_entry_interruption_information, 0x800000D1);
        machine.vmcs().set(Field::vm_exit_msr_load_address, 0x60000);
        machine.vmcs().set(Field::vm_exit_msr_load_count, 1);
        machine.memory.write(0x60000, u64{loadable ? 0xC0000082 : 0xC0000100});
        machine.memory.write(0x60008, u64{0x1234});
        const Outcome outcome = vmlaunch(machine.cpu);
        if (loadable) {
            BOOST_TEST((outcome == failed_entry(0x80000021, 0)));
            BOOST_TEST(machine.cpu.state.msrs.lstar == 0x1234u);
        } else {
            BOOST_TEST((outcome.kind == OutcomeKind::vmx_abort));
            BOOST_TEST(outcome.abort_indicator == kAbortHostMsrs);
            BOOST_TEST(machine.memory.read<u32>(kVmcs + kAbortIndicatorOffset) == kAbortHostMsrs);
            BOOST_TEST((machine.cpu.state.activity == ActivityState::shutdown));
        }
    }
}

BOOST_AUTO_TEST_CASE(every_processor_enters_its_golden_vmcs) {
    for (const CpuProfile& profile : all_profiles()) {
        Machine machine(profile);
        if (!machine.capabilities.intel64) continue;
        machine.make_golden();
        const Outcome outcome = vmlaunch(machine.cpu);
        BOOST_CHECK_MESSAGE(outcome.kind == OutcomeKind::entered, profile.name << ": " << outcome.why);
    }
}

BOOST_AUTO_TEST_SUITE_END()
