// SPDX-License-Identifier: MIT
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

namespace {

constexpr u64 kPattern = 0x8123456789ABCDEF;

void leave_64_bit_mode(Machine& machine) {
    machine.cpu.state.msrs.efer = 0;
    machine.cpu.state[SegmentRegister::cs].rights.value = 0xC09B;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(vmread_instruction)

BOOST_AUTO_TEST_CASE(preconditions_in_order) {
    u64 value = 7;
    check_order([](Machine& m) { m.make_current(); },
                {kNotInVmxOperation,
                 kRealMode,
                 kVirtual8086,
                 kCompatibilityMode,
                 in_guest(spec::ExitReason::vmread, "25.1.3"),
                 kPrivilege3,
                 {"no current VMCS", [](Machine& m) { m.cpu.vmx.current_vmcs_pointer = kNoVmcs; }, expect_fail_invalid(), "30.3"},
                 {"no such field", [](Machine&) {},
                  expect_fail_valid(VmInstructionError::vmread_vmwrite_from_to_unsupported_vmcs_component), "24.11.2"}},
                [&](Machine& m) { return vmread(m.cpu, 0x0FFE, value); });
    BOOST_TEST(value == 7u, "a VMREAD that fails leaves its destination");
}

// Every field, full and high, on every processor, inside and outside 64-bit mode.
BOOST_AUTO_TEST_CASE(fields_are_read_at_their_width_where_they_exist) {
    for (const CpuProfile& profile : all_profiles()) {
        for (const bool bit64 : {true, false}) {
            Machine machine(profile);
            machine.make_current();
            if (!bit64) leave_64_bit_mode(machine);
            for (size_t i = 0; i < spec::kFieldCount; ++i) {
                const auto field = static_cast<Field>(i);
                const spec::FieldInfo& info = spec::info(field);
                machine.cpu.vmx.current.set(field, kPattern);
                for (const bool high : {false, true}) {
                    u64 value = 0xDEAD;
                    const Outcome outcome = vmread(machine.cpu, info.encoding | (high ? 1 : 0), value);
                    const bool exists = machine.capabilities.field_exists(field) && (!high || info.has_high_half());
                    BOOST_REQUIRE_MESSAGE((outcome.kind == OutcomeKind::succeed) == exists, profile.name << " " << info.name);
                    const u64 full = high ? kPattern >> 32 : kPattern & info.value_mask();
                    const u64 expected = exists ? (bit64 ? full : full & 0xFFFFFFFF) : 0xDEAD;
                    BOOST_REQUIRE_MESSAGE(value == expected, profile.name << " " << info.name);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(only_in_64_bit_mode_do_the_upper_half_of_the_encoding_and_its_reserved_bits_count) {
    Machine machine;
    machine.make_current();
    machine.cpu.vmx.current.set(Field::guest_rip, 0x1234);
    const auto unsupported = expect_fail_valid(VmInstructionError::vmread_vmwrite_from_to_unsupported_vmcs_component);
    u64 value = 0;
    for (unsigned n = 15; n < 64; ++n) BOOST_TEST((vmread(machine.cpu, 0x681E | bit(n), value) == unsupported));
    BOOST_TEST((vmread(machine.cpu, 0x681E | bit(12), value) == unsupported));
    leave_64_bit_mode(machine);
    for (unsigned n = 15; n < 32; ++n) BOOST_TEST((vmread(machine.cpu, 0x681E | bit(n), value) == unsupported));
    for (unsigned n = 32; n < 64; ++n) {
        value = 0;
        Machine::must_succeed(vmread(machine.cpu, 0x681E | bit(n), value));
        BOOST_TEST(value == 0x1234u);
    }
}

BOOST_AUTO_TEST_CASE(a_shadow_vmcs_can_be_read_in_root_operation) {
    Machine machine;
    machine.make_current(kShadowVmcs);
    u64 value = 0;
    Machine::must_succeed(vmread(machine.cpu, 0x681E, value));
}

BOOST_AUTO_TEST_CASE(seam_fields_exist_on_no_processor) {
    for (const CpuProfile& profile : all_profiles()) {
        const Capabilities capabilities(profile);
        BOOST_TEST(!capabilities.field_exists(Field::shared_ept_pointer));
        BOOST_TEST(!capabilities.field_exists(Field::seam_guest_keyid));
    }
}

BOOST_AUTO_TEST_SUITE_END()
