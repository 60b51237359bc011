// SPDX-License-Identifier: MIT
#include "scenario/json_scan.hpp"

#include <fmt/format.h>

namespace vmxsim::scenario {

bool JsonBuilder::key(string_t& name) {
    place_.awaiting_token = true;
    if (skipped_ != 0) return true;
    Level& level = levels_.back();
    if (level.container->size() >= kMaxJsonMembers)
        complain(fmt::format("expected at most {} members in an object", kMaxJsonMembers));
    if (level.container->contains(name)) complain(fmt::format("expected each member once; found \"{}\" again", name));
    level.key = name;
    return true;
}

bool JsonBuilder::parse_error(std::size_t, const std::string& last_token, const nlohmann::detail::exception& error) {
    std::string why = error.what();
    if (const auto start = why.find("syntax error"); start != std::string::npos) why = why.substr(start);
    if (const auto token = why.find("; last read"); token != std::string::npos) why = why.substr(0, token);
    std::string found;
    for (const char c : last_token.substr(0, 40)) found += c >= ' ' && c < 0x7F ? c : '?';
    const unsigned column = place_.column > 1 ? place_.column - 1 : 1;
    throw InputError({file_, place_.line, column}, fmt::format("expected JSON; found '{}' ({})", found, why));
}

bool JsonBuilder::wanted(const Json&) { return true; }

bool JsonBuilder::add(Json value) {
    if (skipped_ != 0) return true;
    if (wanted(value)) attach(std::move(value));
    return complete();
}

bool JsonBuilder::open(Json container) {
    if (levels_.size() + skipped_ >= kMaxJsonDepth) complain(fmt::format("expected at most {} levels of nesting", kMaxJsonDepth));
    if (skipped_ != 0 || !wanted(container)) {
        ++skipped_;
    } else {
        Json* attached = attach(std::move(container));
        levels_.push_back({attached, {}, 0});
    }
    place_.awaiting_token = true;
    return true;
}

bool JsonBuilder::close() {
    place_.awaiting_token = true;
    if (skipped_ == 0)
        levels_.pop_back();
    else if (--skipped_ != 0)
        return true;
    return complete();
}

// A value has ended: the next one of its array has the next index.
bool JsonBuilder::complete() {
    if (!levels_.empty()) ++levels_.back().index;
    place_.awaiting_token = true;
    return true;
}

Json* JsonBuilder::attach(Json value) {
    if (levels_.empty()) {
        root_ = std::move(value);
        return &root_;
    }
    Level& level = levels_.back();
    if (level.container->is_array()) {
        level.container->push_back(std::move(value));
        return &level.container->back();
    }
    Json& slot = (*level.container)[level.key];
    slot = std::move(value);
    return &slot;
}

void JsonBuilder::complain(const std::string& what) const {
    throw InputError({file_, place_.begin_line, place_.begin_column}, what);
}

void scan(std::streambuf& text, ScanPlace& place, JsonBuilder& builder) {
    Json::sax_parse(CountingIterator(text, place), CountingIterator(), &builder);
}

}  // namespace vmxsim::scenario
