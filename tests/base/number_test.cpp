// SPDX-License-Identifier: MIT
#include "base/number.hpp"

#include <boost/test/unit_test.hpp>

using namespace vmxsim;

BOOST_AUTO_TEST_SUITE(numbers)

BOOST_AUTO_TEST_CASE(hex_is_lower_case_and_padded_on_request) {
    BOOST_TEST(hex(0x681E) == "0x681e");
    BOOST_TEST(hex(0) == "0x0");
    BOOST_TEST(hex(0x21, 8) == "0x00000021");
    BOOST_TEST(hex(~u64{0}) == "0xffffffffffffffff");
}

BOOST_AUTO_TEST_CASE(numbers_are_read_whole_or_not_at_all) {
    BOOST_TEST(parse_number("0x1F").value() == 0x1Fu);
    BOOST_TEST(parse_number("31").value() == 31u);
    for (const char* bad : {"", "0x", "12a", "-1", "+1", " 1", "0x10000000000000000", "18446744073709551616"})
        BOOST_TEST(!parse_number(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()
