// SPDX-License-Identifier: MIT
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

BOOST_AUTO_TEST_SUITE(vmclear_instruction)

BOOST_AUTO_TEST_CASE(preconditions_in_order) {
    for (const u64 pointer : {kVmcs + 8, bit(60) | kVmcs, bit(60) | kVmxonRegion | 0x10})
        check_order([](Machine& m) { m.make_current(); },
                    guarded(spec::ExitReason::vmclear,
                            {{"invalid address", [](Machine&) {},
                              expect_fail_valid(VmInstructionError::vmclear_with_invalid_physical_address), "24.11.1"}}),
                    [=](Machine& m) { return vmclear(m.cpu, pointer); });
}

BOOST_AUTO_TEST_CASE(vmclear_rejects_the_vmxon_pointer) {
    Machine machine;
    machine.make_current();
    machine.refresh_flags();
    check_outcome(machine, vmclear(machine.cpu, kVmxonRegion), expect_fail_valid(VmInstructionError::vmclear_with_vmxon_pointer),
                  "30.3");
    BOOST_TEST(machine.cpu.vmx.current_vmcs_pointer == kVmcs);
}

BOOST_AUTO_TEST_CASE(without_a_current_vmcs_failures_have_no_number) {
    Machine machine;
    machine.enter_root();
    for (const u64 pointer : {u64{0x123}, kVmxonRegion, ~u64{0}}) {
        machine.refresh_flags();
        BOOST_TEST((vmclear(machine.cpu, pointer) == expect_fail_invalid()));
        BOOST_TEST((machine.cpu.state.rflags & kStatusFlags) == bit(0));
    }
}

BOOST_AUTO_TEST_CASE(vmclear_of_the_current_vmcs_writes_it_back_and_leaves_none_current) {
    Machine machine;
    machine.make_golden();
    machine.cpu.vmx.current_launch_state = 1;
    machine.refresh_flags();
    check_outcome(machine, vmclear(machine.cpu, kVmcs), Outcome{}, "30.2");
    BOOST_TEST(machine.cpu.vmx.current_vmcs_pointer == kNoVmcs);
    BOOST_TEST(!machine.cpu.vmx.is_active(kVmcs));
    BOOST_TEST(machine.memory.read<u32>(kVmcs + kLaunchStateOffset) == kClear);
    BOOST_TEST((load_fields(machine.memory, kVmcs, machine.capabilities) == golden_vmcs(machine.capabilities)));
}

BOOST_AUTO_TEST_CASE(vmclear_of_another_vmcs_keeps_the_current_one) {
    Machine machine;
    machine.make_current(kOtherVmcs);
    machine.make_current(kVmcs);
    machine.memory.write(kOtherVmcs + kLaunchStateOffset, u32{1});
    machine.refresh_flags();
    check_outcome(machine, vmclear(machine.cpu, kOtherVmcs), Outcome{}, "30.2");
    BOOST_TEST(machine.cpu.vmx.current_vmcs_pointer == kVmcs);
    BOOST_TEST(machine.cpu.vmx.is_active(kVmcs));
    BOOST_TEST(!machine.cpu.vmx.is_active(kOtherVmcs));
    BOOST_TEST(machine.memory.read<u32>(kOtherVmcs + kLaunchStateOffset) == kClear);
}

BOOST_AUTO_TEST_CASE(the_revision_identifier_is_not_checked) {
    Machine machine;
    machine.enter_root();
    machine.refresh_flags();
    check_outcome(machine, vmclear(machine.cpu, 0x7000), Outcome{}, "30.2");
}

BOOST_AUTO_TEST_SUITE_END()
