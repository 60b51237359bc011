// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "base/number.hpp"
#include "report/reference/records.hpp"
#include "vmcs/profiles.hpp"

namespace vmxsim::report {
namespace {

constexpr size_t kLineWidth = 120;
constexpr size_t kTableFrom = 4;  // fewer records are shown in full

// {"count": 2, "of": 167, "names": [...]}: the shorter list of names says the same.
std::string profiles_cell(const Json& profiles) {
    const size_t count = profiles["count"], of = profiles["of"];
    if (count == of) return fmt::format("all {}", of);
    if (count == 0) return fmt::format("none of {}", of);
    std::vector<std::string> names = profiles["names"];
    if (count <= of / 2) return fmt::format("{} of {}: {}", count, of, fmt::join(names, ", "));
    std::vector<std::string> others;
    for (const CpuProfile& profile : all_profiles())
        if (std::find(names.begin(), names.end(), profile.name) == names.end()) others.push_back(profile.name);
    return fmt::format("{} of {}, all but {}", count, of, fmt::join(others, ", "));
}

std::string cell(const Json& value) {
    if (value.is_null()) return "-";
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    if (value.is_string()) {
        const std::string& text = value.get_ref<const std::string&>();
        return text.empty() ? "-" : text;
    }
    if (value.is_object() && value.contains("of")) return profiles_cell(value);
    if (value.is_array()) {
        std::vector<std::string> parts;
        for (const Json& part : value) parts.push_back(cell(part));
        return parts.empty() ? "-" : fmt::format("{}", fmt::join(parts, ", "));
    }
    if (value.is_object() && value.contains("meaning")) return fmt::format("{} ({})", cell(value["bit"]), cell(value["meaning"]));
    return value.dump();
}

// Breaks at spaces; continuation lines are indented.
std::string wrap(const std::string& text, size_t indent) {
    const size_t width = kLineWidth - indent;
    std::string result;
    size_t start = 0;
    while (text.size() - start > width) {
        size_t end = text.rfind(' ', start + width);
        if (end == std::string::npos || end <= start) end = text.find(' ', start + width);
        if (end == std::string::npos) break;
        result += text.substr(start, end - start) + '\n' + std::string(indent, ' ');
        start = end + 1;
    }
    return result + text.substr(start);
}

std::string escape_markdown(std::string text) {
    std::string result;
    for (const char c : text) {
        if (c == '|' || c == '*') result += '\\';
        if (c == '<')
            result += "&lt;";
        else
            result += c;
    }
    return result;
}

}  // namespace

std::string text_table(const Json& records, std::span<const Column> columns) {
    std::vector<std::vector<std::string>> rows(1);
    for (const Column& column : columns) rows[0].emplace_back(column.heading);
    for (const Json& record : records) {
        std::vector<std::string> row;
        for (const Column& column : columns) row.push_back(cell(record.value(std::string(column.key), Json())));
        rows.push_back(std::move(row));
    }
    std::string text;
    for (const auto& row : rows) {
        for (size_t i = 0; i < row.size(); ++i) {
            size_t width = 0;
            for (const auto& other : rows) width = std::max(width, other[i].size());
            text += i + 1 < row.size() ? fmt::format("{:<{}}  ", row[i], width) : row[i];
        }
        text += '\n';
    }
    return text;
}

std::string markdown_table(const Json& records, std::span<const Column> columns) {
    std::string text = "|", rule = "|";
    for (const Column& column : columns) {
        text += fmt::format(" {} |", column.heading);
        rule += "---|";
    }
    text += '\n' + rule + '\n';
    for (const Json& record : records) {
        text += '|';
        for (const Column& column : columns) {
            const std::string value = cell(record.value(std::string(column.key), Json()));
            text += ' ' + (value == "-" ? std::string() : escape_markdown(value)) + " |";
        }
        text += '\n';
    }
    return text;
}

std::string in_full(const Json& record, std::string_view headline) {
    constexpr size_t kIndent = 2;
    size_t width = 0;
    for (const auto& [key, value] : record.items()) width = std::max(width, key.size());
    std::string text = std::string(headline) + '\n';
    for (const auto& [key, value] : record.items()) {
        std::string label = key;
        std::replace(label.begin(), label.end(), '_', ' ');
        text += fmt::format("  {:<{}}  {}\n", label, width, wrap(cell(value), kIndent + width + 2));
    }
    return text;
}

std::string render_list(const Json& records, std::span<const Column> columns, Format format) {
    return format == Format::json ? records.dump(2) + '\n' : text_table(records, columns);
}

std::string render(const Json& records, std::span<const Column> columns, std::string_view headline_key, Format format) {
    if (format == Format::json || records.size() >= kTableFrom) return render_list(records, columns, format);
    std::string text;
    for (const Json& record : records) text += in_full(record, cell(record.value(std::string(headline_key), Json())));
    return text;
}

std::optional<u64> number_in(std::string_view key) {
    if (const auto number = parse_number(key)) return number;
    if (!key.empty() && (key.back() == 'h' || key.back() == 'H')) return parse_hex_digits(key.substr(0, key.size() - 1));
    return std::nullopt;
}

}  // namespace vmxsim::report
