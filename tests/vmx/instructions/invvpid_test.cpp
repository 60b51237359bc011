// SPDX-License-Identifier: MIT
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

namespace {

constexpr u64 kIndividualAddress = 0, kSingleContext = 1, kAllContexts = 2, kRetainingGlobals = 3;
const auto kInvalidOperand = expect_fail_valid(VmInstructionError::invalid_operand_to_invept_invvpid);

}  // namespace

BOOST_AUTO_TEST_SUITE(invvpid_instruction)

BOOST_AUTO_TEST_CASE(preconditions_in_order) {
    const Precondition no_invvpid{"no INVVPID", [](Machine& m) { m.capabilities.ept_vpid &= ~bit(32); },
                                  expect_fault(kUndefinedOpcode), "30.3"};
    for (const u64 type : {u64{4}, u64{5}, kSingleContext | bit(32)})
        check_order([](Machine& m) { m.make_current(); },
                    {kNotInVmxOperation,
                     no_invvpid,
                     kRealMode,
                     kVirtual8086,
                     kCompatibilityMode,
                     in_guest(spec::ExitReason::invvpid),
                     kPrivilege3,
                     {"type", [](Machine&) {}, kInvalidOperand, "30.3"}},
                    [=](Machine& m) {
                        return invvpid(m.cpu, type, {1, 0});
                    });
}

BOOST_AUTO_TEST_CASE(a_processor_without_vpids_has_no_invvpid) {
    Machine machine(*find_profile("conroe"));
    machine.make_current();
    machine.refresh_flags();
    check_outcome(machine, invvpid(machine.cpu, kAllContexts, {}), expect_fault(kUndefinedOpcode), "30.3");
}

BOOST_AUTO_TEST_CASE(a_type_must_be_among_those_that_the_processor_reports) {
    for (const u64 type : {kIndividualAddress, kSingleContext, kAllContexts, kRetainingGlobals}) {
        Machine machine;
        machine.make_current();
        machine.refresh_flags();
        check_outcome(machine, invvpid(machine.cpu, type, {1, 0}), Outcome{}, "30.2");
        machine.capabilities.ept_vpid &= ~bit(static_cast<unsigned>(40 + type));
        check_outcome(machine, invvpid(machine.cpu, type, {1, 0}), kInvalidOperand, "30.3");
    }
}

BOOST_AUTO_TEST_CASE(the_descriptor_is_checked_reserved_bits_first_then_the_vpid_then_the_address) {
    const u64 not_canonical = u64{1} << 63;
    struct Case {
        u64 type, vpid, address;
        bool valid;
        std::string_view why;
    };
    for (const Case& c :
         {Case{kIndividualAddress, bit(16), not_canonical, false, "Bits 63:16 of the INVVPID descriptor must be 0."},
          Case{kAllContexts, bit(63), 0, false, "Bits 63:16 of the INVVPID descriptor must be 0."},
          Case{kIndividualAddress, 0, not_canonical, false, "VPID 0 belongs to VMX root operation and cannot be named."},
          Case{kSingleContext, 0, 0, false, "VPID 0 belongs to VMX root operation and cannot be named."},
          Case{kRetainingGlobals, 0, 0, false, "VPID 0 belongs to VMX root operation and cannot be named."},
          Case{kAllContexts, 0, not_canonical, true, "The instruction succeeded."},
          Case{kIndividualAddress, 1, not_canonical, false, "The linear address in the INVVPID descriptor is not canonical."},
          Case{kSingleContext, 1, not_canonical, true, "The instruction succeeded."},
          Case{kIndividualAddress, 0xFFFF, 0xFFFF800000000000, true, "The instruction succeeded."}}) {
        Machine machine;
        machine.make_current();
        machine.refresh_flags();
        const Outcome outcome = invvpid(machine.cpu, c.type, {c.vpid, c.address});
        check_outcome(machine, outcome, c.valid ? Outcome{} : kInvalidOperand, c.valid ? "30.2" : "30.3");
        BOOST_TEST(std::string_view(outcome.why) == c.why);
    }
}

BOOST_AUTO_TEST_SUITE_END()
