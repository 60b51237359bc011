// SPDX-License-Identifier: MIT
#include "report/batch.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "import/profile_file.hpp"
#include "vmcs/profiles.hpp"

using namespace vmxsim;
using namespace vmxsim::report;
using Json = nlohmann::json;

namespace {

struct Run {
    std::vector<Json> answers;
    std::vector<std::string> complaints;
    BatchResult result;
};

Run run(const std::string& input, unsigned jobs = 1) {
    Run run;
    std::istringstream in(input);
    std::ostringstream out;
    BatchOptions options;
    options.resolve = import::resolve_profile;
    options.default_cpu = default_profile().name;
    options.jobs = jobs;
    options.file = "cases.jsonl";
    options.complain = [&](const std::string& complaint) { run.complaints.push_back(complaint); };
    run.result = run_batch(in, out, options);
    std::istringstream lines(out.str());
    for (std::string line; std::getline(lines, line);) run.answers.push_back(Json::parse(line));
    return run;
}

bool names(const Json& violations, const std::string& check) {
    return std::any_of(violations.begin(), violations.end(), [&](const Json& violation) { return violation["check"] == check; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(batch)

BOOST_AUTO_TEST_CASE(the_golden_vmcs_enters_on_every_named_processor) {
    std::string input;
    for (const CpuProfile& profile : all_profiles())
        input += R"({"id":")" + profile.name + R"(","cpu":")" + profile.name + R"(","base":"golden"})" + "\n";
    const Run answers = run(input);
    BOOST_TEST(answers.answers.size() == all_profiles().size());
    for (const Json& answer : answers.answers) {
        BOOST_TEST(answer["outcome"] == "entered", answer.dump());
        BOOST_TEST(answer["violations"].empty());
        BOOST_TEST(answer["unknown"].empty());
    }
}

BOOST_AUTO_TEST_CASE(a_failing_case_says_what_the_contract_asks_for) {
    const Run answers =
        run(R"({"id":"if0","base":"golden","vmcs":{"GUEST_RFLAGS":"0x2","VM_ENTRY_INTR_INFO_FIELD":"0x800000d1"}})");
    BOOST_REQUIRE(answers.answers.size() == 1);
    const Json& answer = answers.answers[0];
    BOOST_TEST(answer["id"] == "if0");
    BOOST_TEST(answer["outcome"] == "entry_failure");
    BOOST_TEST(answer["reason"] == "0x80000021");
    BOOST_TEST(answer["qualification"] == "0x0");
    BOOST_TEST(!answer.contains("error"));
    BOOST_REQUIRE(answer["violations"].size() == 1);
    const Json& violation = answer["violations"][0];
    BOOST_TEST(violation["check"] == "guest.rflags.if_for_external_interrupt");
    BOOST_TEST(violation["sdm"] == "26.3.1.4");
    BOOST_TEST(violation["fields"][0]["name"] == "GUEST_RFLAGS");
    BOOST_TEST(violation["fields"][0]["value"] == "0x2");
    BOOST_TEST(violation["why"] ==
               "GUEST_RFLAGS is 0x2: IF (bit 9) is 0; VM_ENTRY_INTR_INFO_FIELD is 0x800000d1: external interrupt, vector 0xd1");
    BOOST_TEST(violation["fix"] == "set bit 9 of GUEST_RFLAGS (0x2 -> 0x202)");
    BOOST_TEST(answers.result.failing == 1);
}

BOOST_AUTO_TEST_CASE(fields_are_named_by_name_identifier_or_encoding_in_any_case) {
    for (const std::string name : {"GUEST_RFLAGS", "guest_rflags", "Guest_RFlags", "0x6820", "0X6820", "26656"}) {
        const Run answers = run(R"({"base":"golden","vmcs":{"VM_ENTRY_INTR_INFO_FIELD":2147483857,")" + name + R"(":2}})");
        BOOST_REQUIRE(answers.answers.size() == 1);
        BOOST_TEST(names(answers.answers[0]["violations"], "guest.rflags.if_for_external_interrupt"), name);
    }
}

BOOST_AUTO_TEST_CASE(halves_of_a_field_are_written_separately) {
    const Run answers =
        run(R"({"base":"golden","vmcs":{"0x2000":"0x800","CPU_BASED_VM_EXEC_CONTROL":"0xffffffff","0x2001":"0x1"}})");
    BOOST_REQUIRE(answers.answers.size() == 1);
    for (const Json& violation : answers.answers[0]["violations"])
        if (violation["check"] == "exec.io_bitmap_a.aligned") {
            BOOST_TEST(violation["fields"][0]["value"] == "0x100000800");
            return;
        }
    BOOST_ERROR("exec.io_bitmap_a.aligned does not fail");
}

BOOST_AUTO_TEST_CASE(without_a_base_what_is_not_given_is_unknown) {
    const Run answers = run(R"({"id":"p","vmcs":{"GUEST_RFLAGS":"0x2"}})");
    BOOST_REQUIRE(answers.answers.size() == 1);
    const Json& unknown = answers.answers[0]["unknown"];
    BOOST_TEST(std::count(unknown.begin(), unknown.end(), "VM_ENTRY_INTR_INFO_FIELD") == 1);
    BOOST_TEST(std::count(unknown.begin(), unknown.end(), "GUEST_RFLAGS") == 0);
}

BOOST_AUTO_TEST_CASE(a_field_that_the_processor_lacks_is_noted) {
    const Run answers = run(R"({"base":"golden","cpu":"conroe","vmcs":{"PML_ADDRESS":"0x1000"}})");
    BOOST_REQUIRE(answers.answers.size() == 1);
    BOOST_TEST(answers.answers[0]["notes"].dump().find("PML_ADDRESS does not exist") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_msr_that_cannot_be_loaded_fails_the_entry_with_its_number_in_the_list) {
    const std::string list =
        R"("vmcs":{"VM_ENTRY_MSR_LOAD_ADDR":"0x10000","VM_ENTRY_MSR_LOAD_COUNT":2},"memory":[{"at":"0x10000","hex":")";
    const std::string star = "810000c0000000000000000000000000",
                      fs_base = "000100c0000000000000000000000000";  // C0000081H, C0000100H
    const Run answers =
        run(R"({"id":"golden","base":"golden",)" + list + star + fs_base + "\"}]}\n" + R"({"id":"loads","base":"golden",)" +
            list + star + star + "\"}]}\n" + R"({"id":"partial",)" + list + star + fs_base + "\"}]}\n");
    BOOST_REQUIRE(answers.answers.size() == 3);
    for (const size_t i : {0U, 2U}) {
        const Json& answer = answers.answers[i];
        BOOST_TEST(answer["outcome"] == "entry_failure");
        BOOST_TEST(answer["reason"] == "0x80000022");
        BOOST_TEST(answer["qualification"] == "0x2");
        BOOST_TEST(names(answer["violations"], "msr_load.fs_base"));
    }
    BOOST_TEST(answers.answers[1]["outcome"] == "entered");
}

BOOST_AUTO_TEST_CASE(bad_lines_are_answered_in_place_and_the_rest_goes_on) {
    const std::string good = R"({"id":"good","base":"golden"})";
    const std::string bad[] = {"{",
                               "[]",
                               "3",
                               "nonsense",
                               R"({"id":"x"})",
                               R"({"id":"x","vmcs":{"NO_SUCH_FIELD":1}})",
                               R"({"id":"x","vmcs":{"GUEST_RIP":"0xzz"}})",
                               R"({"id":"x","vmcs":{"GUEST_RIP":-1}})",
                               R"({"id":"x","vmcs":{"GUEST_RIP":1.5}})",
                               R"({"id":"x","vmcs":{"GUEST_RIP":null}})",
                               R"({"id":"x","base":"silver"})",
                               R"({"id":"x","base":"golden"} {"id":"y"})",
                               R"({"id":"x","base":"golden","cpu":"no-such-cpu"})",
                               R"({"id":"x","base":"golden","memory":[{"at":"0x0","hex":"0"}]})",
                               R"({"id":"x","base":"golden","memory":[{"hex":"00"}]})",
                               R"({"id":"x","vmcs":{"GUEST_RIP":"0x10000000000000000"}})",
                               R"({"id":"x","base":"golden","processor":{"on":true}})",
                               "{\"id\":\"\xff\",\"base\":\"golden\"",
                               std::string("{\"id\":\"\0\",\"base\":\"golden\"}", 27)};
    std::string input;
    for (const std::string& line : bad) input += good + "\n" + line + "\n\n";
    const Run answers = run(input);
    BOOST_TEST(answers.result.bad_lines == std::size(bad));
    BOOST_TEST(answers.result.cases == std::size(bad));
    BOOST_REQUIRE(answers.answers.size() == 2 * std::size(bad));
    for (size_t i = 0; i < std::size(bad); ++i) {
        BOOST_TEST(answers.answers[2 * i]["outcome"] == "entered");
        BOOST_TEST(answers.answers[2 * i + 1].contains("error_message"), bad[i]);
        BOOST_TEST(answers.complaints[i].rfind("cases.jsonl:" + std::to_string(3 * i + 2) + ": ", 0) == 0, answers.complaints[i]);
    }
}

BOOST_AUTO_TEST_CASE(many_threads_answer_in_the_order_of_the_input) {
    std::string input;
    constexpr int kCases = 60000;  // several chunks
    for (int i = 0; i < kCases; ++i) {
        input += R"({"id":"case-)" + std::to_string(i) + R"(","base":"golden","vmcs":{"GUEST_RFLAGS":"0x)" +
                 (i % 3 == 0 ? "0" : "2") + "\"}}\n";
        if (i % 1000 == 999) input += "broken\n";
    }
    const Run one = run(input), four = run(input, 4);
    BOOST_TEST(one.result.cases == kCases);
    BOOST_TEST(one.result.bad_lines == kCases / 1000);
    BOOST_TEST((one.answers == four.answers));
    BOOST_TEST((one.complaints == four.complaints));
    BOOST_TEST(one.answers[0]["id"] == "case-0");
    BOOST_TEST(one.answers.back()["id"] == "line " + std::to_string(kCases + kCases / 1000));
}

BOOST_AUTO_TEST_CASE(the_last_line_needs_no_line_feed_and_carriage_returns_do_no_harm) {
    const Run answers = run("\r\n{\"id\":\"a\",\"base\":\"golden\"}\r\n\r\n{\"id\":\"b\",\"base\":\"golden\"}");
    BOOST_REQUIRE(answers.answers.size() == 2);
    BOOST_TEST(answers.answers[1]["id"] == "b");
    BOOST_TEST(run("").answers.empty());
}

BOOST_AUTO_TEST_SUITE_END()
