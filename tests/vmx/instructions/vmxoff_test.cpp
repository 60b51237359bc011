// SPDX-License-Identifier: MIT
#include "base/invariant.hpp"
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

BOOST_AUTO_TEST_SUITE(vmxoff_instruction)

BOOST_AUTO_TEST_CASE(vmxoff_needs_root_operation) {
    check_order([](Machine& m) { m.make_current(); }, guarded(spec::ExitReason::vmxoff, {}),
                [](Machine& m) { return vmxoff(m.cpu); });
}

BOOST_AUTO_TEST_CASE(vmxoff_leaves_vmx_operation_and_writes_the_current_vmcs_back) {
    Machine machine;
    machine.make_golden();
    machine.cpu.vmx.current.set(Field::guest_rip, 0x1234);
    machine.cpu.state.address_range_monitored = true;
    machine.refresh_flags();
    check_outcome(machine, vmxoff(machine.cpu), Outcome{}, "30.2");
    BOOST_TEST(!machine.cpu.vmx.in_vmx_operation);
    BOOST_TEST(machine.cpu.vmx.vmxon_pointer == kNoVmcs);
    BOOST_TEST(!machine.cpu.vmx.has_current());
    BOOST_TEST(!machine.cpu.state.address_range_monitored);
    BOOST_TEST(machine.cpu.vmx.is_active(kVmcs), "only VMCLEAR makes a VMCS inactive");
    BOOST_TEST(load_fields(machine.memory, kVmcs, machine.capabilities)[Field::guest_rip] == 0x1234u);

    u64 value = 7;
    machine.refresh_flags();
    check_outcome(machine, vmread(machine.cpu, 0x4400, value), expect_fault(kUndefinedOpcode), "30.3");
    BOOST_TEST(value == 7u);
}

BOOST_AUTO_TEST_CASE(the_dual_monitor_treatment_is_refused_loudly) {
    Machine machine;
    machine.enter_root();
    machine.cpu.state.in_smm = true;
    BOOST_CHECK_THROW((void)vmxoff(machine.cpu), Unmodelled);
}

BOOST_AUTO_TEST_SUITE_END()
