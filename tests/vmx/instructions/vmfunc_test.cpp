// SPDX-License-Identifier: MIT
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

namespace {

constexpr u64 kEptpList = 0x60000, kNewEptp = 0x7000 | 0x1E;

void prepare(Machine& machine) {
    machine.be_guest();
    Vmcs& vmcs = machine.cpu.vmx.current;
    vmcs.set(Field::primary_processor_based_controls, vmcs[Field::primary_processor_based_controls] | bit(31));
    vmcs.set(Field::secondary_processor_based_controls, bit(1) | bit(13));
    vmcs.set(Field::vm_function_controls, bit(0));
    vmcs.set(Field::eptp_list_address, kEptpList);
    vmcs.set(Field::ept_pointer, 0x1E);
    machine.memory.write(kEptpList + 8 * 3, kNewEptp);
    machine.cpu.state[Register::rax] = 0;
    machine.cpu.state[Register::rcx] = 3;
    machine.refresh_flags();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(vmfunc_instruction)

BOOST_AUTO_TEST_CASE(preconditions_in_order) {
    const auto ud = expect_fault(kUndefinedOpcode);
    const auto exit = expect_exit(spec::ExitReason::vmfunc);
    check_order(prepare,
                {{"root operation", [](Machine& m) { m.cpu.vmx.non_root = false; }, ud, "25.5.6.2"},
                 {"VM functions disabled",
                  [](Machine& m) { m.cpu.vmx.current.set(Field::secondary_processor_based_controls, 0); }, ud, "25.5.6.2"},
                 {"function above 63", [](Machine& m) { m.cpu.state[Register::rax] = 64; }, ud, "25.5.6.2"}},
                [](Machine& m) { return vmfunc(m.cpu); });
    check_order(
        prepare,
        {{"function not enabled", [](Machine& m) { m.cpu.vmx.current.set(Field::vm_function_controls, 0); }, exit, "25.5.6.2"},
         {"index beyond the list", [](Machine& m) { m.cpu.state[Register::rcx] = 512; }, exit, "25.5.6.3"},
         {"invalid EPTP", [](Machine& m) { m.memory.write(kEptpList + 24, ~u64{0}); }, exit, "25.5.6.3"}},
        [](Machine& m) { return vmfunc(m.cpu); });
}

BOOST_AUTO_TEST_CASE(eptp_switching_loads_the_entry_and_leaves_the_flags) {
    for (const bool virtualization_exceptions : {false, true}) {
        Machine machine(*find_profile(virtualization_exceptions ? "skylake" : "haswell"));
        BOOST_REQUIRE(machine.capabilities.allows(spec::Control::secondary_ept_violation_ve) == virtualization_exceptions);
        prepare(machine);
        // The upper halves of RAX and RCX do not count, and neither does the privilege level.
        machine.cpu.state[Register::rax] |= bit(40);
        machine.cpu.state[Register::rcx] |= bit(40);
        machine.cpu.state[SegmentRegister::ss].rights.value |= 0x60;
        const Outcome outcome = vmfunc(machine.cpu);
        BOOST_TEST((outcome == Outcome{}));
        BOOST_TEST(machine.cpu.vmx.current[Field::ept_pointer] == kNewEptp);
        BOOST_TEST(machine.cpu.vmx.current[Field::eptp_index] == (virtualization_exceptions ? 3u : 0u));
        BOOST_TEST((machine.cpu.state.rflags & kStatusFlags) == kStatusFlags);
    }
}

BOOST_AUTO_TEST_CASE(the_last_entry_of_the_list_is_511) {
    Machine machine;
    prepare(machine);
    machine.memory.write(kEptpList + 8 * 511, kNewEptp);
    machine.cpu.state[Register::rcx] = 511;
    BOOST_TEST((vmfunc(machine.cpu) == Outcome{}));
}

BOOST_AUTO_TEST_SUITE_END()
