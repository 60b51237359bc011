// SPDX-License-Identifier: MIT
// Internal to the reference: a row as a JSON object, and JSON objects as a table, as Markdown and in full.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "report/reference.hpp"
#include "spec/spec.hpp"
#include "vmx/entry/check_engine.hpp"

namespace vmxsim::report {

using Json = nlohmann::ordered_json;

// One row with the keys of the contract.
Json field_record(const spec::FieldInfo& field);
Json control_record(const spec::ControlInfo& control);
Json exit_record(const spec::ExitReasonInfo& reason);
Json error_record(const spec::VmInstructionErrorInfo& error);
Json check_record(const vmx::CheckInfo& check);

struct Column {
    std::string_view key, heading;
};
std::string text_table(const Json& records, std::span<const Column> columns);
std::string markdown_table(const Json& records, std::span<const Column> columns);

// One record in full: a headline, then a line a key. Long values continue on indented lines.
std::string in_full(const Json& record, std::string_view headline);

// JSON: the records. Text: a table; render() shows few records in full instead.
std::string render_list(const Json& records, std::span<const Column> columns, Format format);
std::string render(const Json& records, std::span<const Column> columns, std::string_view headline_key, Format format);

// A number as people write them: 26654, 0x681e, 681EH.
std::optional<u64> number_in(std::string_view key);

}  // namespace vmxsim::report
