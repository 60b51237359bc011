// SPDX-License-Identifier: MIT
// The rows other than fields: spot checks against the SDM, look-ups, and what holds for every row.
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

#include "spec/spec.hpp"

using namespace vmxsim;
using namespace vmxsim::spec;

BOOST_AUTO_TEST_SUITE(controls)

BOOST_AUTO_TEST_CASE(rows_stand_in_word_and_bit_order_and_fit_their_word) {
    for (size_t i = 0; i < kControlCount; ++i) {
        BOOST_TEST(kControls[i].bit < bit_count(kControls[i].word));
        if (i == 0) continue;
        const auto place = [](const ControlInfo& c) { return static_cast<unsigned>(c.word) * 64 + c.bit; };
        BOOST_TEST(place(kControls[i - 1]) < place(kControls[i]));
    }
}

// SDM A.2: pin 1, 2, 4; primary 1, 4-6, 8, 13-16, 26; exit 0-8, 10, 11, 13, 14, 16, 17; entry 0-8, 12.
BOOST_AUTO_TEST_CASE(the_default1_class_is_that_of_appendix_a_2) {
    u64 default1[kControlWordCount] = {};
    for (const ControlInfo& control : kControls)
        if (control.default1) default1[static_cast<size_t>(control.word)] |= bit(control.bit);
    const u64 expected[kControlWordCount] = {0x16, 0x0401E172, 0, 0, 0x00036DFF, 0, 0x000011FF, 0};
    BOOST_TEST(default1 == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(names_are_unique_within_a_word_except_reserved_ones) {
    std::set<std::string> names;
    for (const ControlInfo& control : kControls) {
        if (control.name == "reserved (default1)") continue;
        BOOST_TEST(names.insert(std::string(to_string(control.word)) + '/' + std::string(control.name)).second, control.name);
    }
}

BOOST_AUTO_TEST_CASE(a_control_is_found_by_word_and_bit) {
    BOOST_TEST(info(*find_control(ControlWord::primary, 7)).name == "HLT exiting");
    BOOST_TEST(!find_control(ControlWord::primary, 0));
    BOOST_TEST((find_control_word("EXIT2") == ControlWord::exit2));
    BOOST_TEST(!find_control_word("quaternary"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(existence)

BOOST_AUTO_TEST_CASE(existence_names_the_controls_that_a_field_needs) {
    BOOST_TEST(to_string(info(Field::guest_rip).existence) == "always");
    BOOST_TEST(to_string(info(Field::vpid).existence) == "if \"enable VPID\" (secondary 5) may be 1");
    BOOST_TEST(to_string(info(Field::guest_ia32_pat).existence) ==
               "if \"save IA32_PAT\" (exit 18) or \"load IA32_PAT\" (entry 14) may be 1");
    BOOST_TEST(to_string(info(Field::shared_ept_pointer).existence) ==
               "if \"SEAM guest-physical address width\" (tertiary 5) may be 1");
}

BOOST_AUTO_TEST_CASE(group_and_section_are_those_of_appendix_b) {
    BOOST_TEST(sdm_section(info(Field::guest_rip)) == "B.4.3");
    BOOST_TEST(group(info(Field::guest_rip)) == "natural-width guest-state fields");
    BOOST_TEST(sdm_section(info(Field::vpid)) == "B.1.1");
    BOOST_TEST(sdm_section(info(Field::guest_physical_address)) == "B.2.2");
    BOOST_TEST(sdm_section(info(Field::host_ia32_sysenter_cs)) == "B.3.4");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(exits_and_errors)

BOOST_AUTO_TEST_CASE(every_exit_reason_that_is_not_reserved_says_where_its_cause_is_described) {
    for (const ExitReasonInfo& reason : kExitReasons) BOOST_TEST(reason.cause_sdm.empty() == reason.is_reserved(), reason.name);
    BOOST_TEST(find_exit_reason(85)->name == "WRMSRNS, immediate form");
    BOOST_TEST(find_exit_reason(86) == nullptr);
    BOOST_TEST(info(ExitReason::entry_failure_guest_state).number == 33);
}

BOOST_AUTO_TEST_CASE(error_numbers_14_21_and_27_are_reserved) {
    for (const VmInstructionErrorInfo& error : kVmInstructionErrors)
        BOOST_TEST(error.is_reserved() == (error.number == 14 || error.number == 21 || error.number == 27));
    BOOST_TEST(find_vm_instruction_error(0) == nullptr);
    BOOST_TEST(find_vm_instruction_error(28)->instructions == "INVEPT/INVVPID");
    BOOST_TEST(find_vm_instruction_error(29) == nullptr);
    BOOST_TEST(info(VmInstructionError::vm_entry_with_invalid_control_field).number == 7);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(msrs)

BOOST_AUTO_TEST_CASE(all_vmx_msrs_are_there_without_gaps) {
    BOOST_TEST(kVmxMsrs[0].number == 0x3Au);
    for (u32 number = 0x480; number <= 0x493; ++number) {
        BOOST_REQUIRE(find_vmx_msr(number) != nullptr);
        BOOST_TEST(!fields_of(static_cast<VmxMsr>(number)).empty());
    }
    BOOST_TEST(find_vmx_msr(0x494) == nullptr);
    BOOST_TEST(find_vmx_msr("msr_ia32_vmx_basic")->number == 0x480u);
    BOOST_TEST(find_vmx_msr("misc")->number == 0x485u);
    BOOST_TEST(find_vmx_msr("IA32_TSC") == nullptr);
}

BOOST_AUTO_TEST_CASE(fields_read_what_a_real_value_says) {
    // IA32_VMX_BASIC of a Skylake.
    const u64 value = 0x00DA040000000004;
    const auto fields = fields_of(VmxMsr::basic);
    BOOST_TEST(fields[0].extract(value) == 4u);
    BOOST_TEST(fields[1].extract(value) == 1024u);
    for (const VmxMsrFieldInfo& field : fields)
        if (field.identifier == "true_control_msrs") BOOST_TEST(field.extract(value) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(exceptions)

BOOST_AUTO_TEST_CASE(error_codes_are_pushed_by_the_vectors_of_the_sdm) {
    std::set<unsigned> with_error_code;
    for (const ExceptionInfo& exception : kExceptions)
        if (exception.has_error_code()) with_error_code.insert(exception.vector);
    BOOST_TEST((with_error_code == std::set<unsigned>{8, 10, 11, 12, 13, 14, 17, 21}));
}

// SDM 6.15: contributory exceptions and page faults are what double faults come of.
BOOST_AUTO_TEST_CASE(contributory_exceptions_are_those_of_the_sdm) {
    std::set<unsigned> contributory;
    for (const ExceptionInfo& exception : kExceptions) {
        BOOST_TEST(exception.vector == static_cast<unsigned>(&exception - kExceptions));
        if (exception.severity == ExceptionSeverity::contributory) contributory.insert(exception.vector);
    }
    BOOST_TEST((contributory == std::set<unsigned>{0, 10, 11, 12, 13, 21}));
    BOOST_TEST(info(Exception::general_protection).mnemonic == "#GP");
    BOOST_TEST(find_exception(32) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(register_bits)

BOOST_AUTO_TEST_CASE(describe_names_what_is_set_lowest_first) {
    BOOST_TEST(describe(Register::cr0, 0x80000031) == "PE ET NE PG");
    BOOST_TEST(describe(Register::rflags, 0x3202) == "1 IF IOPL=3");
    BOOST_TEST(describe(Register::interruption_information, 0x80000B0E) ==
               "vector=14 type=3 (hardware exception) error code valid");
    BOOST_TEST(describe(Register::activity_state, 0) == "state=0 (active)");
    BOOST_TEST(describe(Register::efer, 0xD01 | bit(20)) == "SCE LME LMA NXE reserved 0x100000");
    BOOST_TEST(describe(Register::interruptibility_state, 0) == "");
}

BOOST_AUTO_TEST_CASE(every_register_has_bits_and_every_value_a_group) {
    for (size_t i = 0; i < std::size(kRegisters); ++i) BOOST_TEST(!bits_of(static_cast<Register>(i)).empty());
    for (const RegisterValueInfo& value : kRegisterValues) {
        const RegisterBitInfo* group = find_register_bit(value.reg, unsigned{value.low});
        BOOST_REQUIRE(group != nullptr);
        BOOST_TEST(group->is_group());
        BOOST_TEST(value_name(*group, value.value) == value.name);
    }
}

BOOST_AUTO_TEST_CASE(bits_are_found_by_number_and_by_mnemonic) {
    BOOST_TEST(find_register_bit(Register::cr4, 13u)->mnemonic == "VMXE");
    BOOST_TEST(find_register_bit(Register::cr4, 15u) == nullptr);
    BOOST_TEST(find_register_bit(Register::rflags, "if")->low == 9);
    BOOST_TEST((register_of(Field::host_cr4) == Register::cr4));
    BOOST_TEST(!register_of(Field::guest_rip));
}

BOOST_AUTO_TEST_SUITE_END()
