// SPDX-License-Identifier: MIT
#include "import/msr_text.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/input_error.hpp"
#include "base/number.hpp"
#include "spec/msrs.hpp"

namespace vmxsim::import {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// One line, read from left to right.
class Line {
public:
    Line(std::string_view text, Position where) : text_(text), where_(std::move(where)) {}

    void skip(std::string_view of) {
        while (at_ < text_.size() && of.find(text_[at_]) != std::string_view::npos) ++at_;
    }
    void skip_space() { skip(" \t\r"); }
    bool at_end() const { return at_ >= text_.size(); }
    char peek() const { return at_end() ? '\0' : text_[at_]; }
    std::string_view rest() const { return text_.substr(at_); }
    size_t position() const { return at_; }
    void go_to(size_t position) { at_ = position; }

    std::string_view word() {
        const size_t first = at_;
        while (!at_end() && is_word(text_[at_])) ++at_;
        return text_.substr(first, at_ - first);
    }
    [[noreturn]] void fail(const std::string& what) const {
        Position where = where_;
        where.column = static_cast<unsigned>(at_ + 1);
        throw InputError(where, what);
    }

private:
    std::string_view text_;
    Position where_;
    size_t at_ = 0;
};

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

// "0x480", "480", "480h", "00000480": an MSR is always written in hex.
std::optional<u64> hex_word(std::string_view word) {
    if (word.size() > 2 && word[0] == '0' && lower(word[1]) == 'x')
        word.remove_prefix(2);
    else if (word.size() > 1 && lower(word.back()) == 'h')
        word.remove_suffix(1);
    return parse_hex_digits(word);
}

// IA32_VMX_BASIC, MSR_IA32_VMX_BASIC, VMX_BASIC; Linux calls IA32_FEATURE_CONTROL MSR_IA32_FEAT_CTL.
std::optional<u32> msr_by_name(const Line& line, std::string_view word) {
    std::string name;
    for (const char c : word) name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (name.starts_with("MSR_")) name.erase(0, 4);
    if (name.starts_with("VMX_")) name.insert(0, "IA32_");
    if (name == "IA32_FEAT_CTL" || name == "IA32_FEATURE_CONTROL") return kIa32FeatureControl;
    if (!name.starts_with("IA32_VMX_")) return std::nullopt;
    const spec::VmxMsrInfo* msr = spec::find_vmx_msr(std::string_view(name));
    if (msr == nullptr) line.fail("expected the name of a VMX capability MSR, found \"" + std::string(word) + "\"");
    return msr->number;
}

// The MSR that the line names first, or nothing when it names none. The line stands behind it then.
std::optional<u64> msr_of(Line& line) {
    line.skip_space();
    line.skip("$>#*");  // a shell prompt, a list
    line.skip_space();
    const size_t start = line.position();
    std::string_view word = line.word();
    bool announced = false;
    while (same_word(word, "msr") || same_word(word, "rdmsr") || same_word(word, "wrmsr") || same_word(word, "cpu")) {
        if (same_word(word, "cpu")) {  // "CPU 0: MSR 0x480 .." or "cpu0"
            line.skip(" \t:0123456789");
        } else {
            announced = true;
            line.skip(" \t([:");
        }
        while (line.peek() == '-') {  // options of rdmsr: -a, -0, -p 3
            line.skip("-");
            const bool takes_number = line.word() == "p";
            line.skip_space();
            if (takes_number) line.word();
            line.skip_space();
        }
        word = line.word();
    }
    if (word.empty()) {
        line.go_to(start);
        return std::nullopt;
    }
    if (const std::optional<u32> msr = msr_by_name(line, word)) {
        // "IA32_VMX_BASIC (0x480)": the number repeats the name.
        line.skip_space();
        if (line.peek() == '(' || line.peek() == '[') {
            line.skip("([ ");
            const std::optional<u64> number = hex_word(line.word());
            if (number != *msr) line.fail("expected " + hex(*msr) + ", the number of " + std::string(word));
        }
        return *msr;
    }
    const bool hexadecimal = word.size() > 2 && word[0] == '0' && lower(word[1]) == 'x';
    const std::optional<u64> number = hex_word(word);
    if (number &&
        (announced || hexadecimal || (word.size() >= 2 && word.size() <= 8 && std::isdigit(static_cast<unsigned char>(word[0])))))
        return number;
    if (hexadecimal) line.fail("expected the number of an MSR in hex, found \"" + std::string(word) + "\"");
    line.go_to(start);
    return std::nullopt;
}

bool says_failed(std::string_view rest) {
    constexpr std::string_view kWords[] = {"fail",  "#gp",    "gp(0)",       "n/a",    "error",
                                           "fault", "cannot", "unsupported", "absent", "none"};
    std::string text;
    for (const char c : rest) text += lower(c);
    return std::any_of(std::begin(kWords), std::end(kWords),
                       [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

// 16 digits, in one piece or parted by -, _, ` or : ("00DA-0400-0000-0004", "00da0400`00000004", "00DA0400:00000004").
std::optional<u64> value_of(Line& line) {
    line.skip_space();
    const size_t start = line.position();
    std::string digits;
    std::string_view rest = line.rest();
    if (rest.size() > 2 && rest[0] == '0' && lower(rest[1]) == 'x') line.go_to(start + 2);
    while (!line.at_end()) {
        const char c = line.peek();
        if (is_hex(c))
            digits += c;
        else if (!(c == '-' || c == '_' || c == '`' || c == '\'' || c == ':') || digits.empty())
            break;
        line.go_to(line.position() + 1);
    }
    if (lower(line.peek()) == 'h') line.go_to(line.position() + 1);
    const bool stops_cleanly = line.at_end() || !is_word(line.peek());
    const size_t leading = digits.find_first_not_of('0');
    if (digits.empty() || !stops_cleanly || (leading != std::string::npos && digits.size() - leading > 16)) {
        line.go_to(start);
        return std::nullopt;
    }
    return parse_hex_digits(digits);
}

// "CPUID 00000007: 00000002-239C27EB-98C027AC-FC1CC410 [SL 00]"
std::optional<CpuidLeaf> cpuid_of(std::string_view text) {
    constexpr std::string_view kStart = "CPUID ";
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    if (!text.starts_with(kStart)) return std::nullopt;
    Line line(text.substr(kStart.size()), {});
    const std::optional<u64> leaf = hex_word(line.word());
    if (!leaf || *leaf > 0xFFFFFFFF || line.peek() != ':') return std::nullopt;
    line.skip(": ");
    u32 registers[4] = {};
    for (u32& value : registers) {
        const std::string_view word = line.word();
        const std::optional<u64> number = parse_hex_digits(word);
        if (!number || word.size() != 8) return std::nullopt;
        value = static_cast<u32>(*number);
        line.skip("-");
    }
    CpuidLeaf result{static_cast<u32>(*leaf), 0, registers[0], registers[1], registers[2], registers[3]};
    if (const size_t subleaf = text.find("[SL "); subleaf != std::string_view::npos)
        result.subleaf = static_cast<u32>(parse_hex_digits(text.substr(subleaf + 4, 2)).value_or(0));
    return result;
}

class Reader {
public:
    explicit Reader(std::string file) : file_(std::move(file)) {}

    void read(std::string_view text, unsigned number) {
        if (const std::optional<CpuidLeaf> leaf = cpuid_of(text)) return add_leaf(*leaf);
        Line line(text, {file_, number, 0});
        if (pending_ && is_value_alone(text)) return add(*std::exchange(pending_, std::nullopt), value_of(line), number);
        pending_.reset();
        const std::optional<u64> msr = msr_of(line);
        if (!msr || *msr > 0xFFFFFFFF || !VmxMsrs::contains(static_cast<u32>(*msr))) return;
        const u32 index = static_cast<u32>(*msr);

        line.skip(" \t\r)]:=,>|-");
        if (line.at_end()) {
            pending_ = index;
            return;
        }
        const size_t value_start = line.position();
        if (const std::optional<u64> value = value_of(line)) return add(index, value, number);
        if (says_failed(line.rest())) return add(index, std::nullopt, number);
        line.go_to(value_start);
        line.fail("expected the value of MSR " + hex(index) + " (up to 16 hex digits), found \"" +
                  std::string(line.rest().substr(0, 32)) + "\"");
    }

    MsrText finish() {
        if (result_.msrs.empty())
            throw InputError(Position{file_, 0, 0},
                             "expected VMX capability MSRs (0x480 to 0x493), such as \"0x480 0x00da040000000004\", found none");
        return std::move(result_);
    }

private:
    static bool is_value_alone(std::string_view text) {
        Line line(text, {});
        if (!value_of(line)) return false;
        line.skip_space();
        return line.at_end();
    }
    void add(u32 index, std::optional<u64> value, unsigned number) {
        const auto [place, inserted] = result_.msrs.emplace(index, value);
        if (!inserted && place->second != value)
            result_.warnings.push_back("line " + std::to_string(number) + ": MSR " + hex(index) +
                                       " is given again with another value; the first one is used");
    }
    void add_leaf(const CpuidLeaf& leaf) {
        const bool known = std::any_of(result_.cpuid.begin(), result_.cpuid.end(), [&](const CpuidLeaf& other) {
            return other.leaf == leaf.leaf && other.subleaf == leaf.subleaf;
        });
        if (!known && result_.cpuid.size() < 256) result_.cpuid.push_back(leaf);
    }

    std::string file_;
    MsrText result_;
    std::optional<u32> pending_;  // "rdmsr 0x480": the value is on the next line
};

}  // namespace

MsrText parse_msr_text(std::string_view text, const std::string& file) {
    Reader reader(file);
    unsigned number = 0;
    while (!text.empty()) {
        const size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
        reader.read(line, ++number);
    }
    return reader.finish();
}

}  // namespace vmxsim::import
