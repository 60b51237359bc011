// SPDX-License-Identifier: MIT
#include "report/rule_mentions.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace vmxsim::report {
namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool same(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

// What is in quotes: names of controls.
std::vector<std::string_view> quoted(std::string_view rule) {
    std::vector<std::string_view> names;
    for (size_t open = rule.find('"'); open != std::string_view::npos; open = rule.find('"', open)) {
        const size_t close = rule.find('"', open + 1);
        if (close == std::string_view::npos) break;
        names.push_back(rule.substr(open + 1, close - open - 1));
        open = close + 1;
    }
    return names;
}

// The words of the sentence that may be names of register bits: in "RFLAGS.IF" that is IF.
bool has_word(std::string_view rule, std::string_view word) {
    if (word.empty()) return false;
    const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '/'; };
    for (size_t at = rule.find(word); at != std::string_view::npos; at = rule.find(word, at + 1)) {
        const bool begins = at == 0 || !is_word(rule[at - 1]);
        const bool ends = at + word.size() >= rule.size() || !is_word(rule[at + word.size()]);
        if (begins && ends) return true;
    }
    return false;
}

u64 mentioned(std::string_view rule, const std::vector<std::string_view>& controls, const std::vector<BitsName>& names) {
    u64 mask = 0;
    for (const BitsName& name : names) {
        const bool found = name.control
                               ? std::any_of(controls.begin(), controls.end(), [&](auto c) { return same(c, name.name); })
                               : has_word(rule, name.name) || has_word(rule, name.other_name);
        if (found) mask |= name.mask();
    }
    return mask;
}

// "bit 9", "bits 11:0": speaks of the rule's first field, the one at fault.
u64 numbered(std::string_view rule) {
    u64 mask = 0;
    for (size_t at = rule.find("bit"); at != std::string_view::npos; at = rule.find("bit", at + 1)) {
        size_t next = at + 3;
        if (next < rule.size() && rule[next] == 's') ++next;
        if (next >= rule.size() || rule[next] != ' ') continue;
        const char* const end = rule.data() + rule.size();
        unsigned high = 0, low = 0;
        const auto first = std::from_chars(rule.data() + next + 1, end, high);
        if (first.ec != std::errc{} || high > 63) continue;
        low = high;
        if (first.ptr != end && *first.ptr == ':') std::from_chars(first.ptr + 1, end, low);
        if (low <= high) mask |= vmxsim::mask(high, low);
    }
    return mask;
}

}  // namespace

RuleMentions::RuleMentions() {
    for (const vmx::CheckInfo& check : vmx::all_checks()) {
        auto& masks = masks_.emplace_back();
        const auto controls = quoted(check.rule);
        for (size_t n = 0; n < check.fields.size(); ++n)
            masks[n] = mentioned(check.rule, controls, names_.of(check.fields.fields[n]));
        if (masks[0] == 0) masks[0] = numbered(check.rule);
    }
}

}  // namespace vmxsim::report
