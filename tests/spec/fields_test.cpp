// SPDX-License-Identifier: MIT
#include <boost/test/unit_test.hpp>

#include "spec/spec.hpp"

using namespace vmxsim::spec;

BOOST_AUTO_TEST_SUITE(vmcs_fields)

BOOST_AUTO_TEST_CASE(every_field_is_found_by_its_encoding_and_by_its_names) {
    BOOST_TEST(kFieldCount == 206u);
    for (const FieldInfo& field : kFields) {
        const auto by_encoding = find_field(field.encoding);
        BOOST_REQUIRE(by_encoding);
        BOOST_TEST(info(by_encoding->field).encoding == field.encoding);
        for (const auto name : {field.name, field.identifier}) {
            const auto by_name = find_field(name);
            BOOST_REQUIRE(by_name);
            BOOST_TEST(info(by_name->field).encoding == field.encoding);
        }
    }
}

BOOST_AUTO_TEST_CASE(only_64_bit_fields_have_a_high_half) {
    BOOST_TEST(find_field(0x2001)->high);
    BOOST_TEST(!find_field(0x0001));
    BOOST_TEST(!find_field(0x4001));
    BOOST_TEST(!find_field(0x681F));
    BOOST_TEST(find_field("guest_ia32_efer_high")->high);
}

BOOST_AUTO_TEST_CASE(an_encoding_with_reserved_bits_names_no_field) {
    BOOST_TEST(!find_field(0x1000));
    BOOST_TEST(!find_field(0x1681E));
    BOOST_TEST(!find_field(0x10000681EULL));
}

BOOST_AUTO_TEST_SUITE_END()
