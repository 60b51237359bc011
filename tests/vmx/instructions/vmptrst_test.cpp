// SPDX-License-Identifier: MIT
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

BOOST_AUTO_TEST_SUITE(vmptrst_instruction)

BOOST_AUTO_TEST_CASE(preconditions_in_order) {
    u64 pointer = 7;
    check_order([](Machine& m) { m.make_current(); }, guarded(spec::ExitReason::vmptrst, {}),
                [&](Machine& m) { return vmptrst(m.cpu, pointer); });
    BOOST_TEST(pointer == 7u);
}

BOOST_AUTO_TEST_CASE(the_pointer_is_all_ones_when_there_is_no_current_vmcs) {
    Machine machine;
    machine.enter_root();
    u64 pointer = 0;
    check_outcome(machine, vmptrst(machine.cpu, pointer), Outcome{}, "30.2");
    BOOST_TEST(pointer == 0xFFFFFFFFFFFFFFFF);
    machine.make_current();
    machine.refresh_flags();
    check_outcome(machine, vmptrst(machine.cpu, pointer), Outcome{}, "30.2");
    BOOST_TEST(pointer == kVmcs);
}

BOOST_AUTO_TEST_SUITE_END()
