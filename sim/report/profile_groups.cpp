// SPDX-License-Identifier: MIT
#include "report/profile_groups.hpp"

#include <algorithm>

namespace vmxsim::report {
namespace {

constexpr size_t kNamesShown = 3, kGenerationsShown = 8;

struct Generation {
    std::string name;
    size_t count;
};

std::vector<Generation> count_generations(const std::vector<std::string>& names) {
    std::vector<Generation> generations;
    for (const std::string& name : names) {
        const std::string generation = name.substr(0, name.find('-'));
        const auto found =
            std::find_if(generations.begin(), generations.end(), [&](const auto& g) { return g.name == generation; });
        if (found == generations.end())
            generations.push_back({generation, 1});
        else
            ++found->count;
    }
    return generations;
}

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (size_t i = 0; i < words.size(); ++i) text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
    return text;
}

}  // namespace

std::string group_profiles(const std::vector<std::string>& names) {
    if (names.size() <= kNamesShown) return join(names);
    const auto generations = count_generations(names);
    std::vector<std::string> words;
    for (size_t i = 0; i < std::min(generations.size(), kGenerationsShown); ++i)
        words.push_back(generations[i].name +
                        (generations[i].count > 1 ? " (" + std::to_string(generations[i].count) + ")" : ""));
    if (generations.size() > kGenerationsShown) words.push_back(std::to_string(generations.size() - kGenerationsShown) + " more");
    return join(words);
}

}  // namespace vmxsim::report
