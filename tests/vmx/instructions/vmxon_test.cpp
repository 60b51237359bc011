// SPDX-License-Identifier: MIT
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

BOOST_AUTO_TEST_SUITE(vmxon_instruction)

BOOST_AUTO_TEST_CASE(vmxon_enters_root_operation_without_a_current_vmcs) {
    Machine machine;
    machine.cpu.state.address_range_monitored = true;
    machine.cpu.vmx.current_vmcs_pointer = kVmcs;  // of an earlier period of VMX operation
    const Outcome outcome = vmxon(machine.cpu, kVmxonRegion);
    check_outcome(machine, outcome, Outcome{}, "30.2");
    BOOST_TEST(machine.cpu.vmx.root());
    BOOST_TEST(machine.cpu.vmx.vmxon_pointer == kVmxonRegion);
    BOOST_TEST(machine.cpu.vmx.current_vmcs_pointer == kNoVmcs);
    BOOST_TEST(!machine.cpu.state.address_range_monitored);
}

BOOST_AUTO_TEST_CASE(the_processor_must_be_ready) {
    const auto gp = expect_fault(kGeneralProtection);
    const auto ud = expect_fault(kUndefinedOpcode);
    check_order([](Machine&) {},
                {kRealMode,
                 {"CR4.VMXE is 0", [](Machine& m) { m.cpu.state.cr4 &= ~bit(13); }, ud, "23.7"},
                 kVirtual8086,
                 kCompatibilityMode,
                 kPrivilege3,
                 {"A20M", [](Machine& m) { m.cpu.state.a20m = true; }, gp, "23.8"},
                 {"CR0.NE is 0", [](Machine& m) { m.cpu.state.cr0 &= ~bit(5); }, gp, "23.8"},
                 {"a CR4 bit is set that is fixed to 0", [](Machine& m) { m.cpu.state.cr4 |= bit(63); }, gp, "23.8"},
                 {"IA32_FEATURE_CONTROL unlocked", [](Machine& m) { m.cpu.state.msrs.feature_control &= ~bit(0); }, gp, "23.7"},
                 {"disabled outside SMX", [](Machine& m) { m.cpu.state.msrs.feature_control &= ~bit(2); }, gp, "23.7"}},
                [](Machine& m) { return vmxon(m.cpu, kVmxonRegion); });
}

BOOST_AUTO_TEST_CASE(in_smx_operation_bit_1_of_feature_control_counts) {
    Machine machine;
    machine.cpu.state.in_smx = true;
    check_outcome(machine, vmxon(machine.cpu, kVmxonRegion), expect_fault(kGeneralProtection), "23.7");
    machine.cpu.state.msrs.feature_control = 3;
    check_outcome(machine, vmxon(machine.cpu, kVmxonRegion), Outcome{}, "30.2");
}

BOOST_AUTO_TEST_CASE(a_cr0_bit_that_is_fixed_to_1_must_be_set_even_with_unrestricted_guest) {
    Machine machine;
    BOOST_REQUIRE(machine.capabilities.allows(spec::Control::secondary_unrestricted_guest));
    machine.cpu.state.cr0 &= ~bit(31);
    check_outcome(machine, vmxon(machine.cpu, kVmxonRegion), expect_fault(kGeneralProtection), "23.8");
}

BOOST_AUTO_TEST_CASE(the_region_must_be_a_vmxon_region) {
    Machine machine;
    const auto refused = [&](u64 pointer) {
        machine.refresh_flags();
        check_outcome(machine, vmxon(machine.cpu, pointer), expect_fail_invalid(), "24.11.5");
        BOOST_TEST(!machine.cpu.vmx.in_vmx_operation);
        BOOST_TEST(machine.cpu.vmx.vmxon_pointer == kNoVmcs);
    };
    for (unsigned n = 0; n < 12; ++n) refused(kVmxonRegion | bit(n));
    for (unsigned n = machine.capabilities.physical_address_bits; n < 64; ++n) refused(kVmxonRegion | bit(n));
    refused(0x7000);       // zeros are not the revision identifier
    refused(kShadowVmcs);  // the identifier with bit 31
    for (unsigned n = 0; n < 32; ++n) {
        machine.memory.write(kOtherVmcs, machine.capabilities.revision_identifier() ^ static_cast<u32>(bit(n)));
        refused(kOtherVmcs);
    }
}

BOOST_AUTO_TEST_CASE(a_processor_may_limit_regions_to_4_gbytes) {
    Capabilities capabilities(default_profile());
    capabilities.basic |= bit(48);
    Machine machine(capabilities);
    const u64 high = u64{1} << 32;
    machine.memory.write(high, capabilities.revision_identifier());
    check_outcome(machine, vmxon(machine.cpu, high), expect_fail_invalid(), "24.11.5");
}

BOOST_AUTO_TEST_CASE(in_root_operation_vmxon_fails_before_it_looks_at_its_operand) {
    check_order([](Machine& m) { m.make_current(); },
                {kRealMode,
                 {"CR4.VMXE is 0", [](Machine& m) { m.cpu.state.cr4 &= ~bit(13); }, expect_fault(kUndefinedOpcode), "23.7"},
                 kVirtual8086,
                 kCompatibilityMode,
                 in_guest(spec::ExitReason::vmxon),
                 kPrivilege3,
                 {"in VMX root operation", [](Machine&) {},
                  expect_fail_valid(VmInstructionError::vmxon_executed_in_vmx_root_operation), "30.3"}},
                [](Machine& m) { return vmxon(m.cpu, 0x123); });
}

BOOST_AUTO_TEST_CASE(in_root_operation_without_a_current_vmcs_the_failure_has_no_number) {
    Machine machine;
    machine.enter_root();
    check_outcome(machine, vmxon(machine.cpu, kVmxonRegion), expect_fail_invalid(), "30.3");
}

BOOST_AUTO_TEST_CASE(tracing_stops_where_intel_pt_and_vmx_exclude_each_other) {
    Capabilities capabilities(default_profile());
    for (const bool together : {false, true}) {
        capabilities.misc = together ? bit(14) : 0;
        Machine machine(capabilities);
        machine.cpu.state.msrs.rtit_ctl = 0x2001;
        machine.enter_root();
        BOOST_TEST(machine.cpu.state.msrs.rtit_ctl == (together ? 0x2001u : 0x2000u));
    }
}

BOOST_AUTO_TEST_SUITE_END()
