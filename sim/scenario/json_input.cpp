// SPDX-License-Identifier: MIT
#include "scenario/json_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/number.hpp"
#include "scenario/json_scan.hpp"

namespace vmxsim::scenario {
namespace {

// Looks for the place of one value; its result is thrown away.
class PositionFinder : public JsonBuilder {
public:
    PositionFinder(std::string file, ScanPlace& place, const std::string& pointer)
        : JsonBuilder(std::move(file), place), pointer_(pointer) {}

    unsigned line = 0, column = 0;

protected:
    bool wanted(const Json&) override {
        std::string here;
        for (const Level& level : levels_) here += '/' + (level.container->is_array() ? std::to_string(level.index) : level.key);
        if (line == 0 && here == pointer_) {
            line = place_.begin_line;
            column = place_.begin_column;
        }
        return true;
    }

private:
    const std::string& pointer_;
};

std::string shown(const Json& value) {
    switch (value.type()) {
        case Json::value_t::object: return "an object";
        case Json::value_t::array: return "an array";
        case Json::value_t::null: return "null";
        default: break;
    }
    std::string text = value.dump();
    if (text.size() > 60) text = text.substr(0, 57) + "...";
    return text;
}

}  // namespace

JsonDocument::JsonDocument(std::string file, std::string text) : file_(std::move(file)) {
    opener_ = [text = std::move(text)] { return std::make_unique<std::stringbuf>(text, std::ios::in); };
    ScanPlace place;
    JsonBuilder builder(file_, place);
    scan(*opener_(), place, builder);
    root_ = std::move(builder.result());
}

Position JsonDocument::position(const std::string& pointer) const {
    ScanPlace place;
    PositionFinder finder(file_, place, pointer);
    scan(*opener_(), place, finder);
    return {file_, finder.line, finder.column};
}

std::optional<JsonCursor> JsonCursor::find(const std::string& key) const {
    if (!value_->is_object()) return std::nullopt;
    const auto found = value_->find(key);
    if (found == value_->end()) return std::nullopt;
    return JsonCursor(document_, &*found, pointer_ + '/' + key);
}

JsonCursor JsonCursor::at(const std::string& key) const {
    if (auto member = find(key)) return *member;
    fail_expected(fmt::format("an object with the member \"{}\"", key));
}

std::vector<std::pair<std::string, JsonCursor>> JsonCursor::members() const {
    expect_object("an object");
    std::vector<std::pair<std::string, JsonCursor>> all;
    for (const auto& [key, value] : value_->items()) all.emplace_back(key, JsonCursor(document_, &value, pointer_ + '/' + key));
    return all;
}

std::vector<JsonCursor> JsonCursor::elements() const {
    if (!value_->is_array()) fail_expected("an array");
    std::vector<JsonCursor> all;
    for (size_t i = 0; i < value_->size(); ++i)
        all.push_back(JsonCursor(document_, &(*value_)[i], pointer_ + '/' + std::to_string(i)));
    return all;
}

void JsonCursor::only(std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, member] : members())
        if (std::find(keys.begin(), keys.end(), key) == keys.end())
            member.fail(fmt::format("expected one of {}; found the member \"{}\"", fmt::join(keys, ", "), key));
}

void JsonCursor::expect_object(std::string_view what) const {
    if (!value_->is_object()) fail_expected(what);
}

std::string JsonCursor::string() const {
    if (!value_->is_string()) fail_expected("a string");
    return value_->get<std::string>();
}

bool JsonCursor::boolean() const {
    if (!value_->is_boolean()) fail_expected("true or false");
    return value_->get<bool>();
}

u64 JsonCursor::number() const {
    if (value_->is_number_unsigned()) return value_->get<u64>();
    if (value_->is_string())
        if (const auto value = parse_number(value_->get_ref<const std::string&>())) return *value;
    fail_expected("a number: 31, \"31\" or \"0x1f\"");
}

u64 JsonCursor::number_up_to(u64 maximum) const {
    const u64 value = number();
    if (value > maximum) fail_expected(fmt::format("a number up to {}", hex(maximum)));
    return value;
}

std::vector<u8> JsonCursor::hex_bytes() const {
    std::string digits;
    for (const char c : string())
        if (c != ' ' && c != '\n' && c != '\t') digits += c;
    std::vector<u8> bytes;
    for (size_t i = 0; i < digits.size(); i += 2) {
        const auto value = parse_hex_digits(std::string_view(digits).substr(i, 2));
        if (!value || i + 1 == digits.size()) fail_expected("bytes in hex, two digits each");
        bytes.push_back(static_cast<u8>(*value));
    }
    return bytes;
}

void JsonCursor::fail_expected(std::string_view what) const { fail(fmt::format("expected {}; found {}", what, shown(*value_))); }

void JsonCursor::fail(const std::string& what) const { throw InputError(position(), what); }

std::string read_text(const std::string& path, size_t limit) {
    std::ifstream file;
    if (path != "-") {
        file.open(path, std::ios::binary);
        if (!file) throw InputError(Position{path}, "expected a file that can be read; found none");
    }
    std::istream& in = path == "-" ? std::cin : file;
    std::string text;
    char block[65536];
    while (in.read(block, sizeof block), in.gcount() > 0) {
        text.append(block, static_cast<size_t>(in.gcount()));
        if (text.size() > limit) throw InputError(Position{path}, fmt::format("expected at most {} bytes", limit));
    }
    if (path != "-" && in.bad()) throw InputError(Position{path}, "expected a file that can be read");
    return text;
}

}  // namespace vmxsim::scenario
