// SPDX-License-Identifier: MIT
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

BOOST_AUTO_TEST_SUITE(vmptrld_instruction)

BOOST_AUTO_TEST_CASE(preconditions_in_order) {
    using enum VmInstructionError;
    // The operand breaks three rules at once; corrections from the front let the next one decide.
    struct Case {
        u64 pointer;
        VmInstructionError error;
        const char* sdm;
    };
    for (const Case& c : {Case{bit(60) | kVmxonRegion | 1, vmptrld_with_invalid_physical_address, "24.11.1"},
                          Case{bit(60) | kVmxonRegion, vmptrld_with_invalid_physical_address, "24.11.1"},
                          Case{kVmxonRegion, vmptrld_with_vmxon_pointer, "30.3"},
                          Case{0x7000, vmptrld_with_incorrect_vmcs_revision_identifier, "24.2"}})
        check_order([](Machine& m) { m.make_current(); },
                    guarded(spec::ExitReason::vmptrld, {{"operand", [](Machine&) {}, expect_fail_valid(c.error), c.sdm}}),
                    [&](Machine& m) { return vmptrld(m.cpu, c.pointer); });
}

BOOST_AUTO_TEST_CASE(vmptrld_rejects_the_vmxon_pointer_even_with_the_right_identifier) {
    Machine machine;
    machine.make_current();
    machine.refresh_flags();
    check_outcome(machine, vmptrld(machine.cpu, kVmxonRegion), expect_fail_valid(VmInstructionError::vmptrld_with_vmxon_pointer),
                  "30.3");
    BOOST_TEST(machine.cpu.vmx.current_vmcs_pointer == kVmcs, "a VMPTRLD that fails leaves the current VMCS");
}

BOOST_AUTO_TEST_CASE(every_bit_of_the_revision_identifier_counts) {
    Machine machine;
    machine.make_current();
    for (unsigned n = 0; n < 31; ++n) {
        machine.memory.write(kOtherVmcs, machine.capabilities.revision_identifier() ^ static_cast<u32>(bit(n)));
        machine.refresh_flags();
        check_outcome(machine, vmptrld(machine.cpu, kOtherVmcs),
                      expect_fail_valid(VmInstructionError::vmptrld_with_incorrect_vmcs_revision_identifier), "24.2");
    }
}

BOOST_AUTO_TEST_CASE(a_shadow_vmcs_needs_vmcs_shadowing) {
    for (const CpuProfile& profile : all_profiles()) {
        Machine machine(profile);
        BOOST_TEST_CHECKPOINT(profile.name);
        machine.make_current();
        machine.refresh_flags();
        const bool supported = machine.capabilities.allows(spec::Control::secondary_vmcs_shadowing);
        const Outcome outcome = vmptrld(machine.cpu, kShadowVmcs);
        if (supported)
            check_outcome(machine, outcome, Outcome{}, "30.2");
        else
            check_outcome(machine, outcome,
                          expect_fail_valid(VmInstructionError::vmptrld_with_incorrect_vmcs_revision_identifier), "24.10");
        BOOST_TEST(machine.cpu.vmx.current_is_shadow == supported);
    }
}

BOOST_AUTO_TEST_CASE(the_vmcs_that_was_current_is_written_back_and_stays_active) {
    Machine machine;
    machine.make_golden();
    machine.cpu.vmx.current_launch_state = 1;
    machine.memory.write(kOtherVmcs + kLaunchStateOffset, kClear);
    machine.refresh_flags();
    check_outcome(machine, vmptrld(machine.cpu, kOtherVmcs), Outcome{}, "30.2");
    BOOST_TEST(machine.cpu.vmx.current_vmcs_pointer == kOtherVmcs);
    BOOST_TEST(!machine.cpu.vmx.current_launched());
    BOOST_TEST((machine.cpu.vmx.current == Vmcs{}));
    BOOST_TEST(machine.cpu.vmx.is_active(kVmcs));
    BOOST_TEST(machine.cpu.vmx.is_active(kOtherVmcs));

    Machine::must_succeed(vmptrld(machine.cpu, kVmcs));
    BOOST_TEST(machine.cpu.vmx.current_launched());
    BOOST_TEST((machine.cpu.vmx.current == golden_vmcs(machine.capabilities)));
}

BOOST_AUTO_TEST_CASE(what_software_writes_into_the_region_of_the_current_vmcs_is_ignored) {
    Machine machine;
    machine.make_golden();
    for (u64 offset = 8; offset < 1024; ++offset) machine.memory.write(kVmcs + offset, u8{0xAA});
    Machine::must_succeed(vmptrld(machine.cpu, kVmcs));
    BOOST_TEST((machine.cpu.vmx.current == golden_vmcs(machine.capabilities)));
    BOOST_TEST(!machine.cpu.vmx.current_launched());
}

BOOST_AUTO_TEST_SUITE_END()
