// SPDX-License-Identifier: MIT
#include "scenario/expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/bits.hpp"
#include "base/number.hpp"
#include "scenario/host_registers.hpp"
#include "spec/spec.hpp"

namespace vmxsim::scenario {
namespace {

constexpr unsigned kMaxNesting = 32;

bool is_name_character(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// "pin.nmi_exiting" -> its bit in the word.
std::optional<u64> control_mask(std::string_view name) {
    for (const spec::ControlInfo& control : spec::kControls) {
        const std::string_view word = spec::to_string(control.word);
        if (name.size() == word.size() + 1 + control.identifier.size() && name.starts_with(word) && name[word.size()] == '.' &&
            name.ends_with(control.identifier))
            return vmxsim::bit(control.bit);
    }
    return std::nullopt;
}

// The MSR that reports a control word's allowed settings as two 32-bit halves.
std::optional<u64> word_msr(std::string_view word) {
    if (word == "pin") return 0x481;
    if (word == "primary") return 0x482;
    if (word == "exit") return 0x483;
    if (word == "entry") return 0x484;
    if (word == "secondary") return 0x48B;
    return std::nullopt;
}

u64 read_msr(const Names& names, u64 number) {
    const auto value = number >> 32 == 0 ? names.msr(static_cast<u32>(number)) : std::nullopt;
    if (!value) throw ExpressionError(fmt::format("MSR {} does not exist on this processor", hex(number)));
    return *value;
}

// SDM A.3.1 to A.5: bits 31:0 are the bits that must be 1, bits 63:32 the bits that may be 1.
u64 adjusted(u64 value, u64 allowed) { return (value | (allowed & 0xFFFFFFFF)) & allowed >> 32; }

// SDM A.1: IA32_VMX_BASIC[55] says that the TRUE MSRs 48DH to 490H exist; they follow the order of 481H to 484H.
u64 choose_true_msr(const Names& names, u64 msr) {
    const bool has_true = msr >= 0x481 && msr <= 0x484 && is_set(read_msr(names, 0x480), 55);
    return has_true ? msr - 0x481 + 0x48D : msr;
}

}  // namespace

class ExpressionParser {
public:
    using Kind = Expression::Kind;
    ExpressionParser(std::string_view text, std::vector<Expression::Item>& items) : rest_(text), all_(text), items_(items) {}

    void parse() {
        parse_level(0);
        skip_blanks();
        if (!rest_.empty()) expected("an operator or the end");
    }

private:
    struct Operator {
        std::string_view sign;
        unsigned level;
        Kind kind;
    };
    static constexpr std::array<Operator, 8> kOperators{{{"|", 0, Kind::disjunction},
                                                         {"^", 1, Kind::difference},
                                                         {"&", 2, Kind::conjunction},
                                                         {"<<", 3, Kind::shift_left},
                                                         {">>", 3, Kind::shift_right},
                                                         {"+", 4, Kind::add},
                                                         {"-", 4, Kind::subtract},
                                                         {"*", 5, Kind::multiply}}};

    [[noreturn]] void expected(std::string_view what) const {
        const std::string found = rest_.empty() ? "the end" : fmt::format("\"{}\"", rest_.substr(0, 20));
        throw ExpressionError(fmt::format("expected {} in \"{}\"; found {}", what, all_, found));
    }
    void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }
    bool accept(std::string_view sign) {
        skip_blanks();
        if (!rest_.starts_with(sign)) return false;
        rest_.remove_prefix(sign.size());
        return true;
    }
    void push(Kind kind, u64 number = 0, std::string name = {}) { items_.push_back({kind, number, std::move(name)}); }

    std::string name(bool with_dots) {
        size_t length = 0;
        while (length < rest_.size() && (is_name_character(rest_[length]) || (with_dots && rest_[length] == '.'))) ++length;
        if (length == 0) expected("a name");
        std::string text(rest_.substr(0, length));
        rest_.remove_prefix(length);
        return text;
    }

    void parse_level(unsigned level) {
        if (level > 5) return parse_operand();
        parse_level(level + 1);
        for (;;) {
            const auto found = std::find_if(kOperators.begin(), kOperators.end(),
                                            [&](const Operator& o) { return o.level == level && accept(o.sign); });
            if (found == kOperators.end()) return;
            parse_level(level + 1);
            push(found->kind);
        }
    }

    void parse_operand() {
        if (++nesting_ > kMaxNesting) expected(fmt::format("at most {} levels of nesting", kMaxNesting));
        skip_blanks();
        if (accept("(")) {
            parse_level(0);
            if (!accept(")")) expected("\")\"");
        } else if (accept("~")) {
            parse_operand();
            push(Kind::complement);
        } else if (accept("-")) {
            parse_operand();
            push(Kind::negate);
        } else if (accept("@")) {
            push(Kind::region, 0, name(false));
        } else if (accept("$")) {
            push(Kind::variable, 0, name(false));
        } else if (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
            const std::string_view before = rest_;
            const auto value = parse_number(name(false));
            rest_ = value ? rest_ : before;
            if (!value) expected("a number of at most 64 bits");
            push(Kind::number, *value);
        } else {
            parse_named();
        }
        --nesting_;
    }

