// SPDX-License-Identifier: MIT
#include "scenario/parse.hpp"

#include <boost/test/unit_test.hpp>

#include "base/input_error.hpp"
#include "scenario/json_input.hpp"

using namespace vmxsim;
using namespace vmxsim::scenario;

namespace {

// The message that a scenario gets, or nothing when it is accepted.
std::string complaint(const std::string& text) {
    try {
        parse_scenario("s.json", text);
    } catch (const InputError& error) {
        return error.what();
    }
    return {};
}

std::string with(const std::string& members) {
    return "{\"format\": \"vmxsim-scenario\", \"version\": 1, \"name\": \"n\",\n" + members + "}";
}

std::string step(const std::string& members) { return with("\"memory\": {\"r\": {}},\n\"steps\": [\n  {" + members + "}]"); }

}  // namespace

BOOST_AUTO_TEST_SUITE(parsing_scenarios)

BOOST_AUTO_TEST_CASE(errors_carry_line_and_column_of_the_value_at_fault) {
    BOOST_TEST(complaint(step("\"op\": \"vmxonn\"")).starts_with("s.json:4:10: expected one of set, vmxon, vmxoff"));
    BOOST_TEST(complaint(step("\"op\": \"vmxon\", \"at\": \"@q\"")) == "s.json:4:25: expected a region of \"memory\"; found @q");
    BOOST_TEST(complaint(step("\"op\": \"vmxon\", \"att\": \"@r\""))
                   .starts_with("s.json:4:26: expected one of op, expect, comment, at in a vmxon step"));
    BOOST_TEST(complaint(step("\"op\": \"vmxon\"")).starts_with("s.json:4:3: expected an object with the member \"at\""));
    BOOST_TEST(complaint(with("\"memory\": {\"a\": {\"size\": 4096},\n \"b\": {\"size\": -1}},\n\"steps\": []")) ==
               "s.json:3:16: expected a number: 31, \"31\" or \"0x1f\"; found -1");
    BOOST_TEST(complaint(with("\"host\": {\"cr5\": 1}, \"steps\": []")) ==
               "s.json:2:17: expected a register of the host; found \"cr5\"");
    BOOST_TEST(complaint(step("\"op\": \"vmwrite\", \"fields\": {\"GUEST_RIP\": 1, \"GUEST_RAP\": 2}")) ==
               "s.json:4:61: expected a VMCS field, by name or encoding; found \"GUEST_RAP\"");
}

BOOST_AUTO_TEST_CASE(text_that_is_not_json_is_placed) {
    BOOST_TEST(complaint("{\"format\": \"vmxsim-scenario\",\n \"version\" 1}").starts_with("s.json:2:13: expected JSON; found"));
    BOOST_TEST(complaint("").starts_with("s.json:1:1: expected JSON"));
    BOOST_TEST(complaint("{\"a\": 1,\n\"a\": 2}") == "s.json:2:1: expected each member once; found \"a\" again");
    BOOST_TEST(complaint(std::string(100000, '[')) == "s.json:1:65: expected at most 64 levels of nesting");
    BOOST_TEST(complaint("\"\xff\"").starts_with("s.json:1:"));
}

BOOST_AUTO_TEST_CASE(what_is_no_scenario_is_refused) {
    BOOST_TEST(complaint("[]") == "s.json:1:1: expected a scenario: an object; found an array");
    BOOST_TEST(complaint("{\"format\": \"vmxsim-trace\"}") ==
               "s.json:1:12: expected \"vmxsim-scenario\"; found \"vmxsim-trace\"");
    BOOST_TEST(complaint("{\"format\": \"vmxsim-scenario\", \"version\": 2}") == "s.json:1:42: expected version 1; found 2");
    BOOST_TEST(complaint(with("\"step\": []")).starts_with("s.json:2:9: expected one of $schema, format"));
}

