// SPDX-License-Identifier: MIT
#include "import/profile_file.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "base/input_error.hpp"
#include "base/number.hpp"
#include "import/profile_json.hpp"
#include "vmcs/profiles.hpp"

using namespace vmxsim;
using namespace vmxsim::import;

namespace {

std::string message_of(std::string_view text) {
    try {
        parse_profile(text, "cpu.json");
    } catch (const InputError& error) {
        return error.what();
    }
    return "accepted";
}

std::string lines_of(const CpuProfile& profile) {
    std::string text;
    for (u32 msr = kFirstVmxMsr; msr <= 0x490; ++msr)
        if (const auto value = profile.msrs.get(msr)) text += hex(msr) + " " + hex(*value) + "\n";
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(profile_file)

BOOST_AUTO_TEST_CASE(a_profile_written_as_a_file_reads_back_equal) {
    for (const CpuProfile& profile : all_profiles()) {
        BOOST_TEST_CONTEXT(profile.name) {
            const ReadProfile read = parse_profile(profile_to_json(profile), "cpu.json");
            BOOST_TEST(read.profile.name == profile.name);
            BOOST_CHECK(read.profile.msrs == profile.msrs);
            BOOST_CHECK(read.profile.cpuid == profile.cpuid);
            BOOST_TEST(read.profile.physical_address_bits == profile.physical_address_bits);
            BOOST_TEST(read.profile.linear_address_bits == profile.linear_address_bits);
        }
    }
}

BOOST_AUTO_TEST_CASE(msr_lines_alone_find_the_processor_that_they_came_from) {
    for (const CpuProfile& profile : all_profiles()) {
        BOOST_TEST_CONTEXT(profile.name) {
            const CpuProfile read = parse_profile(lines_of(profile), "msrs.txt").profile;
            BOOST_CHECK(read.msrs == profile.msrs);
            BOOST_TEST(read.physical_address_bits == profile.physical_address_bits);
            BOOST_TEST(read.cpuid_leaf(1).eax == profile.cpuid_leaf(1).eax);
        }
    }
}

BOOST_AUTO_TEST_CASE(captured_processors_raise_no_doubt) {
    for (const CpuProfile& profile : all_profiles())
        for (const std::string& warning : parse_profile(lines_of(profile), "msrs.txt").warnings)
            BOOST_ERROR(profile.name << ": " << warning);
}

BOOST_AUTO_TEST_CASE(an_msr_that_a_cpu_file_leaves_out_does_not_exist) {
    const CpuProfile cpu =
        parse_profile(
            R"({"format": "vmxsim-cpu", "version": 1, "name": "mine", "source": "a desk", "msrs": {"0x480": "0xda040000000004"},
            "cpuid": [{"leaf": "0x1", "subleaf": "0x0", "eax": "0x906ea", "ebx": "0", "ecx": "0x20", "edx": 0}],
            "physical_address_bits": 36, "linear_address_bits": 48})",
            "cpu.json")
            .profile;
    BOOST_TEST(cpu.name == "mine");
    BOOST_TEST(!cpu.msrs.get(0x3A).has_value());
    BOOST_TEST(cpu.physical_address_bits == 36u);
    BOOST_TEST(cpu.cpuid_leaf(1).ecx == 0x20u);
    BOOST_TEST(cpu.cpuid_leaf(7).ebx != 0u);  // from the generation with this signature
}

BOOST_AUTO_TEST_CASE(captured_cpuid_that_ends_early_borrows_nothing_beyond_its_end) {
    const CpuProfile cpu = parse_profile(
                               "CPUID 00000000: 0000000A-756E6547-6C65746E-49656E69\nCPUID 00000001: 000B0671-0-0-0\n"
                               "CPUID 80000000: 80000008-00000000-00000000-00000000\n" +
                                   lines_of(default_profile()),
                               "dump.txt")
                               .profile;
    BOOST_TEST(cpu.cpuid_leaf(0x1C).eax == 0u);
    BOOST_TEST(cpu.cpuid_leaf(0xA).eax == default_profile().cpuid_leaf(0xA).eax);
    BOOST_TEST(cpu.physical_address_bits == default_profile().physical_address_bits);
}

BOOST_AUTO_TEST_CASE(one_value_everywhere_and_missing_default1_bits_are_doubted) {
    std::string same;
    for (u32 msr = 0x480; msr <= 0x490; ++msr) same += hex(msr) + " 0x3f00000016\n";
    const auto warnings = parse_profile(same, "m").warnings;
    BOOST_REQUIRE_EQUAL(warnings.size(), 1u);
    BOOST_TEST(warnings[0].find("0x3f00000016") != std::string::npos);

    std::string wrong = lines_of(*find_profile("skylake"));
    wrong.replace(wrong.find("0x7f00000016"), 12, "0x7f00000000");
    const auto doubts = parse_profile(wrong, "m").warnings;
    BOOST_REQUIRE(!doubts.empty());
    BOOST_TEST(doubts[0].find("default1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(wrong_files_are_refused_with_their_place) {
    BOOST_TEST(message_of("{\n  \"msrs\": }").starts_with("cpu.json:2:"));
    BOOST_TEST(message_of("{}").find("msrs") != std::string::npos);
    BOOST_TEST(message_of(R"({"format": "other", "msrs": {"0x480": "1"}})").find("vmxsim-cpu") != std::string::npos);
    BOOST_TEST(message_of(R"({"format": "vmxsim-cpu", "version": 2, "msrs": {"0x480": "1"}})").find("version") !=
               std::string::npos);
    BOOST_TEST(message_of(R"({"msrs": {"0x480": "banana"}})").find("msrs.0x480") != std::string::npos);
    BOOST_TEST(message_of(R"({"msrs": {"0x480": -1}})").find("msrs.0x480") != std::string::npos);
    BOOST_TEST(message_of(R"({"msrs": {"0x480": "1"}, "cpuid": [{"leaf": "0x100000000"}]})").find("cpuid[0].leaf") !=
               std::string::npos);
    BOOST_TEST(message_of(R"({"msrs": {"0x480": "1"}, "physical_address_bits": 64})").find("physical_address_bits") !=
               std::string::npos);
    BOOST_TEST(message_of(R"({"msrs": {"0x480": "1"}, "linear_address_bits": 50})").find("linear_address_bits") !=
               std::string::npos);
    BOOST_TEST(message_of("{\"msrs\": " + std::string(100000, '[')) != "accepted");
    BOOST_TEST(message_of("{\"msrs\": 1e999}") != "accepted");
}

BOOST_AUTO_TEST_CASE(an_option_takes_a_name_an_alias_or_a_file) {
    BOOST_TEST(resolve_profile("skylake").name == "skylake-i7-6700k");
    const auto path = std::filesystem::temp_directory_path() / ("vmxsim_profile_test_" + std::to_string(getpid()) + ".json");
    std::ofstream(path) << profile_to_json(*find_profile("conroe"));
    BOOST_TEST(resolve_profile(path.string()).name == "conroe-6f6");
    std::filesystem::remove(path);
    BOOST_CHECK_THROW(resolve_profile(path.string()), InputError);
    BOOST_CHECK_THROW(resolve_profile("/"), InputError);
    try {
        resolve_profile("skylak");
        BOOST_ERROR("accepted");
    } catch (const InputError& error) {
        BOOST_TEST(std::string(error.what()).find("skylake") != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
