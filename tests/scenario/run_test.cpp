// SPDX-License-Identifier: MIT
#include "scenario/run.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "base/input_error.hpp"
#include "base/invariant.hpp"
#include "scenario/scenario_files.hpp"

using namespace vmxsim;
using namespace vmxsim::scenario;
using namespace vmxsim::test;
using vmx::OutcomeKind;

namespace {

const std::string kEnterRoot = R"js({"op": "write_region_header", "at": "@on"}, {"op": "write_region_header", "at": "@vmcs"},
    {"op": "vmxon", "at": "@on"}, {"op": "vmclear", "at": "@vmcs"}, {"op": "vmptrld", "at": "@vmcs"})js";
const std::string kGolden = kEnterRoot + R"js(, {"op": "load", "template": "golden"})js";

bool is_general_protection(const vmx::Outcome& outcome) {
    return outcome.kind == OutcomeKind::fault && outcome.vector == vmx::kGeneralProtection && outcome.error_code == 0u;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(running_scenarios)

BOOST_AUTO_TEST_CASE(every_sample_runs_to_its_end_as_expected) {
    BOOST_TEST(samples("scenarios").size() >= 10);
    for (const fs::path& path : samples("scenarios")) {
        BOOST_TEST_CONTEXT(path.filename().string()) {
            const Ran ran = run_scenario(load_scenario(path.string()));
            for (size_t i = 0; i < ran.recorder.disagreements.size(); ++i)
                BOOST_TEST(ran.recorder.disagreements[i] == "", "step " << i + 1 << ": " << ran.recorder.disagreements[i]);
            BOOST_TEST(ran.result.finished);
            BOOST_TEST(ran.result.expectations > 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_third_seed_fails_once_and_then_enters) {
    const Ran ran = run_scenario(load_scenario(VMXSIM_SOURCE_DIR "/samples/scenarios/nmiexits.json"));
    std::vector<Event> entries;
    for (const Event& event : ran.recorder.events)
        if (event.operation == Operation::vmlaunch) entries.push_back(event);
    BOOST_REQUIRE(entries.size() == 2);
    BOOST_TEST(static_cast<int>(entries[0].outcome.error) == 8);
    BOOST_REQUIRE(entries[0].violations.size() == 1);
    const Violation& violation = entries[0].violations[0];
    BOOST_TEST(vmx::all_checks()[violation.check].id == "host.cr4.must_be_1");
    BOOST_TEST((violation.fix.field == spec::Field::host_cr4));
    BOOST_TEST((violation.fix.value ^ violation.fix_was) == u64{1} << 13);
    BOOST_TEST((entries[1].outcome.kind == OutcomeKind::entered));
    BOOST_TEST(ran.result.in_guest);
}

BOOST_AUTO_TEST_CASE(an_unmet_expectation_is_counted_and_said) {
    const Ran ran =
        run_steps(R"js({"op": "vmxoff", "expect": "succeed"}, {"op": "rdmsr", "msr": "0x277", "expect": {"value": 7}})js");
    BOOST_TEST(ran.result.disagreements == 2);
    BOOST_TEST(ran.result.expectations == 2);
    BOOST_TEST(ran.result.finished);
    BOOST_TEST(ran.recorder.disagreements[0] == "expected succeeds; found #UD");
    BOOST_TEST(ran.recorder.disagreements[1] == "expected the value 0x7; found 0x7040600070406");
}

BOOST_AUTO_TEST_CASE(a_qualification_or_check_other_than_expected_is_a_disagreement) {
    const std::string launch =
        kGolden +
        R"js(, {"op": "vmwrite", "field": "GUEST_RFLAGS", "value": 0}, {"op": "vmlaunch", "expect": {"entry_failure": "0x80000021", )js";
    BOOST_TEST(run_steps(launch + R"js("qualification": 0}})js").result.disagreements == 0);
    BOOST_TEST(run_steps(launch + R"js("qualification": 4}})js").result.disagreements == 1);
    BOOST_TEST(run_steps(launch + R"js("check": "host.cr4.must_be_1"}})js").result.disagreements == 1);
}

BOOST_AUTO_TEST_CASE(all_violations_are_given_with_an_entry_that_checks_refuse) {
    const Ran ran = run_steps(
        kGolden + R"js(, {"op": "vmwrite", "fields": {"HOST_TR_SELECTOR": 0, "GUEST_RFLAGS": 0}}, {"op": "vmlaunch"})js");
    const Event& launch = ran.recorder.events.back();
    BOOST_TEST(static_cast<int>(launch.outcome.error) == 8);
    BOOST_TEST(launch.violations.size() >= 2);
    BOOST_TEST(launch.outcome.check.has_value());
    BOOST_TEST(launch.violations[0].check == *launch.outcome.check);
}

BOOST_AUTO_TEST_CASE(what_needs_the_guest_stops_loudly) {
    BOOST_CHECK_THROW(run_steps(kGolden + R"js(, {"op": "vmlaunch"}, {"op": "vmread", "field": "VM_EXIT_REASON"})js"),
                      Unmodelled);
    BOOST_CHECK_THROW(run_steps(kGolden + R"js(, {"op": "vmlaunch"}, {"op": "run_guest"})js"), Unmodelled);
    BOOST_CHECK_THROW(run_steps(R"js({"op": "inject", "kind": "nmi", "at_instruction": 1})js"), Unmodelled);
    BOOST_CHECK_THROW(run_steps(R"js({"op": "loop", "max_exits": 1, "on": {}})js"), Unmodelled);
    BOOST_CHECK_THROW(run_steps(R"js({"op": "run_guest"})js"), InputError);
    // An entry that should have failed ends the run instead: the disagreement is the answer.
    const Ran ran = run_steps(kGolden + R"js(, {"op": "vmlaunch", "expect": {"fail_valid": 8}}, {"op": "vmxoff"})js");
    BOOST_TEST(ran.result.disagreements == 1);
    BOOST_TEST(!ran.result.finished);
}

BOOST_AUTO_TEST_CASE(memory_outside_the_regions_is_not_touched) {
    BOOST_CHECK_THROW(run_steps(R"js({"op": "write_memory", "at": "0x1000", "value": 1})js"), InputError);
    BOOST_CHECK_THROW(run_steps(R"js({"op": "write_memory", "at": "@on + 4090", "value": 1})js"), InputError);
    BOOST_CHECK_THROW(run_steps(R"js({"op": "write_memory", "at": "@on", "fill": 1, "size": 4097})js"), InputError);
    BOOST_CHECK_THROW(run_steps(R"js({"op": "write_memory", "at": "@on", "value": 1, "count": 513})js"), InputError);
    BOOST_CHECK_THROW(run_steps(R"js({"op": "read_memory", "at": "@vmcs + 4096"})js"), InputError);
    BOOST_TEST(run_steps(R"js({"op": "write_memory", "at": "@on + 4088", "value": "0x1122334455667788"},
        {"op": "read_memory", "at": "@on + 4088", "expect": {"value": "0x1122334455667788"}},
        {"op": "write_memory", "at": "@on", "value": 1, "width": 2, "count": 3, "increment": "0x101"},
        {"op": "read_memory", "at": "@on", "expect": {"value": "0x020301020001"}},
        {"op": "write_memory", "at": "@on", "hex": "aa bb"}, {"op": "read_memory", "at": "@on", "width": 1, "expect": {"value": "0xaa"}},
        {"op": "write_memory", "at": "@on", "fill": "0x5a", "size": 3},
        {"op": "read_memory", "at": "@on", "width": 4, "expect": {"value": "0x015a5a5a"}})js")
                   .result.disagreements == 0);
}

BOOST_AUTO_TEST_CASE(the_host_may_be_overridden) {
    const std::string host = R"js({"cr4": "host.cr4 & ~bit(13)", "tr.base": "0x1234", "sysenter_esp": "@on"})js";
    const Ran ran = run_steps(R"js({"op": "set", "variables": {"a": "host.cr4 & bit(13)", "b": "host.tr.base",
        "c": "host.sysenter_esp - @on"}})js",
                              host);
    BOOST_TEST(*ran.recorder.events[0].value == 0);
    BOOST_TEST(*ran.recorder.events[1].value == 0x1234);
    BOOST_TEST(*ran.recorder.events[2].value == 0);
    BOOST_CHECK_THROW(run_steps(R"js({"op": "vmxoff"})js", R"js({"cs": "0x10000"})js"), InputError);
}

BOOST_AUTO_TEST_CASE(a_value_that_cannot_be_computed_names_the_step) {
    const Scenario scenario = scenario_of(R"js("cpu": "conroe", "steps": [{"op": "vmxoff"},
        {"op": "set", "variables": {"x": "msr(0x48d)"}}])js");
    try {
        run_scenario(scenario);
        BOOST_FAIL("accepted");
    } catch (const InputError& error) {
        BOOST_TEST(error.what() == "test.json:3:9: step 2: MSR 0x48d does not exist on this processor");
    }
}

