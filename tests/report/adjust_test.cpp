// SPDX-License-Identifier: MIT
#include "report/adjust_report.hpp"

#include <boost/test/unit_test.hpp>

#include "vmcs/profiles.hpp"

using namespace vmxsim;
using namespace vmxsim::report;
using spec::ControlWord;

BOOST_AUTO_TEST_SUITE(adjust)

BOOST_AUTO_TEST_CASE(the_true_msr_rules_where_it_exists) {
    const Adjustment skylake = adjust_controls(*find_profile("skylake"), ControlWord::primary, 0);
    BOOST_TEST(skylake.msr == 0x48Eu);
    BOOST_TEST(skylake.allowed == 0x04006172u);
    const Adjustment conroe = adjust_controls(*find_profile("conroe"), ControlWord::primary, 0);
    BOOST_TEST(conroe.msr == 0x482u);
    BOOST_TEST(conroe.allowed == 0x0401E172u);  // CR3-load and CR3-store exiting cannot be 0 there
}

BOOST_AUTO_TEST_CASE(every_moved_bit_is_named_with_its_half) {
    // Conroe has no secondary controls and always exits on MOV to and from CR3.
    const Adjustment result = adjust_controls(*find_profile("conroe"), ControlWord::primary, 0x8401'6172);
    BOOST_REQUIRE_EQUAL(result.changes.size(), 2u);
    BOOST_TEST(result.changes[0].bit == 15u);
    BOOST_TEST(result.changes[0].to_one);
    BOOST_TEST(result.changes[0].name == "CR3-load exiting");
    BOOST_TEST(result.changes[0].why.find("low half") != std::string::npos);
    BOOST_TEST(result.changes[1].bit == 31u);
    BOOST_TEST(!result.changes[1].to_one);
    BOOST_TEST(result.changes[1].why.find("high half") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_word_without_its_msr_allows_nothing) {
    const Adjustment result = adjust_controls(*find_profile("conroe"), ControlWord::secondary, 2);
    BOOST_TEST(result.allowed == 0u);
    BOOST_REQUIRE_EQUAL(result.changes.size(), 1u);
    BOOST_TEST(result.changes[0].why.find("does not exist") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_allowed_value_stays) {
    for (const CpuProfile& cpu : all_profiles())
        for (size_t i = 0; i < spec::kControlWordCount; ++i) {
            const auto word = static_cast<ControlWord>(i);
            const u64 adjusted = adjust_controls(cpu, word, 0).allowed;
            BOOST_TEST(adjust_controls(cpu, word, adjusted).changes.empty());
        }
}

BOOST_AUTO_TEST_SUITE_END()
