// SPDX-License-Identifier: MIT
// `vmxsim run` and `vmxsim replay`: exit codes, files, and what a person or a script reads.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "cli/run_vmxsim.hpp"

using namespace vmxsim::test;

namespace {

const std::string kSamples = VMXSIM_SOURCE_DIR "/samples/";

// A file that is gone with the test.
class Written {
public:
    explicit Written(const std::string& text) {
        path_ = (std::filesystem::temp_directory_path() / ("vmxsim_scenario_" + std::to_string(getpid()) + ".json")).string();
        std::ofstream(path_, std::ios::binary) << text;
    }
    ~Written() { std::filesystem::remove(path_); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(run_and_replay)

BOOST_AUTO_TEST_CASE(run_explains_the_third_seed_and_succeeds) {
    const Run run = run_vmxsim("run " + kSamples + "scenarios/nmiexits.json");
    BOOST_TEST(run.exit_code == 0);
    BOOST_TEST(run.out.find("VMfailValid(8): VM entry with invalid host-state field(s), as expected") != std::string::npos);
    BOOST_TEST(run.out.find("set bit 13 of HOST_CR4 (0x6f0 -> 0x26f0)") != std::string::npos);
    BOOST_TEST(run.out.find("VM_INSTRUCTION_ERROR = 0x8") != std::string::npos);
    BOOST_TEST(run.err == "");
}

BOOST_AUTO_TEST_CASE(an_unmet_expectation_is_exit_code_1) {
    const Written scenario(
        R"({"format": "vmxsim-scenario", "version": 1, "name": "n", "steps": [{"op": "vmxoff", "expect": "succeed"}]})");
    const Run run = run_vmxsim("run " + scenario.path());
    BOOST_TEST(run.exit_code == 1);
    BOOST_TEST(run.out.find("NOT AS EXPECTED: expected succeeds; found #UD") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(bad_input_is_exit_code_2_and_one_line) {
    const Written scenario("{\"format\": \"vmxsim-scenario\",\n\"version\": 1, \"name\": \"n\", \"steps\": [{\"op\": \"no\"}]}");
    const Run run = run_vmxsim("run " + scenario.path());
    BOOST_TEST(run.exit_code == 2);
    BOOST_TEST(run.err.starts_with("vmxsim: " + scenario.path() + ":2:45: expected one of set, vmxon"));
    BOOST_TEST(std::count(run.err.begin(), run.err.end(), '\n') == 1);
    BOOST_TEST(run_vmxsim("run /nonexistent.json").exit_code == 2);
    BOOST_TEST(run_vmxsim("replay /nonexistent.json").exit_code == 2);
    BOOST_TEST(run_vmxsim("run " + kSamples + "scenarios/first-entry.json --cpu no-such-processor").exit_code == 2);
}

BOOST_AUTO_TEST_CASE(what_is_not_modelled_is_exit_code_70_and_leaves_no_trace) {
    const Written scenario(
        R"({"format": "vmxsim-scenario", "version": 1, "name": "n", "steps": [{"op": "loop", "max_exits": 1, "on": {}}]})");
    const std::string trace = scenario.path() + ".trace";
    const Run run = run_vmxsim("run " + scenario.path() + " --trace " + trace);
    BOOST_TEST(run.exit_code == 70);
    BOOST_TEST(run.err.starts_with("vmxsim: not modelled: guest execution"));
    BOOST_TEST(!std::filesystem::exists(trace));
}

BOOST_AUTO_TEST_CASE(a_trace_is_the_same_on_standard_output_and_in_a_file) {
    const Run run = run_vmxsim("run " + kSamples + "scenarios/nmiexits.json --trace -");
    BOOST_TEST(run.exit_code == 0);
    BOOST_TEST((run.out == contents(kSamples + "traces/nmiexits.json")));
}

BOOST_AUTO_TEST_CASE(replay_agrees_diverges_or_refuses) {
    const std::string text = contents(kSamples + "traces/nmiexits.json");
    Run run = run_vmxsim("replay " + kSamples + "traces/nmiexits.json");
    BOOST_TEST(run.exit_code == 0);
    BOOST_TEST(run.out.find("events agree") != std::string::npos);

    std::string changed = text;
    changed.replace(changed.find("{\"fail_valid\":8}"), 16, "{\"fail_valid\":9}");
    const Written diverging(changed);
    run = run_vmxsim("replay " + diverging.path());
    BOOST_TEST(run.exit_code == 1);
    BOOST_TEST(run.out.find("first divergence: event ") != std::string::npos);
    BOOST_TEST(run.out.find("trace:     {\"fail_valid\":9}") != std::string::npos);
    BOOST_TEST(run.out.find("host.cr4.must_be_1") != std::string::npos);
    run = run_vmxsim("replay --json " + diverging.path());
    BOOST_TEST(run.exit_code == 1);
    const auto json = nlohmann::json::parse(run.out);
    BOOST_TEST(json["agrees"] == false);
    BOOST_TEST(json["divergence"]["op"] == "vmlaunch");
    BOOST_TEST(json["divergence"]["member"] == "outcome");

    const Written truncated(text.substr(0, text.size() / 2));
    run = run_vmxsim("replay " + truncated.path());
    BOOST_TEST(run.exit_code == 2);
    BOOST_TEST(run.err.starts_with("vmxsim: " + truncated.path() + ":"));
}

BOOST_AUTO_TEST_CASE(json_output_has_every_step_and_a_summary) {
    const Run run = run_vmxsim("run --json " + kSamples + "scenarios/entry-failures.json");
    BOOST_TEST(run.exit_code == 0);
    const auto json = nlohmann::json::parse(run.out);
    BOOST_TEST(json["steps"].size() == json["summary"]["steps"].get<size_t>());
    BOOST_TEST(json["summary"]["disagreements"] == 0);
    BOOST_TEST(json["summary"]["in_guest"] == true);
}

BOOST_AUTO_TEST_SUITE_END()
