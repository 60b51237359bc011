// SPDX-License-Identifier: MIT
// Values as a scenario writes them: "@guest_code+0x10", "$saved_cr4 | bit(13)", "adjust(0x482, primary.hlt_exiting)".
// Parsed once, evaluated at the step that uses it, because regions are placed and registers read only then.
//
//   value     = number | @region | $variable | host.REGISTER | WORD.CONTROL | function | ( value ) | ~ value | - value
//   operators = * ; + - ; << >> ; & ; ^ ; |    with C's precedence, 64 bits wide, overflow drops bits
//   function  = bit(n) | msr(n) | low(v) | high(v) | adjust(m, v) | adjust_msr(m, v)
//
// adjust(m, v) is v with every bit set that must be 1 and every bit cleared that must be 0. m is a control word (pin,
// primary, exit, entry, secondary) or its plain MSR 481H to 484H; the TRUE MSR decides where the processor has it.
// adjust_msr takes exactly the MSR that it is given.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.hpp"

namespace vmxsim::scenario {

class ExpressionError : public std::exception {
public:
    explicit ExpressionError(std::string what) : what_(std::move(what)) {}
    const char* what() const noexcept override { return what_.c_str(); }

private:
    std::string what_;
};

// Where the names in an expression get their values. Nothing: there is no such name (or MSR) now.
class Names {
public:
    virtual ~Names() = default;
    virtual std::optional<u64> region(const std::string& name) const = 0;
    virtual std::optional<u64> variable(const std::string& name) const = 0;
    virtual std::optional<u64> host_register(const std::string& name) const = 0;
    virtual std::optional<u64> msr(u32 number) const = 0;
};

class Expression {
public:
    Expression() : Expression(0) {}
    explicit Expression(u64 value);
    // Throws ExpressionError on a text that is not one.
    explicit Expression(std::string_view text);

    const std::string& text() const { return text_; }
    // Throws ExpressionError when a name has no value.
    u64 evaluate(const Names& names) const;

    std::vector<std::string> regions() const { return named(Kind::region); }
    std::vector<std::string> variables() const { return named(Kind::variable); }

private:
    friend class ExpressionParser;

    enum class Kind : u8 {
        number,
        region,
        variable,
        host_register,  // push
        complement,
        negate,
        bit,
        msr,
        low,
        high,  // of the top
        multiply,
        add,
        subtract,
        shift_left,
        shift_right,
        conjunction,
        difference,
        disjunction,
        adjust,
        adjust_msr,  // of two
    };
    // In reverse Polish order.
    struct Item {
        Kind kind;
        u64 number = 0;
        std::string name;
    };

    std::vector<std::string> named(Kind kind) const;

    std::string text_;
    std::vector<Item> items_;
};

}  // namespace vmxsim::scenario
