// SPDX-License-Identifier: MIT
// The prefixes that loggers put before a line.
#include <algorithm>
#include <array>
#include <cctype>

#include "import/clean_text.hpp"

namespace vmxsim::import::detail {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

std::string_view without_leading_spaces(std::string_view text) {
    const size_t first = text.find_first_not_of(' ');
    return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

template <size_t kCount>
bool begins_with_any(std::string_view text, const std::array<std::string_view, kCount>& words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return text.starts_with(word); });
}

constexpr std::array<std::string_view, 12> kMonths{"Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
                                                   "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "};
constexpr std::array<std::string_view, 7> kWeekdays{"Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "};

// "17:25:51", "17:25:51.029737": the length, or 0.
size_t time_length(std::string_view text) {
    if (text.size() < 8) return 0;
    for (size_t i = 0; i < 8; ++i)
        if (i % 3 == 2 ? text[i] != ':' : !is_digit(text[i])) return 0;
    size_t end = 8;
    if (end < text.size() && (text[end] == '.' || text[end] == ',')) {
        ++end;
        while (end < text.size() && is_digit(text[end])) ++end;
    }
    return end;
}

// Words that end with ':' in dumps themselves and hence are no program's name.
constexpr std::array<std::string_view, 20> kLabels{"CS",   "DS",      "SS",     "ES",           "FS",   "GS",  "TR",
                                                   "LDTR", "GDTR",    "IDTR",   "CR0",          "CR3",  "CR4", "RIP",
                                                   "KVM",  "VMEntry", "VMExit", "IDTVectoring", "VMCS", "MSR"};

// "kernel:", "QEMU[2997]:", "qemu-system-x86_64:"
bool is_program_tag(std::string_view word) {
    if (word.size() < 2 || word.back() != ':') return false;
    word.remove_suffix(1);
    const bool has_number = word.back() == ']';
    if (has_number) {
        const size_t open = word.find('[');
        if (open == std::string_view::npos || open == 0) return false;
        word = word.substr(0, open);
    }
    if (std::find(kLabels.begin(), kLabels.end(), word) != kLabels.end()) return false;
    // "VMX_PIN_CONTROLS:" is the name of a field; "QEMU[2997]:" is a program.
    if (!has_number && std::none_of(word.begin(), word.end(), [](unsigned char c) { return std::islower(c) != 0; })) return false;
    return std::isalpha(static_cast<unsigned char>(word.front())) != 0 &&
           std::all_of(word.begin(), word.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/'; });
}

// What follows a date: "host kernel:", "kernel:", or nothing of the kind.
std::string_view without_host_and_program(std::string_view text) {
    text = without_leading_spaces(text);
    std::string_view rest = text;
    for (int word = 0; word < 2; ++word) {
        const size_t space = std::min(rest.find(' '), rest.size());
        const std::string_view candidate = rest.substr(0, space);
        if (candidate.empty() || candidate.find('=') != std::string_view::npos) break;
        rest = without_leading_spaces(rest.substr(space));
        if (is_program_tag(candidate)) return rest;
        if (candidate.find(':') != std::string_view::npos) break;  // no host's name
    }
    return text;
}

bool take_bracket(std::string_view& text, Prefix& prefix) {
    const size_t close = text.substr(0, 48).find(']');
    if (close == std::string_view::npos) return false;
    const std::string_view inside = without_leading_spaces(text.substr(1, close - 1));
    if (inside.size() >= 2 && (inside[0] == 'T' || inside[0] == 'C') && std::all_of(inside.begin() + 1, inside.end(), is_digit)) {
        prefix.source = inside;
    } else {
        const bool date = begins_with_any(inside, kWeekdays) || begins_with_any(inside, kMonths);
        const bool stamp = !inside.empty() && is_digit(inside[0]) && inside.find_first_of(".:") != std::string_view::npos &&
                           inside.find_first_not_of("0123456789 .:-/+TZ,") == std::string_view::npos;
        if (!date && !stamp) return false;
    }
    text.remove_prefix(close + 1);
    return true;
}

bool take_date(std::string_view& text) {
    std::string_view rest = text;
    if (begins_with_any(rest, kWeekdays)) rest = without_leading_spaces(rest.substr(4));
    if (begins_with_any(rest, kMonths)) {  // "Jun 24 17:25:51", "Jun  4 2022 17:25:51"
        rest = without_leading_spaces(rest.substr(4));
        for (int number = 0; number < 2 && time_length(rest) == 0; ++number) {
            size_t digits = 0;
            while (digits < rest.size() && is_digit(rest[digits])) ++digits;
            if (digits == 0) return false;
            rest = without_leading_spaces(rest.substr(digits));
        }
    } else if (rest.size() > 10 && is_digit(rest[0]) && is_digit(rest[3]) && (rest[4] == '-' || rest[4] == '/') &&
               (rest[7] == '-' || rest[7] == '/') && (rest[10] == 'T' || rest[10] == ' ')) {  // "2022-06-24T17:25:51"
        rest = rest.substr(11);
    }
    const size_t time = time_length(rest);
    if (time == 0) return false;
    rest.remove_prefix(time);
    const size_t zone = std::min(rest.find(' '), rest.size());  // "+02:00", "Z"
    if (rest.substr(0, zone).find_first_not_of("0123456789+-:Z") != std::string_view::npos) return false;
    text = without_host_and_program(rest.substr(zone));
    return true;
}

}  // namespace

bool take_prefix(std::string_view& text, Prefix& prefix) {
    text = without_leading_spaces(text);
    if (text.empty()) return false;
    if (text.starts_with("(XEN)")) {
        prefix.xen = true;
        text.remove_prefix(5);
        return true;
    }
    if (text[0] == '<') {  // "<4>"
        size_t end = 1;
        while (end < text.size() && end < 5 && is_digit(text[end])) ++end;
        if (end == 1 || end == text.size() || text[end] != '>') return false;
        text.remove_prefix(end + 1);
        return true;
    }
    if (text[0] == '[') return take_bracket(text, prefix);
    for (const std::string_view module : {"kernel:", "kvm_intel:", "kvm:", "vmx:"}) {
        if (text.starts_with(module)) {
            text.remove_prefix(module.size());
            return true;
        }
    }
    if (text.starts_with("kvm [")) {  // "kvm [2997]: "
        const size_t end = text.substr(0, 24).find("]:");
        if (end == std::string_view::npos) return false;
        text.remove_prefix(end + 2);
        return true;
    }
    return take_date(text);
}

}  // namespace vmxsim::import::detail
