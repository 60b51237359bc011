// SPDX-License-Identifier: MIT
#include "base/similar.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace vmxsim {
namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

// Levenshtein: insertions, deletions and replacements.
size_t edits(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row[b.size()];
}

}  // namespace

std::vector<std::string_view> similar(std::string_view asked, std::span<const std::string_view> candidates, size_t count) {
    constexpr size_t kLongestQuestion = 80;  // beyond it nobody mistyped a name
    if (asked.empty() || asked.size() > kLongestQuestion) return {};
    const std::string question = lower(asked);
    std::vector<std::pair<size_t, std::string_view>> near;
    for (const std::string_view candidate : candidates) {
        const std::string name = lower(candidate);
        // A part that is contained whole costs no more than one wrong letter.
        const bool contained = question.size() >= 3 && name.find(question) != std::string::npos;
        const size_t distance = contained ? 1 : edits(question, name);
        if (distance <= std::max<size_t>(2, question.size() / 3)) near.emplace_back(distance, candidate);
    }
    std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string_view> names;
    for (const auto& [distance, name] : near) {
        const bool known = std::any_of(names.begin(), names.end(),
                                       [&, key = lower(name)](std::string_view other) { return lower(other) == key; });
        if (names.size() < count && !known) names.push_back(name);
    }
    return names;
}

std::string did_you_mean(std::string_view asked, std::span<const std::string_view> candidates, size_t count) {
    std::string text;
    for (const std::string_view name : similar(asked, candidates, count))
        text += (text.empty() ? "; did you mean " : ", ") + std::string(name);
    return text.empty() ? text : text + '?';
}

}  // namespace vmxsim
