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

constexpr Column kColumns[] = {{"encoding", "ENCODING"}, {"name", "NAME"}, {"title", "TITLE"},  {"width", "WIDTH"},
                               {"type", "TYPE"},         {"sdm", "SDM"},   {"exists", "EXISTS"}};

// SDM 24.11.2: bits 31:15 and 12 are reserved, and VMREAD looks at all bits of its operand.
constexpr u64 kEncodingBits = 0x6FFF;

// Why an encoding that names no field names none.
std::string why_unassigned(u64 encoding) {
    if ((encoding & ~kEncodingBits) != 0) return "reserved bits of the encoding are set";
    if ((encoding & 1) != 0 && find_field(encoding & ~u64{1})) return "high access exists only for 64-bit fields";
    return "no field of this width and type has this index";
}

// Everything the encoding says by itself, and the field's row where there is one.
Json taken_apart(u64 encoding) {
    const auto access = find_field(encoding);
    const FieldInfo shape{static_cast<u32>(encoding), {}, {}, {}, {}};
    Json record;
    if (access) {
        record = field_record(info(access->field));
        record["encoding"] = hex(encoding);
        if (access->high) {
            record["name"] = std::string(info(access->field).name) + "_HIGH";
            record["title"] = std::string(info(access->field).title) + " (high)";
        }
        record["identifier"] = info(access->field).identifier;
    } else {
        record = {{"encoding", hex(encoding)},
                  {"name", nullptr},
                  {"title", nullptr},
                  {"width", to_string(shape.width())},
                  {"type", to_string(shape.type())},
                  {"group", group(shape)},
                  {"exists", "never: " + why_unassigned(encoding)},
                  {"sdm", "24.11.2"}};
    }
    record["index"] = shape.index();
    record["access"] = (encoding & 1) != 0 ? "high" : "full";
    record["reserved_bits"] = hex(encoding & ~kEncodingBits);
    record["assigned"] = access.has_value();
    if (access)
        record["profiles"] = Processors().having([&](const Capabilities& cpu) { return cpu.field_exists(access->field); });
    return record;
}

std::optional<u64> encoding_of(std::string_view key) {
    if (const auto number = number_in(key)) return number;
    if (const auto access = find_field(key)) return info(access->field).encoding | (access->high ? 1 : 0);
    for (const FieldInfo& field : kFields) {
        if (same_ignoring_case(key, field.title)) return field.encoding;
        if (!field.has_high_half()) continue;
        if (same_ignoring_case(key, std::string(field.title) + " (full)")) return field.encoding;
        if (same_ignoring_case(key, std::string(field.title) + " (high)")) return field.encoding | 1;
    }
    return std::nullopt;
}

}  // namespace

Json field_record(const FieldInfo& field) {
    return {{"encoding", hex(field.encoding)},
            {"name", field.name},
            {"title", field.title},
            {"width", to_string(field.width())},
            {"type", to_string(field.type())},
            {"group", group(field)},
            {"exists", to_string(field.existence)},
            {"sdm", sdm_section(field)}};
}

ReferenceAnswer describe_fields(std::string_view key, Format format) {
    Json records = Json::array();
    if (key.empty()) {
        for (const FieldInfo& field : kFields) records.push_back(field_record(field));
        return {render_list(records, kColumns, format), true};
    }
    const auto encoding = encoding_of(key);
    if (!encoding) {
        std::vector<std::string_view> names;
        for (const FieldInfo& field : kFields) names.insert(names.end(), {field.name, field.identifier, field.title});
        throw InputError("expected the name, title or encoding of a VMCS field, found \"" + std::string(key) + '"' +
                         did_you_mean(key, names));
    }
    records.push_back(taken_apart(*encoding));
    const bool assigned = records[0]["assigned"];
    if (format == Format::text && !assigned) return {in_full(records[0], hex(*encoding) + ": unassigned"), false};
    return {render(records, kColumns, "name", format), assigned};
}

}  // namespace vmxsim::report