    void parse_named() {
        const std::string_view before = rest_;
        const std::string word = name(true);
        if (accept("(")) return parse_function(word, before);
        if (word.starts_with("host.") && find_host_register(word.substr(5)) != nullptr)
            return push(Kind::host_register, 0, word.substr(5));
        if (const auto mask = control_mask(word)) return push(Kind::number, *mask);
        rest_ = before;
        expected("a number, @region, $variable, host.REGISTER, WORD.CONTROL or a function");
    }

    void parse_function(const std::string& function, std::string_view before) {
        static constexpr struct {
            std::string_view name;
            Kind kind;
        } kFunctions[] = {{"bit", Kind::bit},   {"msr", Kind::msr},       {"low", Kind::low},
                          {"high", Kind::high}, {"adjust", Kind::adjust}, {"adjust_msr", Kind::adjust_msr}};
        const auto found =
            std::find_if(std::begin(kFunctions), std::end(kFunctions), [&](const auto& f) { return f.name == function; });
        if (found == std::end(kFunctions)) {
            rest_ = before;
            expected("bit(), msr(), low(), high(), adjust() or adjust_msr()");
        }
        if (found->kind == Kind::adjust) {
            parse_word_or_msr();
        } else {
            parse_level(0);
        }
        if (found->kind == Kind::adjust || found->kind == Kind::adjust_msr) {
            if (!accept(",")) expected("\",\"");
            parse_level(0);
        }
        if (!accept(")")) expected("\")\"");
        push(found->kind);
    }

    void parse_word_or_msr() {
        skip_blanks();
        const size_t end = rest_.find_first_not_of("abcdefghijklmnopqrstuvwxyz");
        if (const auto msr = word_msr(rest_.substr(0, end))) {
            rest_.remove_prefix(std::min(end, rest_.size()));
            return push(Kind::number, *msr);
        }
        parse_level(0);
    }

    std::string_view rest_, all_;
    std::vector<Expression::Item>& items_;
    unsigned nesting_ = 0;
};

Expression::Expression(u64 value) : text_(hex(value)), items_{{Kind::number, value, {}}} {}

Expression::Expression(std::string_view text) : text_(text) { ExpressionParser(text_, items_).parse(); }

std::vector<std::string> Expression::named(Kind kind) const {
    std::vector<std::string> names;
    for (const Item& item : items_)
        if (item.kind == kind) names.push_back(item.name);
    return names;
}

u64 Expression::evaluate(const Names& names) const {
    std::vector<u64> stack;
    const auto pop = [&] {
        const u64 value = stack.back();
        stack.pop_back();
        return value;
    };
    const auto known = [&](std::optional<u64> value, const std::string& name) {
        if (!value) throw ExpressionError(fmt::format("{} has no value here, in \"{}\"", name, text_));
        return *value;
    };
    for (const Item& item : items_) {
        const u64 right = item.kind > Kind::host_register ? pop() : 0;
        const u64 left = item.kind > Kind::high ? pop() : 0;
        u64 value = 0;
        switch (item.kind) {
            case Kind::number: value = item.number; break;
            case Kind::region: value = known(names.region(item.name), '@' + item.name); break;
            case Kind::variable: value = known(names.variable(item.name), '$' + item.name); break;
            case Kind::host_register: value = known(names.host_register(item.name), "host." + item.name); break;
            case Kind::complement: value = ~right; break;
            case Kind::negate: value = 0 - right; break;
            case Kind::bit: value = right < 64 ? vmxsim::bit(static_cast<unsigned>(right)) : 0; break;
            case Kind::msr: value = read_msr(names, right); break;
            case Kind::low: value = right & 0xFFFFFFFF; break;
            case Kind::high: value = right >> 32; break;
            case Kind::multiply: value = left * right; break;
            case Kind::add: value = left + right; break;
            case Kind::subtract: value = left - right; break;
            case Kind::shift_left: value = right < 64 ? left << right : 0; break;
            case Kind::shift_right: value = right < 64 ? left >> right : 0; break;
            case Kind::conjunction: value = left & right; break;
            case Kind::difference: value = left ^ right; break;
            case Kind::disjunction: value = left | right; break;
            case Kind::adjust: value = adjusted(right, read_msr(names, choose_true_msr(names, left))); break;
            case Kind::adjust_msr: value = adjusted(right, read_msr(names, left)); break;
        }
        stack.push_back(value);
    }
    return stack.back();
}

}  // namespace vmxsim::scenario
