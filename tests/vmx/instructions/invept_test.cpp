// SPDX-License-Identifier: MIT
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

namespace {

constexpr u64 kSingleContext = 1, kGlobal = 2;
constexpr u64 kEptp = 0x5E;  // write-back, 4 levels, accessed and dirty flags
const auto kInvalidOperand = expect_fail_valid(VmInstructionError::invalid_operand_to_invept_invvpid);

}  // namespace

BOOST_AUTO_TEST_SUITE(invept_instruction)

BOOST_AUTO_TEST_CASE(preconditions_in_order) {
    const Precondition no_invept{"no INVEPT", [](Machine& m) { m.capabilities.ept_vpid &= ~bit(20); },
                                 expect_fault(kUndefinedOpcode), "30.3"};
    for (const u64 type : {u64{0}, u64{3}, kSingleContext | bit(32)})
        check_order([](Machine& m) { m.make_current(); },
                    {kNotInVmxOperation,
                     no_invept,
                     kRealMode,
                     kVirtual8086,
                     kCompatibilityMode,
                     in_guest(spec::ExitReason::invept),
                     kPrivilege3,
                     {"type", [](Machine&) {}, kInvalidOperand, "30.3"}},
                    [=](Machine& m) {
                        return invept(m.cpu, type, {~u64{0}, 0});
                    });
}

BOOST_AUTO_TEST_CASE(a_processor_without_ept_has_no_invept) {
    Machine machine(*find_profile("conroe"));
    machine.make_current();
    machine.refresh_flags();
    check_outcome(machine, invept(machine.cpu, kGlobal, {}), expect_fault(kUndefinedOpcode), "30.3");
}

BOOST_AUTO_TEST_CASE(a_type_must_be_among_those_that_the_processor_reports) {
    for (const u64 type : {kSingleContext, kGlobal}) {
        Machine machine;
        machine.make_current();
        machine.refresh_flags();
        check_outcome(machine, invept(machine.cpu, type, {kEptp, 0}), Outcome{}, "30.2");
        machine.capabilities.ept_vpid &= ~bit(static_cast<unsigned>(24 + type));
        check_outcome(machine, invept(machine.cpu, type, {kEptp, 0}), kInvalidOperand, "30.3");
    }
}

BOOST_AUTO_TEST_CASE(outside_64_bit_mode_the_type_has_32_bits) {
    Machine machine;
    machine.make_current();
    machine.cpu.state.msrs.efer = 0;
    machine.cpu.state[SegmentRegister::cs].rights.value = 0xC09B;
    Machine::must_succeed(invept(machine.cpu, kGlobal | bit(32), {}));
}

BOOST_AUTO_TEST_CASE(single_context_invalidation_needs_an_ept_pointer_that_a_vm_entry_would_take) {
    Machine machine;
    machine.make_current();
    machine.capabilities.ept_vpid |= bit(6) | bit(14) | bit(21);
    machine.capabilities.ept_vpid &= ~(bit(7) | bit(8) | bit(23));
    Machine::must_succeed(invept(machine.cpu, kSingleContext, {kEptp, 0}));
    for (const u64 eptp : {u64{0x58}, u64{0x59}, u64{0x5F}, u64{0x46}, u64{0x66}, u64{0xDE}, kEptp | bit(8), kEptp | bit(11),
                           kEptp | bit(machine.capabilities.physical_address_bits), kEptp | bit(63)}) {
        machine.refresh_flags();
        check_outcome(machine, invept(machine.cpu, kSingleContext, {eptp, 0}), kInvalidOperand, "26.2.1.1");
        Machine::must_succeed(invept(machine.cpu, kGlobal, {eptp, 0}));
    }
    machine.capabilities.ept_vpid &= ~bit(21);
    BOOST_TEST((invept(machine.cpu, kSingleContext, {kEptp, 0}) == kInvalidOperand));
    machine.capabilities.ept_vpid |= bit(7) | bit(8) | bit(23);
    for (const u64 eptp : {u64{0x18}, u64{0x26}, u64{0x9E}})
        Machine::must_succeed(invept(machine.cpu, kSingleContext, {eptp, 0}));
}

BOOST_AUTO_TEST_CASE(the_upper_half_of_the_descriptor_is_not_checked) {
    Machine machine;
    machine.make_current();
    Machine::must_succeed(invept(machine.cpu, kSingleContext, {kEptp, ~u64{0}}));
}

BOOST_AUTO_TEST_CASE(without_a_current_vmcs_the_failure_has_no_number) {
    Machine machine;
    machine.enter_root();
    BOOST_TEST((invept(machine.cpu, 0, {}) == expect_fail_invalid()));
}

BOOST_AUTO_TEST_SUITE_END()