BOOST_AUTO_TEST_CASE(control_registers_and_msrs_keep_their_rules) {
    const auto last = [](const std::string& steps) { return run_steps(steps).recorder.events.back().outcome; };
    const auto write = [](const char* operation, const char* value) {
        return std::string("{\"op\": \"") + operation + "\", \"value\": \"" + value + "\"}";
    };
    const auto write_msr = [](const char* msr, const char* value) {
        return std::string("{\"op\": \"wrmsr\", \"msr\": \"") + msr + "\", \"value\": \"" + value + "\"}";
    };
    for (const auto& [msr, value] : {std::pair("0x480", "0"), std::pair("0x3a", "5"), std::pair("0x277", "2"),
                                     std::pair("0x175", "bit(62)"), std::pair("0xc0000080", "0")})
        BOOST_TEST(is_general_protection(last(write_msr(msr, value))), msr);
    for (const char* value : {"bit(31)", "host.cr0 & ~bit(31)", "host.cr0 | bit(29)", "host.cr0 | bit(32)"})
        BOOST_TEST(is_general_protection(last(write("write_cr0", value))), value);
    for (const char* value : {"host.cr4 & ~bit(5)", "host.cr4 | bit(63)"})
        BOOST_TEST(is_general_protection(last(write("write_cr4", value))), value);
    BOOST_TEST(is_general_protection(last(write("write_cr3", "bit(51)"))));
    BOOST_TEST((last(write_msr("0x175", "0x1000")).kind == OutcomeKind::succeed));
    BOOST_TEST((last(write("write_cr3", "0x3000")).kind == OutcomeKind::succeed));

    // Fixed in VMX operation only.
    for (const auto& [operation, value] :
         {std::pair("write_cr4", "host.cr4 & ~bit(13)"), std::pair("write_cr0", "host.cr0 & ~bit(5)")}) {
        BOOST_TEST((last(write(operation, value)).kind == OutcomeKind::succeed));
        BOOST_TEST(is_general_protection(last(kEnterRoot + ", " + write(operation, value))));
    }
    BOOST_CHECK_THROW(last(R"js({"op": "rdmsr", "msr": "0x12345"})js"), Unmodelled);
}

BOOST_AUTO_TEST_CASE(assembly_becomes_bytes_with_the_addresses_of_regions) {
    const Scenario scenario = scenario_of(R"js("memory": {"data": {}, "code": {"asm": "mov rax, at_data\nhlt", "bits": 64},
        "low": {"asm": "start: jmp near start\ndw start", "bits": 16, "origin": "0x7c00"}}, "steps": [])js");
    SimulatedBackend backend(default_profile());
    if (std::system("command -v nasm >/dev/null") != 0) {
        BOOST_CHECK_THROW(prepare(scenario, backend), InputError);
        return;
    }
    const Setup setup = prepare(scenario, backend);
    BOOST_TEST(setup.regions[1].bytes.back() == 0xF4);
    BOOST_TEST((setup.regions[2].bytes == Bytes{0xE9, 0xFD, 0xFF, 0x00, 0x7C}));
    const Scenario wrong = scenario_of(R"js("memory": {"code": {"asm": "nop\nmovv rax"}}, "steps": [])js");
    try {
        prepare(wrong, backend);
        BOOST_FAIL("accepted");
    } catch (const InputError& error) {
        BOOST_TEST(
            std::string(error.what()).starts_with("test.json:2:28: expected assembly that nasm accepts; it says: code:2:"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
