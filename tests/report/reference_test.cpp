// SPDX-License-Identifier: MIT
#include "report/reference.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "base/input_error.hpp"
#include "base/number.hpp"
#include "spec/spec.hpp"
#include "spec/text.hpp"
#include "vmcs/capabilities.hpp"
#include "vmcs/profiles.hpp"
#include "vmx/entry/check_engine.hpp"

using namespace vmxsim;
using namespace vmxsim::report;
using Json = nlohmann::json;

namespace {

using Describe = ReferenceAnswer (*)(std::string_view, Format);

Json json_of(Describe describe, std::string_view key) { return Json::parse(describe(key, Format::json).text); }

std::set<std::string> keys_of(const Json& record) {
    std::set<std::string> keys;
    for (const auto& [key, value] : record.items()) keys.insert(key);
    return keys;
}

bool complains_with(Describe describe, std::string_view key, std::string_view expected) {
    try {
        describe(key, Format::text);
    } catch (const InputError& error) {
        if (std::string_view(error.what()).find(expected) != std::string_view::npos) return true;
        BOOST_TEST_MESSAGE(error.what());
    }
    return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reference_fields)

BOOST_AUTO_TEST_CASE(the_list_has_every_field_with_the_keys_of_the_contract) {
    const Json list = json_of(describe_fields, "");
    BOOST_REQUIRE(list.size() == spec::kFieldCount);
    for (const Json& record : list)
        BOOST_TEST(
            (keys_of(record) == std::set<std::string>{"encoding", "name", "title", "width", "type", "group", "exists", "sdm"}));
    const Json& rip = *std::find_if(list.begin(), list.end(), [](const Json& record) { return record["name"] == "GUEST_RIP"; });
    BOOST_TEST(rip == Json({{"encoding", "0x681e"},
                            {"name", "GUEST_RIP"},
                            {"title", "Guest RIP"},
                            {"width", "natural"},
                            {"type", "guest"},
                            {"group", "natural-width guest-state fields"},
                            {"exists", "always"},
                            {"sdm", "B.4.3"}}));
}

BOOST_AUTO_TEST_CASE(every_field_is_found_by_encoding_name_identifier_and_title) {
    for (const spec::FieldInfo& field : spec::kFields) {
        const std::string encoding = hex(field.encoding);
        for (const std::string_view key : {std::string_view(encoding), field.name, field.identifier, field.title})
            BOOST_TEST(describe_fields(key, Format::json).text.find('"' + encoding + '"') != std::string::npos, key);
    }
}

BOOST_AUTO_TEST_CASE(an_encoding_is_taken_apart) {
    const Json high = json_of(describe_fields, "0x2805")[0];
    BOOST_TEST(high["name"] == "GUEST_IA32_PAT_HIGH");
    BOOST_TEST(high["access"] == "high");
    BOOST_TEST(high["index"] == 2);
    BOOST_TEST(high["assigned"] == true);
    BOOST_TEST(json_of(describe_fields, "681EH")[0]["name"] == "GUEST_RIP");
    BOOST_TEST(json_of(describe_fields, "26654")[0]["name"] == "GUEST_RIP");
    BOOST_TEST(json_of(describe_fields, "guest ia32_pat (HIGH)")[0]["encoding"] == "0x2805");
}

BOOST_AUTO_TEST_CASE(an_encoding_without_a_field_is_taken_apart_and_said_to_be_unassigned) {
    const ReferenceAnswer answer = describe_fields("0x20fe", Format::json);
    BOOST_TEST(!answer.assigned);
    const Json record = Json::parse(answer.text)[0];
    BOOST_TEST(record["name"].is_null());
    BOOST_TEST(record["width"] == "64");
    BOOST_TEST(record["type"] == "control");
    BOOST_TEST(record["index"] == 127);
    BOOST_TEST(json_of(describe_fields, "0x1681e")[0]["reserved_bits"] == "0x10000");
    BOOST_TEST(!describe_fields("0x681f", Format::text).assigned);
    BOOST_TEST(describe_fields("0x681f", Format::text).text.find("high access exists only for 64-bit fields") !=
               std::string::npos);
    BOOST_TEST(describe_fields("0x20fe", Format::text).text.find("unassigned") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(processors_are_those_whose_capabilities_have_the_field) {
    const Json profiles = json_of(describe_fields, "VIRTUAL_PROCESSOR_ID")[0]["profiles"];
    BOOST_TEST(profiles["of"] == all_profiles().size());
    const std::set<std::string> names = profiles["names"];
    BOOST_TEST(profiles["count"] == names.size());
    for (const CpuProfile& profile : all_profiles())
        BOOST_TEST(names.count(profile.name) == (Capabilities(profile).field_exists(spec::Field::vpid) ? 1u : 0u), profile.name);
}

BOOST_AUTO_TEST_CASE(a_wrong_name_is_bad_input_with_near_ones) {
    BOOST_TEST(complains_with(describe_fields, "GUEST_RAP", "GUEST_RIP"));
    BOOST_TEST(complains_with(describe_fields, "0xZZ", "expected the name, title or encoding"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reference_controls)

BOOST_AUTO_TEST_CASE(the_list_has_every_bit_with_the_keys_of_the_contract) {
    const Json list = json_of(describe_controls, "");
    BOOST_REQUIRE(list.size() == spec::kControlCount);
    for (const Json& record : list)
        BOOST_TEST((keys_of(record) == std::set<std::string>{"word", "bit", "name", "msr", "true_msr", "sdm"}));
    BOOST_TEST(list[0]["word"] == "pin");
    BOOST_TEST(list[0]["true_msr"] == "0x48d");
}

BOOST_AUTO_TEST_CASE(a_bit_is_found_by_place_and_by_all_its_names) {
    for (const std::string_view key : {"primary.7", "primary 7", "PRIMARY.0x7", "HLT exiting", "hlt_exiting",
                                       "CPU_BASED_HLT_EXITING", "primary.hlt_exiting"}) {
        const Json records = json_of(describe_controls, key);
        BOOST_REQUIRE(records.size() == 1u);
        BOOST_TEST(records[0]["word"] == "primary");
        BOOST_TEST(records[0]["bit"] == 7);
        BOOST_TEST(records[0]["name"] == "HLT exiting");
        BOOST_TEST(records[0]["profiles"]["count"] == all_profiles().size());
    }
    BOOST_TEST(json_of(describe_controls, "conceal VMX from PT").size() == 3u);
    BOOST_TEST(json_of(describe_controls, "exit.conceal VMX from PT").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_word_is_found_by_name_msr_and_field) {
    for (const std::string_view key : {"secondary", "0x48b", "IA32_VMX_PROCBASED_CTLS2", "0x401e", "SECONDARY_VM_EXEC_CONTROL"})
        BOOST_TEST(json_of(describe_controls, key).size() == 32u, key);
    BOOST_TEST(json_of(describe_controls, "0x490") == json_of(describe_controls, "entry"));
}

BOOST_AUTO_TEST_CASE(a_bit_without_a_control_is_unassigned_and_a_bit_beyond_the_word_is_bad_input) {
    const ReferenceAnswer answer = describe_controls("primary.18", Format::json);
    BOOST_TEST(!answer.assigned);
    BOOST_TEST(Json::parse(answer.text)[0]["name"].is_null());
    BOOST_TEST(!describe_controls("tertiary.63", Format::text).assigned);
    BOOST_TEST(complains_with(describe_controls, "primary.32", "expected a bit below 32"));
    BOOST_TEST(complains_with(describe_controls, "HLT exitin", "HLT exiting"));
    BOOST_TEST(complains_with(describe_controls, "7", "primary.7"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reference_exits_and_errors)

BOOST_AUTO_TEST_CASE(every_exit_reason_is_listed_with_its_section) {
    const Json list = json_of(describe_exits, "");
    BOOST_REQUIRE(list.size() == 86u);
    BOOST_TEST(list[10]["number"] == 10);
    BOOST_TEST(list[10]["name"] == "CPUID");
    BOOST_TEST(list[10]["sdm"] == "C");
    BOOST_TEST(list[10]["cause_sdm"] == "25.1.2");
}

BOOST_AUTO_TEST_CASE(a_32_bit_reason_is_taken_apart_in_hex_and_in_decimal) {
    for (const std::string_view key : {"0x80000021", "2147483681", "80000021H"}) {
        const ReferenceAnswer answer = describe_exits(key, Format::json);
        BOOST_TEST(answer.assigned);
        const Json record = Json::parse(answer.text)[0];
        BOOST_TEST(record["number"] == 33);
        BOOST_TEST(record["value"] == "0x80000021");
        BOOST_TEST(record["entry_failed"] == true);
        BOOST_REQUIRE(record["bits"].size() == 1u);
        BOOST_TEST(record["bits"][0]["bit"] == 31);
        BOOST_TEST(record["undefined_bits"] == "0x0");
    }
    const Json odd = json_of(describe_exits, "0x4c01000a")[0];
    BOOST_TEST(odd["number"] == 10);
    BOOST_TEST(odd["bits"].size() == 2u);
    BOOST_TEST(odd["undefined_bits"] == "0x40010000");
}

BOOST_AUTO_TEST_CASE(reserved_and_undefined_reasons_are_not_assigned) {
    for (const std::string_view key : {"35", "86", "0xffffffff"}) BOOST_TEST(!describe_exits(key, Format::text).assigned, key);
    BOOST_TEST(complains_with(describe_exits, "0x100000000", "at most 32 bits"));
    BOOST_TEST(complains_with(describe_exits, "EPT_MISCONFIGURE", "EPT_MISCONFIG"));
}

BOOST_AUTO_TEST_CASE(reasons_are_found_by_every_name) {
    for (const std::string_view key : {"EXIT_REASON_MSR_WRITE", "msr_write", "wrmsr", "32"})
        BOOST_TEST(json_of(describe_exits, key)[0]["number"] == 32, key);
    for (const spec::ExitReasonInfo& reason : spec::kExitReasons)
        if (!reason.is_reserved()) BOOST_TEST(json_of(describe_exits, reason.name)[0]["number"] == reason.number);
}

BOOST_AUTO_TEST_CASE(errors_are_found_by_number_text_and_identifier) {
    const Json list = json_of(describe_errors, "");
    BOOST_REQUIRE(list.size() == 28u);
    BOOST_TEST(list[6]["number"] == 7);
    BOOST_TEST(list[6]["text"] == "VM entry with invalid control field(s)");
    for (const std::string_view key :
         {"7", "0x7", "vm entry with invalid control field(s)", "vm_entry_with_invalid_control_field"})
        BOOST_TEST(json_of(describe_errors, key)[0]["number"] == 7, key);
    for (const std::string_view key : {"0", "14", "29"}) BOOST_TEST(!describe_errors(key, Format::json).assigned, key);
    BOOST_TEST(complains_with(describe_errors, "VMXON pointer", "did you mean"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reference_checks)

BOOST_AUTO_TEST_CASE(every_check_is_listed_with_the_keys_of_the_contract) {
    const Json list = json_of(describe_checks, "");
    BOOST_REQUIRE(list.size() == vmx::all_checks().size());
    const std::set<std::string> failures = {"vmfail_valid 7", "vmfail_valid 8", "vmfail_valid 26", "entry_failure 33",
                                            "entry_failure 34"};
    for (const Json& record : list) {
        BOOST_TEST((keys_of(record) == std::set<std::string>{"check", "sdm", "rule", "fields", "failure"}));
        BOOST_TEST(failures.count(record["failure"]) == 1u, record["failure"]);
        for (const Json& field : record["fields"]) BOOST_TEST(spec::find_field(field.get<std::string>()).has_value());
    }
}

// A sentence that quotes a control by a name that no control has sends its reader looking for nothing.
BOOST_AUTO_TEST_CASE(what_a_rule_quotes_is_a_control_or_a_bit_of_the_injected_event) {
    const auto is_known = [](std::string_view quoted) {
        if (quoted == "deliver error code" || quoted == "nested exception") return true;
        return std::any_of(std::begin(spec::kControls), std::end(spec::kControls),
                           [&](const spec::ControlInfo& control) { return spec::same_ignoring_case(control.name, quoted); });
    };
    for (const vmx::CheckInfo& check : vmx::all_checks()) {
        for (size_t open = check.rule.find('"'); open != std::string_view::npos;) {
            const size_t close = check.rule.find('"', open + 1);
            BOOST_REQUIRE(close != std::string_view::npos);
            const std::string_view quoted = check.rule.substr(open + 1, close - open - 1);
            BOOST_TEST(is_known(quoted), check.id << ": " << quoted);
            open = check.rule.find('"', close + 1);
        }
    }
}

BOOST_AUTO_TEST_CASE(checks_are_found_by_id_part_section_and_field) {
    constexpr std::string_view kId = "guest.rflags.if_for_external_interrupt";
    BOOST_TEST(json_of(describe_checks, kId).size() == 1u);
    for (const std::string_view key : {"guest.rflags", "RFLAGS", "26.3.1.4", "26.3", "GUEST_RFLAGS", "0x6820"}) {
        const Json list = json_of(describe_checks, key);
        BOOST_TEST(std::any_of(list.begin(), list.end(), [&](const Json& record) { return record["check"] == kId; }), key);
    }
    BOOST_TEST(json_of(describe_checks, "26.2.1.1") != json_of(describe_checks, ""));
    BOOST_TEST(complains_with(describe_checks, "guest.rflags.if_for_external_interupt", kId));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reference_documents_)

BOOST_AUTO_TEST_CASE(the_documents_have_a_line_for_every_row) {
    size_t found = 0;
    for (const ReferenceDocument& document : reference_documents()) {
        const auto has = [&](const std::string& text) { return document.text.find(text) != std::string::npos; };
        if (document.file_name == "vmcs-fields.md")
            for (const spec::FieldInfo& field : spec::kFields)
                found += has("| " + hex(field.encoding) + " | " + std::string(field.name) + " |") ? 1 : 0;
        if (document.file_name == "vm-entry-checks.md")
            for (const vmx::CheckInfo& check : vmx::all_checks()) found += has("| " + std::string(check.id) + " |") ? 1 : 0;
        if (document.file_name == "vmx-msrs.md")
            for (const spec::VmxMsrInfo& msr : spec::kVmxMsrs)
                found += has("## " + std::string(msr.name) + " (" + hex(msr.number) + ")") ? 1 : 0;
    }
    BOOST_TEST(found == spec::kFieldCount + vmx::all_checks().size() + std::size(spec::kVmxMsrs));
}

BOOST_AUTO_TEST_SUITE_END()
