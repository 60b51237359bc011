// SPDX-License-Identifier: MIT
// The basic checks of the VM-entry instructions (SDM 26.1); what follows them is tests/vmx/entry/enter_test.cpp.
#include "base/invariant.hpp"
#include "vmx/exit/load_host.hpp"
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

namespace {

const Precondition kNoCurrentVmcs{"no current VMCS", [](Machine& m) { m.cpu.vmx.current_vmcs_pointer = kNoVmcs; },
                                  expect_fail_invalid(), "26.1"};
const Precondition kShadow{"shadow VMCS", [](Machine& m) { m.cpu.vmx.current_is_shadow = true; }, expect_fail_invalid(), "26.1"};
const Precondition kMovSs{"MOV SS", [](Machine& m) { m.cpu.state.blocking_by_mov_ss = true; },
                          expect_fail_valid(VmInstructionError::vm_entry_with_events_blocked_by_mov_ss), "26.1"};

void break_controls_host_and_guest(Machine& machine) {
    machine.cpu.vmx.current = Vmcs{};
    machine.cpu.vmx.current.set(Field::vm_entry_msr_load_count, 1);
}

Outcome expect_entered() {
    Outcome outcome;
    outcome.kind = OutcomeKind::entered;
    return outcome;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(vm_entry_instructions)

BOOST_AUTO_TEST_CASE(vmlaunch_preconditions_in_order) {
    check_order(
        [](Machine& m) { m.make_golden(), break_controls_host_and_guest(m); },
        guarded(spec::ExitReason::vmlaunch, {kNoCurrentVmcs,
                                             kShadow,
                                             kMovSs,
                                             {"launched", [](Machine& m) { m.cpu.vmx.current_launch_state = 1; },
                                              expect_fail_valid(VmInstructionError::vmlaunch_with_non_clear_vmcs), "26.1"}}),
        [](Machine& m) { return vmlaunch(m.cpu); });
}

BOOST_AUTO_TEST_CASE(vmresume_preconditions_in_order) {
    const auto prepare = [](Machine& m) {
        m.make_golden();
        m.cpu.vmx.current_launch_state = m.cpu.vmx.period;
        break_controls_host_and_guest(m);
    };
    check_order(
        prepare,
        guarded(spec::ExitReason::vmresume, {kNoCurrentVmcs,
                                             kShadow,
                                             kMovSs,
                                             {"clear", [](Machine& m) { m.cpu.vmx.current_launch_state = kClear; },
                                              expect_fail_valid(VmInstructionError::vmresume_with_non_launched_vmcs), "26.1"},
                                             {"launched in another period", [](Machine& m) { m.cpu.vmx.period++; },
                                              expect_fail_valid(VmInstructionError::vmresume_after_vmxoff), "30.4"}}),
        [](Machine& m) { return vmresume(m.cpu); });
}

BOOST_AUTO_TEST_CASE(a_vmcs_is_launched_once_and_then_resumed) {
    Machine machine;
    machine.make_golden();
    BOOST_TEST((vmresume(machine.cpu) == expect_fail_valid(VmInstructionError::vmresume_with_non_launched_vmcs)));
    BOOST_TEST((vmlaunch(machine.cpu) == expect_entered()));
    BOOST_TEST(machine.cpu.vmx.current_launched());
    BOOST_REQUIRE(!load_host(machine.cpu));
    BOOST_TEST((vmlaunch(machine.cpu) == expect_fail_valid(VmInstructionError::vmlaunch_with_non_clear_vmcs)));
    BOOST_TEST((vmresume(machine.cpu) == expect_entered()));
    BOOST_REQUIRE(!load_host(machine.cpu));
    Machine::must_succeed(vmclear(machine.cpu, kVmcs));
    Machine::must_succeed(vmptrld(machine.cpu, kVmcs));
    BOOST_TEST((vmresume(machine.cpu) == expect_fail_valid(VmInstructionError::vmresume_with_non_launched_vmcs)));
    BOOST_TEST((vmlaunch(machine.cpu) == expect_entered()));
}

BOOST_AUTO_TEST_CASE(a_vmcs_launched_before_vmxoff_must_be_cleared_first) {
    Machine machine;
    machine.make_golden();
    BOOST_TEST((vmlaunch(machine.cpu) == expect_entered()));
    BOOST_REQUIRE(!load_host(machine.cpu));
    Machine::must_succeed(vmxoff(machine.cpu));
    Machine::must_succeed(vmxon(machine.cpu, kVmxonRegion));
    Machine::must_succeed(vmptrld(machine.cpu, kVmcs));
    BOOST_TEST((vmresume(machine.cpu) == expect_fail_valid(VmInstructionError::vmresume_after_vmxoff)));
    BOOST_TEST((vmlaunch(machine.cpu) == expect_fail_valid(VmInstructionError::vmlaunch_with_non_clear_vmcs)));
    Machine::must_succeed(vmclear(machine.cpu, kVmcs));
    Machine::must_succeed(vmptrld(machine.cpu, kVmcs));
    BOOST_TEST((vmlaunch(machine.cpu) == expect_entered()));
}

BOOST_AUTO_TEST_CASE(a_shadow_vmcs_that_vmptrld_made_current_cannot_be_entered) {
    Machine machine;
    machine.make_golden(kShadowVmcs);
    machine.refresh_flags();
    check_outcome(machine, vmlaunch(machine.cpu), expect_fail_invalid(), "26.1");
    machine.make_golden(kVmcs);
    BOOST_TEST((vmlaunch(machine.cpu) == expect_entered()));
}

BOOST_AUTO_TEST_CASE(entries_from_smm_are_refused_loudly) {
    Machine machine;
    machine.make_golden();
    machine.cpu.state.in_smm = true;
    BOOST_CHECK_THROW((void)vmlaunch(machine.cpu), Unmodelled);
}

BOOST_AUTO_TEST_SUITE_END()
