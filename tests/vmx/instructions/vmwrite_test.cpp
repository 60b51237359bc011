// SPDX-License-Identifier: MIT
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

namespace {

constexpr u64 kPattern = 0x8123456789ABCDEF, kOld = 0x1111111122222222;

}  // namespace

BOOST_AUTO_TEST_SUITE(vmwrite_instruction)

BOOST_AUTO_TEST_CASE(preconditions_in_order) {
    for (const bool exists : {false, true}) {
        const auto prepare = [](Machine& m) {
            m.make_current();
            m.capabilities.misc &= ~bit(29);
        };
        check_order(
            prepare,
            {kNotInVmxOperation,
             kRealMode,
             kVirtual8086,
             kCompatibilityMode,
             in_guest(spec::ExitReason::vmwrite, "25.1.3"),
             kPrivilege3,
             {"no current VMCS", [](Machine& m) { m.cpu.vmx.current_vmcs_pointer = kNoVmcs; }, expect_fail_invalid(), "30.3"},
             exists ? Precondition{"read-only field", [](Machine&) {},
                                   expect_fail_valid(VmInstructionError::vmwrite_to_read_only_vmcs_component), "A.6"}
                    : Precondition{"no such field", [](Machine&) {},
                                   expect_fail_valid(VmInstructionError::vmread_vmwrite_from_to_unsupported_vmcs_component),
                                   "24.11.2"}},
            [=](Machine& m) { return vmwrite(m.cpu, exists ? 0x4402 : 0x45FE, 1); });
    }
}

// Every field, full and high, on every processor, inside and outside 64-bit mode.
BOOST_AUTO_TEST_CASE(fields_are_written_at_their_width_where_they_exist_and_are_not_read_only) {
    using enum VmInstructionError;
    for (const CpuProfile& profile : all_profiles()) {
        for (const bool bit64 : {true, false}) {
            Machine machine(profile);
            machine.make_current();
            if (!bit64) {
                machine.cpu.state.msrs.efer = 0;
                machine.cpu.state[SegmentRegister::cs].rights.value = 0xC09B;
            }
            for (size_t i = 0; i < spec::kFieldCount; ++i) {
                const auto field = static_cast<Field>(i);
                const spec::FieldInfo& info = spec::info(field);
                for (const bool high : {false, true}) {
                    machine.cpu.vmx.current.set(field, kOld);
                    const Outcome outcome = vmwrite(machine.cpu, info.encoding | (high ? 1 : 0), kPattern);
                    const bool exists = machine.capabilities.field_exists(field) && (!high || info.has_high_half());
                    const bool read_only = info.type() == spec::FieldType::read_only && !machine.capabilities.writes_any_field();
                    const u64 operand = bit64 ? kPattern : kPattern & 0xFFFFFFFF;
                    u64 expected = high ? kPattern << 32 | (kOld & 0xFFFFFFFF) : operand & info.value_mask();
                    Outcome wanted;
                    if (!exists) wanted = expect_fail_valid(vmread_vmwrite_from_to_unsupported_vmcs_component);
                    if (exists && read_only) wanted = expect_fail_valid(vmwrite_to_read_only_vmcs_component);
                    if (!exists || read_only) expected = kOld & info.value_mask();
                    if (field == Field::vm_instruction_error && wanted.kind == OutcomeKind::fail_valid)
                        expected = static_cast<u64>(wanted.error);
                    BOOST_REQUIRE_MESSAGE(outcome == wanted, profile.name << " " << info.name);
                    BOOST_REQUIRE_MESSAGE(machine.cpu.vmx.current[field] == expected, profile.name << " " << info.name);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
