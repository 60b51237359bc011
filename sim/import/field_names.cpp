// SPDX-License-Identifier: MIT
#include "import/field_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

namespace vmxsim::import {
namespace {

using Words = std::vector<std::string>;

// Upper-case words: "GuestRip", "GUEST_RIP", "guest-RIP" give GUEST, RIP. A word of digits joins the one before it.
Words split(std::string_view name) {
    Words words;
    bool open = false;
    for (size_t i = 0; i < name.size(); ++i) {
        const auto c = static_cast<unsigned char>(name[i]);
        if (std::isalnum(c) == 0) {
            open = false;
            continue;
        }
        const bool hump = i > 0 && std::isupper(c) != 0 && std::islower(static_cast<unsigned char>(name[i - 1])) != 0;
        const bool index = !open && std::isdigit(c) != 0 && !words.empty() &&
                           (i + 1 == name.size() || std::isalnum(static_cast<unsigned char>(name[i + 1])) == 0);
        if ((!open || hump) && !index) words.emplace_back();
        open = true;
        words.back() += static_cast<char>(std::toupper(c));
    }
    return words;
}

constexpr std::pair<std::string_view, std::string_view> kSynonyms[] = {
    {"ACC", "AR"},
    {"ADDR", "ADDRESS"},
    {"ATTR", "AR"},
    {"ATTRIB", "AR"},
    {"ATTRIBUTES", "AR"},
    {"BITMAPS", "BITMAP"},
    {"CNT", "COUNT"},
    {"CONTROLS", "CONTROL"},
    {"CPU", "PROC"},
    {"CTL", "CONTROL"},
    {"CTLS", "CONTROL"},
    {"CTRL", "CONTROL"},
    {"CTRLS", "CONTROL"},
    {"DBG", "DEBUG"},
    {"ERR", "ERROR"},
    {"EXC", "EXCEPTION"},
    {"EXCEPTIONS", "EXCEPTION"},
    {"EXECUTION", "EXEC"},
    {"EXECUTIVE", "EXECUTIVE"},
    {"EXITING", "EXIT"},
    {"INFORMATION", "INFO"},
    {"INST", "INSTR"},
    {"INSTRUCTION", "INSTR"},
    {"INT", "INTR"},
    {"INTERRUPT", "INTR"},
    {"INTERRUPTION", "INTR"},
    {"LENGTH", "LEN"},
    {"PAGEADDR", "PAGE"},
    {"PHYS", "PHYSICAL"},
    {"PREEMPT", "PREEMPTION"},
    {"PRI", "PRIMARY"},
    {"PROCESSOR", "PROC"},
    {"PTR", "POINTER"},
    {"SEC", "SECONDARY"},
    {"SEL", "SELECTOR"},
    {"VAL", "VALUE"},
    {"VAPIC", "VIRTAPIC"},
    {"VMENTRY", "ENTRY"},
    {"VMEXEC", "EXEC"},
    {"VMEXIT", "EXIT"},
    {"VMFUNC", "FUNCTION"},
    {"XCPT", "EXCEPTION"},
    {"XCPTS", "EXCEPTION"},
};

// Words that distinguish nothing between two fields.
constexpr std::array<std::string_view, 6> kNoise{"VM", "VMX", "IA32", "BASED", "EXEC", "READ"};

void replace(Words& words, std::string_view first, std::string_view second, std::string_view with) {
    for (size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i] != first || words[i + 1] != second) continue;
        words[i] = with;
        words.erase(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }
}

bool is_width_prefix(std::string_view word) {
    return word == "VMCS" || word == "VMX" || word == "16BIT" || word == "32BIT" || word == "64BIT" || word == "VMCS16" ||
           word == "VMCS32" || word == "VMCS64" || word == "RO" || word == "CONTROL" || word == "NATURAL";
}

bool is_empty_ending(std::string_view word) {
    return word == "CONTROL" || word == "ADDRESS" || word == "POINTER" || word == "MSR" || word == "FULL" || word == "FIELD" ||
           word == "VALUE" || word == "STATE";
}

std::string joined(const Words& words) {
    std::string result;
    for (const std::string& word : words) result += (result.empty() ? "" : " ") + word;
    return result;
}

}  // namespace

std::string FieldNames::canonical(std::string_view name) {
    Words words = split(name);
    for (std::string& word : words) {
        const auto synonym =
            std::find_if(std::begin(kSynonyms), std::end(kSynonyms), [&](const auto& row) { return row.first == word; });
        if (synonym != std::end(kSynonyms)) word = synonym->second;
        if (word.starts_with("PDPTR")) word[4] = 'E';
    }
    while (words.size() > 1 && is_width_prefix(words.front())) words.erase(words.begin());
    replace(words, "ACCESS", "RIGHTS", "AR");
    replace(words, "AR", "BYTES", "AR");
    replace(words, "GUEST", "HOST", "GUESTHOST");
    words.erase(std::remove(words.begin(), words.end(), "GUESTHOST"), words.end());
    std::erase_if(words, [](const std::string& word) { return std::find(kNoise.begin(), kNoise.end(), word) != kNoise.end(); });
    if (words.size() > 1 && words.front() == "PRIMARY") words.erase(words.begin());
    while (words.size() > 1 && is_empty_ending(words.back())) words.pop_back();
    return joined(words);
}

FieldNames::FieldNames() {
    for (size_t i = 0; i < spec::kFieldCount; ++i) {
        const auto field = static_cast<spec::Field>(i);
        const spec::FieldInfo& row = spec::info(field);
        for (const std::string_view name : {row.name, row.identifier, row.title}) add(name, field);
    }
#define FIELD_ALIAS(identifier, name) add(name, spec::Field::identifier);
#include "spec/field_aliases.def"
#undef FIELD_ALIAS
}

void FieldNames::add(std::string_view name, spec::Field field) { fields_.try_emplace(canonical(name), field); }

std::optional<spec::FieldAccess> FieldNames::find(std::string_view name) const {
    if (name.size() < 3 || name.size() > 100) return std::nullopt;
    std::string key = canonical(name);
    // One short word ("entry", "exit", "pml") is too little to go by.
    if (split(name).size() < 2 && key != "VPID" && key != "EPTP") return std::nullopt;
    if (const auto found = fields_.find(key); found != fields_.end()) return spec::FieldAccess{found->second, false};
    for (const std::string_view high : {" HIGH", " HI"}) {
        if (!key.ends_with(high)) continue;
        key.resize(key.size() - high.size());
        const auto found = fields_.find(canonical(key));
        if (found != fields_.end() && spec::info(found->second).has_high_half()) return spec::FieldAccess{found->second, true};
    }
    return std::nullopt;
}

}  // namespace vmxsim::import
