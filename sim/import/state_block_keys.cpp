// SPDX-License-Identifier: MIT
#include "import/state_block_keys.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>

#include "base/number.hpp"

namespace vmxsim::import {
namespace {

bool is_hex_digit(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }
bool is_word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " ,;";
    const size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// The last count words of text, as a piece of it.
std::string_view last_words(std::string_view text, int count) {
    size_t begin = text.size();
    while (count-- > 0 && begin > 0) {
        const size_t end = text.find_last_not_of(' ', begin - 1);
        if (end == std::string_view::npos) break;
        const size_t space = text.find_last_of(' ', end);
        begin = space == std::string_view::npos ? 0 : space + 1;
        if (space == std::string_view::npos) break;
    }
    return text.substr(begin);
}

}  // namespace

const BlockKey kBlockKeys[] = {
#define BLOCK_KEY(section, label, key, field, digits) {BlockSection::section, label, key, spec::Field::field, digits},
#include "spec/state_block_keys.def"
#undef BLOCK_KEY
};
const size_t kBlockKeyCount = std::size(kBlockKeys);
static_assert(std::size(kBlockKeys) < 256, "row numbers are kept in a byte");

FoundValue read_value(std::string_view text, size_t position) {
    FoundValue result;
    size_t begin = std::min(text.find_first_not_of(' ', position), text.size());
    result.prefixed = text.substr(begin, 2) == "0x" || text.substr(begin, 2) == "0X";
    if (result.prefixed) begin += 2;
    result.end = begin;
    while (result.end < text.size() && is_hex_digit(text[result.end])) ++result.end;
    result.digits = static_cast<unsigned>(std::min<size_t>(result.end - begin, 1000));
    result.leading_zero = result.digits > 1 && text[begin] == '0';
    result.at_end = text.find_first_not_of(" ,", result.end) == std::string_view::npos;
    if (result.digits == 0) {
        result.malformed = !result.at_end;
        return result;
    }
    const auto value = parse_hex_digits(text.substr(begin, result.end - begin));
    result.malformed = !value || (result.end < text.size() && is_word_character(text[result.end]));
    result.value = value.value_or(0);
    return result;
}

BlockVocabulary::BlockVocabulary() {
    for (size_t i = 0; i < kBlockKeyCount; ++i) {
        const BlockKey& row = kBlockKeys[i];
        rows_[row.key].push_back(static_cast<u8>(i));
        if (!row.label.empty()) labels_.insert(row.label);
        for (std::string_view rest : {row.key, row.label}) {
            while (!rest.empty()) {
                const size_t space = std::min(rest.find(' '), rest.size());
                words_.insert(rest.substr(0, space));
                rest.remove_prefix(std::min(space + 1, rest.size()));
            }
        }
    }
}

bool BlockVocabulary::may_be_a_rest(std::string_view text) const {
    const std::string_view first = text.substr(0, text.find_first_of(" =:("));
    if (first.empty()) return true;
    for (size_t i = 0; i < kBlockKeyCount; ++i)
        for (const std::string_view whole : {kBlockKeys[i].key, kBlockKeys[i].label})
            if (whole.size() > first.size() && whole.ends_with(first)) return true;
    return false;
}

std::optional<FoundKey> BlockVocabulary::next_key(std::string_view text, size_t& position, std::string_view& label) const {
    for (;;) {
        const size_t equals = text.find('=', position);
        if (equals == std::string_view::npos) return std::nullopt;
        constexpr size_t kLongestKey = 48;
        const size_t begin = std::max(position, equals > kLongestKey ? equals - kLongestKey : 0);
        std::string_view before = trimmed(text.substr(begin, equals - begin));
        position = equals + 1;

        FoundKey found;
        found.value = equals + 1;
        if (before.ends_with(')')) {
            const size_t open = before.rfind('(');
            if (open == std::string_view::npos) continue;
            found.remark = before.substr(open + 1, before.size() - open - 2);
            before = trimmed(before.substr(0, open));
        }
        bool own_label = false;
        if (before.ends_with("CS:RIP")) {
            before = before.substr(before.size() - 6);
        } else if (const size_t colon = before.rfind(':'); colon != std::string_view::npos) {
            const std::string_view name = trimmed(before.substr(0, colon));
            for (const int words : {2, 1}) {
                if (own_label || !is_label(last_words(name, words))) continue;
                label = last_words(name, words);
                own_label = true;
            }
            if (!own_label) label = {};
            before = trimmed(before.substr(colon + 1));
        }
        for (int words = 3; words > 0 && found.rows.empty(); --words) {
            found.key = last_words(before, words);
            const auto rows = rows_.find(found.key);
            if (rows == rows_.end()) continue;
            for (const bool labelled : {true, false}) {  // the rows of the label in force; else those without one
                for (const u8 row : rows->second)
                    if (labelled ? !label.empty() && kBlockKeys[row].label == label : kBlockKeys[row].label.empty())
                        found.rows.push_back(row);
                if (!found.rows.empty() || own_label) break;
            }
        }
        if (found.rows.empty()) continue;
        found.label = kBlockKeys[found.rows.front()].label;
        found.begin = static_cast<size_t>(found.key.data() - text.data());
        return found;
    }
}

}  // namespace vmxsim::import
