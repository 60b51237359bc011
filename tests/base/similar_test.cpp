// SPDX-License-Identifier: MIT
#include <boost/test/unit_test.hpp>

#include "base/similar.hpp"

using namespace vmxsim;

BOOST_AUTO_TEST_SUITE(similar_names)

constexpr std::string_view kNames[] = {"GUEST_RIP", "guest_rip", "GUEST_RSP", "HOST_RIP", "EXIT_QUALIFICATION"};

BOOST_AUTO_TEST_CASE(a_typing_error_finds_the_name_once) {
    const auto names = similar("gest_rip", kNames);
    BOOST_REQUIRE(!names.empty());
    BOOST_TEST(names[0] == "GUEST_RIP");
    for (size_t i = 1; i < names.size(); ++i) BOOST_TEST(names[i] != "guest_rip");
}

BOOST_AUTO_TEST_CASE(a_part_finds_the_names_that_contain_it) {
    BOOST_TEST(similar("qualification", kNames).at(0) == "EXIT_QUALIFICATION");
    BOOST_TEST(similar("_rip", kNames).size() == 2u);
}

BOOST_AUTO_TEST_CASE(nothing_resembles_nonsense_or_an_endless_question) {
    BOOST_TEST(similar("xyzzy_plugh", kNames).empty());
    BOOST_TEST(similar("", kNames).empty());
    BOOST_TEST(similar(std::string(100000, 'G'), kNames).empty());
    BOOST_TEST(did_you_mean("xyzzy_plugh", kNames) == "");
    BOOST_TEST(did_you_mean("HOST_RIPS", kNames, 1) == "; did you mean HOST_RIP?");
}

BOOST_AUTO_TEST_SUITE_END()
