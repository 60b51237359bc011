// SPDX-License-Identifier: MIT
#include "import/msr_text.hpp"

#include <boost/test/unit_test.hpp>

#include "base/input_error.hpp"

using namespace vmxsim;
using import::MsrText;
using import::parse_msr_text;

namespace {

u64 only_value(std::string_view line, u32 msr = 0x480) {
    const MsrText text = parse_msr_text(line, "m.txt");
    BOOST_REQUIRE_EQUAL(text.msrs.size(), 1u);
    BOOST_REQUIRE(text.msrs.contains(msr));
    BOOST_REQUIRE(text.msrs.at(msr).has_value());
    return *text.msrs.at(msr);
}

std::string message_of(std::string_view text) {
    try {
        parse_msr_text(text, "m.txt");
    } catch (const InputError& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(msr_text)

BOOST_AUTO_TEST_CASE(every_way_of_writing_a_value_is_read) {
    for (const std::string_view line :
         {"0x480 0x00da040000000004", "480: da040000000004", "480h = 00DA040000000004h", "0x480=0xda040000000004",
          "0x480 -> 00da0400`00000004", "IA32_VMX_BASIC = 0x00da040000000004", "MSR_IA32_VMX_BASIC: 0xda040000000004",
          "VMX_BASIC (0x480): 0xda040000000004", "ia32_vmx_basic\t0xda040000000004", "MSR 0x480: 0xda040000000004",
          "MSR 00000480: 00DA-0400-0000-0004 [S200]", "MSR 00000480 00DA-0400-0000-0004", "rdmsr(0x480) = 0xda040000000004",
          "MSR[480h]: 00DA0400:00000004", "$ rdmsr -p 0 0x480\nda040000000004", "rdmsr 0x480:\r\n0xda040000000004\r\n",
          "CPU 0: MSR 0x480 = 0xda040000000004", "  480 0x00da_0400_0000_0004"})
        BOOST_TEST_CONTEXT(line) BOOST_TEST(only_value(line) == 0x00da040000000004u);
    BOOST_TEST(only_value("MSR_IA32_FEAT_CTL 0x5", 0x3A) == 5u);
    BOOST_TEST(only_value("3a: 5", 0x3A) == 5u);
    BOOST_TEST(only_value("0x48b 0x0", 0x48B) == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_not_about_these_msrs_is_passed_over) {
    const MsrText text = parse_msr_text(
        "------[ MSR Registers ]------\n\nMSR 0000001B: 0000-0000-FEE0-0900\nMSR 000000E7: 0000-0000-0003-8858 [S200]\n"
        "# a comment\nProcessor: Intel(R) Core(TM) i7\nMSR 00000480: 00DA-0400-0000-0004\nMSR 00000300: < FAILED >\n2048 MB\n",
        "m.txt");
    BOOST_TEST(text.msrs.size() == 1u);
    BOOST_TEST(text.warnings.empty());
}

BOOST_AUTO_TEST_CASE(an_msr_that_could_not_be_read_does_not_exist) {
    const MsrText text = parse_msr_text("0x480 0x1\nMSR 00000492: < FAILED >\nrdmsr 0x493: CPU 0 cannot read MSR\n", "m.txt");
    BOOST_TEST(!text.msrs.at(0x492).has_value());
    BOOST_TEST(!text.msrs.at(0x493).has_value());
}

BOOST_AUTO_TEST_CASE(cpuid_lines_of_the_first_processor_are_taken) {
    const MsrText text = parse_msr_text(
        "CPUID 00000001: 000506E3-00100800-7FFAFBBF-BFEBFBFF\nCPUID 00000014: 02490002-003F3FFF-00000000-00000000 [SL 01]\n"
        "CPUID 00000001: 000506E3-01100800-7FFAFBBF-BFEBFBFF\n0x480 0x1\n",
        "m.txt");
    BOOST_REQUIRE_EQUAL(text.cpuid.size(), 2u);
    BOOST_TEST(text.cpuid[0].ebx == 0x00100800u);
    BOOST_TEST(text.cpuid[1].leaf == 0x14u);
    BOOST_TEST(text.cpuid[1].subleaf == 1u);
}

BOOST_AUTO_TEST_CASE(a_second_value_is_told_and_the_first_one_kept) {
    const MsrText text = parse_msr_text("0x480 1\n0x480 1\n0x480 2\n", "m.txt");
    BOOST_TEST(*text.msrs.at(0x480) == 1u);
    BOOST_REQUIRE_EQUAL(text.warnings.size(), 1u);
    BOOST_TEST(text.warnings[0].starts_with("line 3:"));
}

BOOST_AUTO_TEST_CASE(a_value_that_cannot_be_read_is_refused_with_its_place) {
    BOOST_TEST(message_of("junk\n0x480 0x12345678901234567\n").starts_with("m.txt:2:7: expected the value of MSR 0x480"));
    BOOST_TEST(message_of("0x480 = banana").starts_with("m.txt:1:9:"));
    BOOST_TEST(message_of("0x48g 0x1").starts_with("m.txt:1:"));
    BOOST_TEST(message_of("IA32_VMX_BASICS = 0x1").starts_with("m.txt:1:"));
    BOOST_TEST(message_of("IA32_VMX_BASIC (0x481) = 0x1").starts_with("m.txt:1:"));
    BOOST_TEST(message_of("").starts_with("m.txt: expected VMX capability MSRs"));
    BOOST_TEST(message_of("0x10 0x1\n").starts_with("m.txt: expected VMX capability MSRs"));
}

BOOST_AUTO_TEST_CASE(hostile_text_never_does_more_than_throw) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    const std::string texts[] = {bytes,
                                 std::string(1 << 16, '0'),
                                 std::string(1 << 16, '-'),
                                 "0x480 " + std::string(1 << 16, '-'),
                                 "0x480 0x",
                                 "0x480 `",
                                 "CPUID 00000001: ",
                                 "rdmsr rdmsr rdmsr ( [ -",
                                 "msr -",
                                 std::string("0x480\0 1", 8)};
    for (const std::string& text : texts) BOOST_TEST(message_of(text) != "accepted");
}

BOOST_AUTO_TEST_SUITE_END()