BOOST_AUTO_TEST_CASE(expectations_must_be_possible) {
    BOOST_TEST(complaint(step("\"op\": \"vmlaunch\", \"expect\": {\"entry_failure\": \"0x80000021\", \"qualification\": 4}")) ==
               "");
    BOOST_TEST(complaint(step("\"op\": \"vmlaunch\", \"expect\": \"enters\"")).starts_with("s.json:4:32: expected \"succeed\""));
    BOOST_TEST(complaint(step("\"op\": \"vmlaunch\", \"expect\": {\"check\": \"no.such\"}"))
                   .starts_with("s.json:4:42: expected the id of a VM-entry check"));
    BOOST_TEST(complaint(step("\"op\": \"vmlaunch\", \"expect\": {\"fault\": \"#XY\"}"))
                   .starts_with("s.json:4:42: expected an exception"));
    BOOST_TEST(complaint(step("\"op\": \"vmlaunch\", \"expect\": {\"fault\": \"#GP(\"}"))
                   .starts_with("s.json:4:42: expected an exception with its error code"));
    BOOST_TEST(complaint(step("\"op\": \"vmlaunch\", \"expect\": {\"value\": 1}"))
                   .starts_with("s.json:4:32: expected no value of a vmlaunch step"));
    BOOST_TEST(complaint(step("\"op\": \"vmxoff\", \"expect\": {\"fail_valid\": 7, \"fault\": \"#UD\"}"))
                   .starts_with("s.json:4:57: expected one outcome"));
    BOOST_TEST(complaint(step("\"op\": \"vmxoff\", \"expect\": {\"qualification\": 4}"))
                   .starts_with("s.json:4:48: expected a qualification with entry_failure"));
}

BOOST_AUTO_TEST_CASE(variables_exist_after_the_step_that_sets_them) {
    BOOST_TEST(complaint(step("\"op\": \"vmptrst\", \"store\": \"p\"}, {\"op\": \"vmclear\", \"at\": \"$p\"")) == "");
    BOOST_TEST(complaint(step("\"op\": \"vmclear\", \"at\": \"$p\"}, {\"op\": \"vmptrst\", \"store\": \"p\"")) ==
               "s.json:4:27: expected a variable that an earlier step sets; found $p");
}

BOOST_AUTO_TEST_CASE(memory_is_bounded) {
    BOOST_TEST(complaint(with("\"memory\": {\"a\": {\"size\": \"0x4000001\"}}, \"steps\": []"))
                   .starts_with("s.json:2:26: expected a number up to 0x4000000"));
    std::string regions;
    for (int i = 0; i < 5; ++i) regions += (i == 0 ? "\"r" : ", \"r") + std::to_string(i) + "\": {\"size\": \"0x4000000\"}";
    BOOST_TEST(complaint(with("\"memory\": {" + regions + "}, \"steps\": []")).find("of memory in all") != std::string::npos);
    BOOST_TEST(complaint(with("\"memory\": {\"a\": {\"size\": 1, \"hex\": \"0001\"}}, \"steps\": []")).find("at most 1 bytes") !=
               std::string::npos);
    BOOST_TEST(complaint(with("\"memory\": {\"a\": {\"hex\": \"001\"}}, \"steps\": []")).find("two digits each") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(guest_steps_are_checked_before_they_can_run) {
    BOOST_TEST(
        complaint(step(
            "\"op\": \"loop\", \"max_exits\": 5, \"on\": {\"cpuid\": [{\"op\": \"vmresume\"}], \"12\": [], \"default\": []}")) ==
        "");
    BOOST_TEST(complaint(step("\"op\": \"loop\", \"max_exits\": 5, \"on\": {\"cpuide\": []}")).find("expected an exit reason") !=
               std::string::npos);
    BOOST_TEST(complaint(step("\"op\": \"inject\", \"kind\": \"nmi\", \"at_instruction\": 3")) == "");
    BOOST_TEST(
        complaint(step("\"op\": \"inject\", \"kind\": \"external_interrupt\", \"at_instruction\": 3")).find("\"vector\"") !=
        std::string::npos);
    std::string nested = "{\"op\": \"vmresume\"}";
    for (int i = 0; i < 6; ++i) nested = "{\"op\": \"loop\", \"max_exits\": 1, \"on\": {\"default\": [" + nested + "]}}";
    BOOST_TEST(complaint(with("\"steps\": [" + nested + "]")).find("loops in each other") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
