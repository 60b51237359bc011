// SPDX-License-Identifier: MIT
#include "base/input_error.hpp"
#include "base/similar.hpp"
#include "report/reference/records.hpp"
#include "spec/text.hpp"

namespace vmxsim::report {
namespace {

using namespace spec;

constexpr Column kColumns[] = {{"number", "NUMBER"}, {"sdm", "SDM"}, {"instructions", "INSTRUCTIONS"}, {"text", "TEXT"}};

Json detailed_record(const VmInstructionErrorInfo& error) {
    Json record = error_record(error);
    record["identifier"] = error.identifier;
    record["assigned"] = !error.is_reserved();
    return record;
}

// 0 after VMfailValid does not occur; what lies beyond the table no processor reports.
Json unassigned_record(u64 number) {
    return {{"number", number}, {"text", nullptr}, {"instructions", ""}, {"sdm", "30.4"}, {"assigned", false}};
}

}  // namespace

Json error_record(const VmInstructionErrorInfo& error) {
    return {{"number", error.number}, {"text", error.text}, {"instructions", error.instructions}, {"sdm", "30.4"}};
}

ReferenceAnswer describe_errors(std::string_view key, Format format) {
    Json records = Json::array();
    if (key.empty()) {
        for (const VmInstructionErrorInfo& error : kVmInstructionErrors) records.push_back(error_record(error));
        return {render_list(records, kColumns, format), true};
    }
    if (const auto number = number_in(key)) {
        const VmInstructionErrorInfo* error = find_vm_instruction_error(*number);
        records.push_back(error != nullptr ? detailed_record(*error) : unassigned_record(*number));
    } else {
        for (const VmInstructionErrorInfo& error : kVmInstructionErrors)
            if (!error.is_reserved() && (same_ignoring_case(key, error.text) || same_ignoring_case(key, error.identifier)))
                records.push_back(detailed_record(error));
    }
    if (records.empty()) {
        std::vector<std::string_view> names;
        for (const VmInstructionErrorInfo& error : kVmInstructionErrors)
            if (!error.is_reserved()) names.insert(names.end(), {error.text, error.identifier});
        throw InputError("expected the number or text of a VM-instruction error, found \"" + std::string(key) + '"' +
                         did_you_mean(key, names));
    }
    const bool assigned = records[0]["assigned"];
    if (format == Format::text && !assigned) return {in_full(records[0], std::string(key) + ": reserved or undefined"), false};
    return {render(records, kColumns, "text", format), assigned};
}

}  // namespace vmxsim::report
