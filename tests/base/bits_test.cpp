// SPDX-License-Identifier: MIT
#include "base/bits.hpp"

#include <boost/test/unit_test.hpp>

using namespace vmxsim;

BOOST_AUTO_TEST_SUITE(bits_of_values)

BOOST_AUTO_TEST_CASE(a_mask_covers_both_ends_and_may_reach_bit_63) {
    BOOST_TEST(mask(11, 0) == 0xFFFu);
    BOOST_TEST(mask(63, 32) == 0xFFFFFFFF00000000u);
    BOOST_TEST(mask(63, 0) == ~u64{0});
    BOOST_TEST(bits(0xABCD, 11, 4) == 0xBCu);
}

BOOST_AUTO_TEST_CASE(an_address_is_canonical_when_its_upper_bits_are_identical) {
    BOOST_TEST(is_canonical(0x00007FFFFFFFFFFF, 48));
    BOOST_TEST(is_canonical(0xFFFF800000000000, 48));
    BOOST_TEST(!is_canonical(0x0000800000000000, 48));
    BOOST_TEST(is_canonical(0x0000800000000000, 57));
    BOOST_TEST(!is_canonical(0x8000000000000000, 57));
}

BOOST_AUTO_TEST_SUITE_END()
