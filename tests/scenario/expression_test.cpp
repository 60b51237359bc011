// SPDX-License-Identifier: MIT
#include "scenario/expression.hpp"

#include <boost/test/unit_test.hpp>
#include <map>

using namespace vmxsim;
using namespace vmxsim::scenario;

namespace {

class FixedNames : public Names {
public:
    std::map<u32, u64> msrs{
        {0x480, u64{1} << 55}, {0x481, 0x0000007F'00000016}, {0x48B, 0x000000FF'00000000}, {0x48D, 0x0000007F'00000014}};

    std::optional<u64> region(const std::string& name) const override {
        return name == "code" ? std::optional<u64>(0x1000) : std::nullopt;
    }
    std::optional<u64> variable(const std::string& name) const override {
        return name == "x" ? std::optional<u64>(5) : std::nullopt;
    }
    std::optional<u64> host_register(const std::string& name) const override {
        return name == "cr4" ? std::optional<u64>(0x26F0) : std::nullopt;
    }
    std::optional<u64> msr(u32 number) const override {
        const auto found = msrs.find(number);
        return found == msrs.end() ? std::nullopt : std::optional(found->second);
    }
};

u64 value(std::string_view text) { return Expression(text).evaluate(FixedNames()); }

}  // namespace

BOOST_AUTO_TEST_SUITE(expressions)

BOOST_AUTO_TEST_CASE(numbers_regions_variables_and_registers_have_values) {
    BOOST_TEST(value("31") == 31);
    BOOST_TEST(value("0x1F") == 31);
    BOOST_TEST(value("@code+0x10") == 0x1010);
    BOOST_TEST(value("$x") == 5);
    BOOST_TEST(value("host.cr4 & ~bit(13)") == 0x6F0);
    BOOST_TEST(value("secondary.enable_ept | pin.nmi_exiting") == 0xA);
}

BOOST_AUTO_TEST_CASE(operators_bind_as_in_c) {
    BOOST_TEST(value("1 | 2 ^ 3 & 4 << 1") == (1 | (2 ^ (3 & (4 << 1)))));
    BOOST_TEST(value("2 + 3 * 4 - 1") == 13);
    BOOST_TEST(value("(2 + 3) * 4") == 20);
    BOOST_TEST(value("10 - 3 - 2") == 5);
    BOOST_TEST(value("-1") == ~u64{0});
    BOOST_TEST(value("1 << 64") == 0);
    BOOST_TEST(value("bit(64)") == 0);
    BOOST_TEST(value("low(0x1122334455667788)") == 0x55667788);
    BOOST_TEST(value("high(0x1122334455667788)") == 0x11223344);
}

BOOST_AUTO_TEST_CASE(adjust_takes_the_true_msr_where_there_is_one) {
    BOOST_TEST(value("adjust(0x481, 0)") == 0x14);
    BOOST_TEST(value("adjust(pin, 8)") == 0x1C);
    BOOST_TEST(value("adjust_msr(0x481, 0)") == 0x16);
    BOOST_TEST(value("adjust(pin, 0xFF00)") == 0x14);
    BOOST_TEST(value("adjust(secondary, 0x102)") == 0x2);
    FixedNames without;
    without.msrs[0x480] = 0;
    BOOST_TEST(Expression("adjust(pin, 0)").evaluate(without) == 0x16);
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_expression_is_refused_with_what_was_expected) {
    for (const char* text : {"", "1 +", "(1", "1 1", "@", "$", "host.cr9", "primary.nothing", "0x", "12q", "0x1FFFFFFFFFFFFFFFF",
                             "foo(1)", "adjust(1)", "bit()", "1 ~ 2", "msr(0x480"})
        BOOST_CHECK_THROW(Expression{std::string_view(text)}, ExpressionError);
    const std::string deep(1000, '(');
    BOOST_CHECK_THROW(Expression{std::string_view(deep)}, ExpressionError);
    try {
        Expression(std::string_view("1 + host.cr9"));
    } catch (const ExpressionError& error) {
        BOOST_TEST(error.what() ==
                   "expected a number, @region, $variable, host.REGISTER, WORD.CONTROL or a function in \"1 + host.cr9\"; found "
                   "\"host.cr9\"");
    }
}

BOOST_AUTO_TEST_CASE(a_name_without_a_value_is_said_when_it_is_used) {
    BOOST_CHECK_THROW(value("@data"), ExpressionError);
    BOOST_CHECK_THROW(value("$y"), ExpressionError);
    BOOST_CHECK_THROW(value("msr(0x482)"), ExpressionError);
    BOOST_CHECK_THROW(value("msr(0x100000480)"), ExpressionError);
}

BOOST_AUTO_TEST_SUITE_END()
