// SPDX-License-Identifier: MIT
#include "base/input_error.hpp"
#include "base/similar.hpp"
#include "report/reference/records.hpp"
#include "spec/text.hpp"

namespace vmxsim::report {
namespace {

using namespace spec;

constexpr Column kColumns[] = {{"check", "CHECK"}, {"sdm", "SDM"}, {"failure", "FAILURE"}, {"rule", "RULE"}};

std::string failure_text(const vmx::Failure& failure) {
    return failure.is_vmfail() ? "vmfail_valid " + std::to_string(static_cast<unsigned>(failure.error))
                               : "entry_failure " + std::to_string(static_cast<unsigned>(failure.reason));
}

bool starts_with(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && same_ignoring_case(text.substr(0, prefix.size()), prefix);
}

bool reads(const vmx::CheckInfo& check, Field field) {
    for (const Field candidate : check.fields)
        if (candidate == field) return true;
    return false;
}

// True when parts of a dotted id, from one dot to another, are the key: "guest.cr0", "cr0" or "fixed_bits".
bool has_parts(std::string_view id, std::string_view key) {
    for (size_t start = 0; start != std::string_view::npos && start < id.size();) {
        const std::string_view rest = id.substr(start);
        if (starts_with(rest, key) && (rest.size() == key.size() || rest[key.size()] == '.')) return true;
        const size_t dot = id.find('.', start);
        start = dot == std::string_view::npos ? dot : dot + 1;
    }
    return false;
}

// An id or parts of it, an SDM section with what is below it, or a field that the rule reads.
bool is_about(const vmx::CheckInfo& check, std::string_view key) {
    if (has_parts(check.id, key)) return true;
    if (key == check.sdm || starts_with(check.sdm, std::string(key) + '.')) return true;
    const auto field = find_field(key);
    return field && reads(check, field->field);
}

}  // namespace

Json check_record(const vmx::CheckInfo& check) {
    Json fields = Json::array();
    for (const Field field : check.fields) fields.push_back(info(field).name);
    return {{"check", check.id},
            {"sdm", check.sdm},
            {"rule", check.rule},
            {"fields", fields},
            {"failure", failure_text(check.failure)}};
}

ReferenceAnswer describe_checks(std::string_view key, Format format) {
    Json records = Json::array();
    for (const vmx::CheckInfo& check : vmx::all_checks())
        if (key.empty() || is_about(check, key)) records.push_back(check_record(check));
    if (const auto encoding = number_in(key); records.empty() && encoding) {
        const auto field = find_field(*encoding);
        for (const vmx::CheckInfo& check : vmx::all_checks())
            if (field && reads(check, field->field)) records.push_back(check_record(check));
    }
    if (records.empty()) {
        std::vector<std::string_view> names;
        for (const vmx::CheckInfo& check : vmx::all_checks()) names.push_back(check.id);
        throw InputError("expected a VM-entry check, an SDM section or a field that a check reads, found \"" + std::string(key) +
                         '"' + did_you_mean(key, names));
    }
    if (key.empty()) return {render_list(records, kColumns, format), true};
    return {render(records, kColumns, "check", format), true};
}

}  // namespace vmxsim::report
