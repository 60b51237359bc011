// SPDX-License-Identifier: MIT
#include <boost/test/unit_test.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/run_vmxsim.hpp"

using namespace vmxsim::test;
using Json = nlohmann::json;

BOOST_AUTO_TEST_SUITE(reference_commands)

BOOST_AUTO_TEST_CASE(each_command_prints_json_with_the_keys_of_the_contract) {
    const struct {
        const char* command;
        std::vector<const char*> keys;
    } kCommands[] = {{"fields", {"encoding", "name", "title", "width", "type", "group", "exists", "sdm"}},
                     {"controls", {"word", "bit", "name", "msr", "true_msr", "sdm"}},
                     {"exits", {"number", "name"}},
                     {"errors", {"number", "text"}},
                     {"checks", {"check", "sdm", "rule", "fields", "failure"}}};
    for (const auto& [command, keys] : kCommands) {
        const Run run = run_vmxsim(std::string(command) + " --json");
        BOOST_TEST(run.exit_code == 0);
        BOOST_TEST(run.err == "");
        const Json list = Json::parse(run.out);
        BOOST_REQUIRE(!list.empty());
        for (const Json& record : list)
            for (const char* key : keys) BOOST_TEST(record.contains(key), command << " " << key);
    }
}

BOOST_AUTO_TEST_CASE(each_command_prints_a_table_with_the_section) {
    for (const char* command : {"fields", "controls", "exits", "errors", "checks"}) {
        const Run run = run_vmxsim(command);
        BOOST_TEST(run.exit_code == 0);
        BOOST_TEST(run.out.substr(0, run.out.find('\n')).find("SDM") != std::string::npos, command);
    }
}

BOOST_AUTO_TEST_CASE(exit_codes_tell_found_unassigned_and_unknown_apart) {
    BOOST_TEST(run_vmxsim("fields guest_rip").exit_code == 0);
    BOOST_TEST(run_vmxsim("fields 0x20fe").exit_code == 1);
    BOOST_TEST(run_vmxsim("exits 0x80000021").exit_code == 0);
    BOOST_TEST(run_vmxsim("exits 35").exit_code == 1);
    BOOST_TEST(run_vmxsim("controls primary 7").exit_code == 0);
    BOOST_TEST(run_vmxsim("errors 14").exit_code == 1);
    const Run unknown = run_vmxsim("fields GUEST_RAP --json");
    BOOST_TEST(unknown.exit_code == 2);
    BOOST_TEST(unknown.out == "");
    BOOST_TEST(unknown.err.substr(0, 8) == "vmxsim: ");
    BOOST_TEST(unknown.err.find("GUEST_RIP") != std::string::npos);
    BOOST_TEST(unknown.err.find('\n') == unknown.err.size() - 1);
}

BOOST_AUTO_TEST_CASE(caps_and_controls_call_each_bit_the_same) {
    std::map<std::pair<std::string, int>, std::string> names;
    for (const Json& control : Json::parse(run_vmxsim("controls --json").out))
        names[{control["word"], control["bit"]}] = control["name"];
    const Json caps = Json::parse(run_vmxsim("caps --json").out);
    BOOST_REQUIRE(!caps["controls"].empty());
    for (const Json& control : caps["controls"]) {
        const std::pair<std::string, int> place{control["word"], control["bit"]};
        BOOST_TEST(names[place] == control["name"].get<std::string>());
    }
}

BOOST_AUTO_TEST_CASE(words_need_no_quotes) {
    BOOST_TEST(Json::parse(run_vmxsim("controls use I/O bitmaps --json").out)[0]["bit"] == 25);
    BOOST_TEST(Json::parse(run_vmxsim("fields Guest RIP --json").out)[0]["encoding"] == "0x681e");
}

BOOST_AUTO_TEST_CASE(documents_that_were_edited_are_named) {
    namespace fs = std::filesystem;
    const fs::path folder = fs::temp_directory_path() / ("vmxsim_reference_" + std::to_string(getpid()));
    fs::create_directory(folder);
    BOOST_TEST(run_vmxsim("reference --write " + folder.string()).exit_code == 0);
    BOOST_TEST(run_vmxsim("reference --check " + folder.string()).exit_code == 0);
    std::ofstream(folder / "exit-reasons.md", std::ios::app) << "x";
    const Run run = run_vmxsim("reference --check " + folder.string());
    BOOST_TEST(run.exit_code == 1);
    BOOST_TEST(run.out.find("exit-reasons.md is not what the rows say; regenerate: vmxsim reference --write") !=
               std::string::npos);
    BOOST_TEST(run.out.find("vmcs-fields.md") == std::string::npos);
    fs::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()
