// SPDX-License-Identifier: MIT
#include <boost/test/unit_test.hpp>

#include "cpu/bare_machine.hpp"

using namespace vmxsim;
using namespace vmxsim::cpu;
using namespace vmxsim::cpu::tests;

BOOST_AUTO_TEST_SUITE(execution_of_code)

BOOST_AUTO_TEST_CASE(a_loop_runs_to_its_end) {
    BareMachine machine;
    // mov ecx, 1000; xor eax, eax; again: add rax, rcx; dec ecx; jnz again
    machine.load({0xB9, 0xE8, 0x03, 0x00, 0x00, 0x31, 0xC0, 0x48, 0x01, 0xC8, 0xFF, 0xC9, 0x75, 0xF9});
    BOOST_TEST((machine.run(2 + 3 * 1000) == StopReason::instruction_limit));
    BOOST_TEST(machine.cpu.state[Register::rax] == 500500u);
    BOOST_TEST(machine.cpu.state.rip == BareMachine::kCode + 14);
    BOOST_TEST(machine.cpu.retired == 3002u);
}

BOOST_AUTO_TEST_CASE(code_that_changes_itself_is_executed_as_changed) {
    BareMachine machine;
    // mov byte [rip+1], 0x42 ; mov al, 0x41 (its immediate becomes 0x42)
    machine.load({0xC6, 0x05, 0x01, 0x00, 0x00, 0x00, 0x42, 0xB0, 0x41});
    machine.run(1);
    machine.run(1);
    BOOST_TEST(machine.cpu.state[Register::rax] == 0x42u);
    // and again in one run, with the code decoded before it is changed
    machine.cpu.state.rip = BareMachine::kCode;
    machine.memory.write<u8>(BareMachine::kCode + 6, 0x77);
    machine.cpu.code_page_written(BareMachine::kCode);
    machine.run(2);
    BOOST_TEST(machine.cpu.state[Register::rax] == 0x77u);
}

BOOST_AUTO_TEST_CASE(calls_push_the_address_behind_them) {
    BareMachine machine;
    machine.load({0xE8, 0x01, 0x00, 0x00, 0x00, 0x90, 0x58, 0xC3});  // call +1; nop; pop rax; ret
    machine.run(2);
    BOOST_TEST(machine.cpu.state[Register::rax] == BareMachine::kCode + 5);
    BOOST_TEST(machine.cpu.state[Register::rsp] == BareMachine::kStack);
}

BOOST_AUTO_TEST_SUITE_END()
