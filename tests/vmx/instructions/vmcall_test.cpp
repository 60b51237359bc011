// SPDX-License-Identifier: MIT
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

BOOST_AUTO_TEST_SUITE(vmcall_instruction)

// The VM exit comes second: before the mode and the privilege level.
BOOST_AUTO_TEST_CASE(preconditions_in_order) {
    check_order([](Machine& m) { m.make_current(); },
                {kNotInVmxOperation,
                 in_guest(spec::ExitReason::vmcall),
                 kRealMode,
                 kVirtual8086,
                 kCompatibilityMode,
                 kPrivilege3,
                 {"in VMX root operation", [](Machine&) {},
                  expect_fail_valid(VmInstructionError::vmcall_executed_in_vmx_root_operation), "30.3"}},
                [](Machine& m) { return vmcall(m.cpu); });
}

BOOST_AUTO_TEST_CASE(without_a_current_vmcs_the_failure_has_no_number) {
    Machine machine;
    machine.enter_root();
    check_outcome(machine, vmcall(machine.cpu), expect_fail_invalid(), "30.3");
}

BOOST_AUTO_TEST_SUITE_END()
