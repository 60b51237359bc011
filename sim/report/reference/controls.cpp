// SPDX-License-Identifier: MIT
#include "base/input_error.hpp"
#include "base/number.hpp"
#include "base/similar.hpp"
#include "report/reference/processors.hpp"
#include "report/reference/records.hpp"
#include "spec/text.hpp"

namespace vmxsim::report {
namespace {

using namespace spec;

constexpr Column kColumns[] = {{"word", "WORD"}, {"bit", "BIT"},           {"name", "NAME"},
                               {"msr", "MSR"},   {"true_msr", "TRUE MSR"}, {"sdm", "SDM"}};

Json msr_or_null(u32 msr) { return msr == 0 ? Json() : Json(hex(msr)); }

Json shape_of(ControlWord word, unsigned bit, Json name) {
    return {{"word", to_string(word)},
            {"bit", bit},
            {"name", std::move(name)},
            {"msr", hex(msrs_of(word).plain)},
            {"true_msr", msr_or_null(msrs_of(word).true_msr)},
            {"sdm", sdm_section(word)}};
}

Json detailed_record(Control control, const Processors& processors) {
    const ControlInfo& row = info(control);
    Json record = control_record(row);
    record["identifier"] = row.identifier;
    record["mask"] = hex(u64{1} << row.bit);
    record["field"] = info(field_of(row.word)).name;
    record["default1"] = row.default1;
    record["linux"] = row.linux_name;
    record["vmxcap"] = row.vmxcap_name;
    record["assigned"] = true;
    record["profiles"] = processors.having([&](const Capabilities& cpu) { return cpu.allows(control); });
    return record;
}

// A bit of a word without a row: it must be 0 (SDM 24.6 to 24.8).
Json unassigned_record(ControlWord word, unsigned bit) {
    Json record = shape_of(word, bit, nullptr);
    record["mask"] = hex(u64{1} << bit);
    record["field"] = info(field_of(word)).name;
    record["assigned"] = false;
    return record;
}

[[noreturn]] void complain(std::string_view key) {
    std::vector<std::string_view> names;
    for (const ControlInfo& row : kControls) {
        names.insert(names.end(), {row.name, row.identifier});
        if (!row.linux_name.empty()) names.push_back(row.linux_name);
    }
    throw InputError("expected the name of a control, or a place such as primary.7, found \"" + std::string(key) + '"' +
                     did_you_mean(key, names));
}

bool is_called(const ControlInfo& row, std::string_view key) {
    return same_ignoring_case(key, row.name) || same_ignoring_case(key, row.identifier) ||
           same_ignoring_case(key, row.vmxcap_name) || same_ignoring_case(key, row.linux_name);
}

// The word of which the number is the capability MSR or the VMCS field.
std::optional<ControlWord> word_by_number(u64 number) {
    for (size_t i = 0; i < kControlWordCount; ++i) {
        const auto word = static_cast<ControlWord>(i);
        if (number == msrs_of(word).plain || (number != 0 && number == msrs_of(word).true_msr)) return word;
        if (number == info(field_of(word)).encoding) return word;
    }
    return std::nullopt;
}

std::optional<ControlWord> word_called(std::string_view key) {
    if (const auto word = find_control_word(key)) return word;
    if (const auto number = number_in(key)) return word_by_number(*number);
    if (const auto field = find_field(key)) return word_by_number(info(field->field).encoding);
    if (const VmxMsrInfo* msr = find_vmx_msr(key)) return word_by_number(msr->number);
    return std::nullopt;
}

}  // namespace

Json control_record(const ControlInfo& control) { return shape_of(control.word, control.bit, control.name); }

ReferenceAnswer describe_controls(std::string_view key, Format format) {
    Json records = Json::array();
    const std::optional<ControlWord> whole_word = word_called(key);
    if (key.empty() || whole_word) {
        for (const ControlInfo& row : kControls)
            if (key.empty() || row.word == *whole_word) records.push_back(control_record(row));
        return {render_list(records, kColumns, format), true};
    }

    const Processors processors;
    const auto add_matches = [&](std::optional<ControlWord> word, std::string_view name) {
        for (size_t i = 0; i < kControlCount; ++i)
            if ((!word || kControls[i].word == *word) && is_called(kControls[i], name))
                records.push_back(detailed_record(static_cast<Control>(i), processors));
    };
    bool assigned = true;
    add_matches(std::nullopt, key);
    const size_t separator = key.find_first_of(". :");
    const auto word =
        records.empty() && separator != std::string_view::npos ? find_control_word(key.substr(0, separator)) : std::nullopt;
    if (word) {
        const std::string_view place = key.substr(separator + 1);
        if (const auto bit = number_in(place)) {
            if (*bit >= bit_count(*word))
                throw InputError("expected a bit below " + std::to_string(bit_count(*word)) + " for " +
                                 std::string(to_string(*word)) + ", found " + std::string(place));
            const auto control = find_control(*word, static_cast<unsigned>(*bit));
            assigned = control.has_value();
            records.push_back(control ? detailed_record(*control, processors)
                                      : unassigned_record(*word, static_cast<unsigned>(*bit)));
        } else {
            add_matches(word, place);
        }
    }
    if (records.empty()) complain(key);
    if (format == Format::text && !assigned) return {in_full(records[0], std::string(key) + ": unassigned, must be 0"), false};
    return {render(records, kColumns, "name", format), assigned};
}

}  // namespace vmxsim::report
