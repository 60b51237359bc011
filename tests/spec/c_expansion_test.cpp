// SPDX-License-Identifier: MIT
// spec_c.h and spec.hpp say the same: tests/spec/c_values.c is compiled as C.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "spec/c_values.h"
#include "spec/spec.hpp"

using namespace vmxsim;
using namespace vmxsim::spec;

namespace {

struct Expected {
    std::string name;
    long long value;
};

void compare(const c_value* actual, const std::vector<Expected>& expected) {
    for (const Expected& row : expected) {
        BOOST_REQUIRE(actual->name != nullptr);
        BOOST_TEST(actual->name == row.name);
        BOOST_TEST(actual->value == row.value, row.name);
        ++actual;
    }
    BOOST_TEST(actual->name == nullptr);
}

template <class Rows, class Row>
std::vector<Expected> rows_of(const Rows& rows, Row row) {
    std::vector<Expected> expected;
    for (const auto& entry : rows) expected.push_back(row(entry));
    return expected;
}

std::string control_name(const ControlInfo& c) { return std::string(to_string(c.word)) + '.' + std::string(c.identifier); }

}  // namespace

BOOST_AUTO_TEST_SUITE(c_expansion)

BOOST_AUTO_TEST_CASE(fields_have_the_same_encodings) {
    compare(c_fields, rows_of(kFields, [](const FieldInfo& f) { return Expected{std::string(f.name), f.encoding}; }));
}

BOOST_AUTO_TEST_CASE(controls_have_the_same_bits_and_masks) {
    compare(c_control_bits, rows_of(kControls, [](const ControlInfo& c) { return Expected{control_name(c), c.bit}; }));
    compare(c_control_masks, rows_of(kControls, [](const ControlInfo& c) { return Expected{control_name(c), 1LL << c.bit}; }));
}

BOOST_AUTO_TEST_CASE(exit_reasons_and_errors_have_the_same_numbers) {
    const auto numbered = [](const auto& row) { return Expected{std::string(row.identifier), row.number}; };
    compare(c_exit_reasons, rows_of(kExitReasons, numbered));
    compare(c_errors, rows_of(kVmInstructionErrors, numbered));
    compare(c_exit_reason_bits, rows_of(kExitReasonBits, [](const ExitReasonBitInfo& b) {
                return Expected{std::string(b.identifier), b.bit};
            }));
}

BOOST_AUTO_TEST_CASE(msrs_and_exceptions_have_the_same_numbers) {
    compare(c_msrs, rows_of(kVmxMsrs, [](const VmxMsrInfo& m) { return Expected{std::string(m.name), m.number}; }));
    compare(c_exceptions, rows_of(kExceptions, [](const ExceptionInfo& e) {
                return Expected{std::string(e.identifier), e.vector};
            }));
}

BOOST_AUTO_TEST_CASE(register_bits_have_the_same_places_and_values) {
    const auto name = [](const auto& row) { return std::string(info(row.reg).identifier) + '.' + std::string(row.identifier); };
    compare(c_register_bits, rows_of(kRegisterBits, [&](const RegisterBitInfo& b) { return Expected{name(b), b.low}; }));
    compare(c_register_values, rows_of(kRegisterValues, [&](const RegisterValueInfo& v) { return Expected{name(v), v.value}; }));
}

BOOST_AUTO_TEST_SUITE_END()
