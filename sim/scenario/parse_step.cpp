// SPDX-License-Identifier: MIT
#include "scenario/parse_step.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.hpp"
#include "scenario/outcome_json.hpp"
#include "scenario/templates.hpp"

namespace vmxsim::scenario {
namespace {

constexpr unsigned kMaxLoopDepth = 4;

Operation parse_operation(const JsonCursor& json) {
    const std::string name = json.string();
    const auto all = operations();
    for (size_t i = 0; i < all.size(); ++i)
        if (all[i].name == name) return static_cast<Operation>(i);
    std::string names;
    for (const OperationInfo& row : all) names += fmt::format("{}{}", names.empty() ? "" : ", ", row.name);
    json.fail_expected("one of " + names);
}

// The members that a step of each operation may have beside op, expect, comment and its operands.
std::vector<std::string_view> extra_members(Operation operation) {
    switch (operation) {
        case Operation::set: return {"variables"};
        case Operation::vmread: return {"field", "fields", "store"};
        case Operation::vmwrite: return {"field", "fields", "value"};
        case Operation::vmptrst:
        case Operation::rdmsr:
        case Operation::read_memory: return {"store"};
        case Operation::vmlaunch:
        case Operation::vmresume: return {"after_mov_ss"};
        case Operation::write_memory: return {"value", "width", "count", "increment", "hex", "fill", "size"};
        case Operation::write_region_header: return {"revision", "shadow"};
        case Operation::load: return {"template"};
        case Operation::run_guest: return {"max_instructions"};
        case Operation::inject: return {"kind", "vector", "at_instruction"};
        case Operation::loop: return {"max_exits", "on"};
        default: return {};
    }
}

void check_members(const JsonCursor& json, Operation operation) {
    std::vector<std::string_view> known{"op", "expect", "comment"};
    for (const OperandInfo& operand : info(operation).operands)
        if (!operand.name.empty()) known.push_back(operand.name);
    for (const std::string_view extra : extra_members(operation)) known.push_back(extra);
    for (const auto& [key, member] : json.members())
        if (std::find(known.begin(), known.end(), key) == known.end())
            member.fail(fmt::format("expected one of {} in a {} step; found the member \"{}\"", fmt::join(known, ", "),
                                    info(operation).name, key));
}

class StepParser {
public:
    StepParser(const JsonCursor& json, Scope& scope, unsigned depth) : json_(json), scope_(scope), depth_(depth) {}

    Step parse() {
        json_.expect_object("a step: an object with the member \"op\"");
        step_.operation = parse_operation(json_.at("op"));
        step_.pointer = json_.pointer();
        check_members(json_, step_.operation);
        for (const OperandInfo& operand : info(step_.operation).operands)
            if (!operand.name.empty()) step_.operands.push_back(parse_operand(operand));
        parse_extras();
        if (const auto comment = json_.find("comment")) step_.comment = comment->string();
        if (const auto expect = json_.find("expect")) parse_expect(*expect);
        if (const auto store = json_.find("store")) {
            step_.store = parse_name(store->string(), *store);
            scope_.variables.insert(step_.store);
        }
        return std::move(step_);
    }

private:
    Expression parse_operand(const OperandInfo& operand) {
        const auto member = operand.required ? json_.at(std::string(operand.name)) : json_.find(std::string(operand.name));
        return member ? parse_expression(*member, scope_) : Expression(operand.default_value);
    }

    std::optional<Expression> expression(const std::string& key) {
        const auto member = json_.find(key);
        return member ? std::optional(parse_expression(*member, scope_)) : std::nullopt;
    }
    bool flag(const std::string& key) {
        const auto member = json_.find(key);
        return member && member->boolean();
    }
    u64 count(const std::string& key, u64 maximum) {
        const auto member = json_.find(key);
        return member ? member->number_up_to(maximum) : 0;
    }

    void parse_extras() {
        switch (step_.operation) {
            case Operation::set: return parse_set();
            case Operation::vmread:
            case Operation::vmwrite: return parse_field_step();
            case Operation::vmlaunch:
            case Operation::vmresume: step_.after_mov_ss = flag("after_mov_ss"); return;
            case Operation::write_memory: return parse_write_memory();
            case Operation::write_region_header:
                step_.revision = expression("revision");
                step_.shadow = flag("shadow");
                return;
            case Operation::load: {
                const JsonCursor name = json_.at("template");
                step_.template_name = name.string();
                if (!scope_.templates.contains(step_.template_name) && !is_built_in_template(step_.template_name))
                    name.fail_expected("a template of this scenario or " + built_in_template_names());
                return;
            }
            case Operation::run_guest: step_.max_instructions = count("max_instructions", ~u64{0}); return;
            case Operation::inject: return parse_inject();
            case Operation::loop: return parse_loop();
            default: return;
        }
    }

    void parse_set() {
        const JsonCursor variables = json_.at("variables");
        for (const auto& [name, value] : variables.members()) {
            step_.variables.emplace_back(parse_name(name, value), parse_expression(value, scope_));
            scope_.variables.insert(name);
        }
        if (step_.variables.empty()) variables.fail_expected("at least one variable");
    }

    void parse_field_step() {
        const bool writes = step_.operation == Operation::vmwrite;
        const auto one = json_.find("field");
        const auto many = json_.find("fields");
        if (one.has_value() == many.has_value()) json_.fail("expected \"field\" or \"fields\"");
        if (one) {
            step_.fields.push_back({parse_field(one->string(), *one), expression("value")});
            if (writes && !step_.fields[0].value) json_.fail_expected("the member \"value\"");
            return;
        }
        if (json_.find("value") || json_.find("store"))
            many->fail("expected \"field\" with \"value\" or \"store\"; found \"fields\"");
        if (!writes && many->is_array()) {
            for (const JsonCursor& name : many->elements()) step_.fields.push_back({parse_field(name.string(), name), {}});
        } else {
            step_.fields = parse_fields(*many, scope_);
        }
        if (step_.fields.empty()) many->fail_expected("at least one field");
    }

    void parse_write_memory() {
        MemoryWrite& memory = step_.memory;
        const auto bytes = json_.find("hex");
        const auto fill = json_.find("fill");
        const auto value = expression("value");
        if (bytes.has_value() + fill.has_value() + value.has_value() != 1)
            json_.fail("expected one of \"value\", \"hex\" and \"fill\"");
        if (!value)
            for (const char* key : {"width", "count", "increment"})
                if (const auto member = json_.find(key)) member->fail(fmt::format("expected \"{}\" with \"value\" only", key));
        if (bytes) {
            memory.form = MemoryWrite::Form::bytes;
            memory.bytes = bytes->hex_bytes();
        } else if (fill) {
            memory.form = MemoryWrite::Form::fill;
            memory.fill = static_cast<u8>(fill->number_up_to(0xFF));
            memory.size = parse_expression(json_.at("size"), scope_);
        } else {
            memory.value = *value;
            memory.count = expression("count").value_or(Expression(1));
            memory.increment = expression("increment").value_or(Expression(0));
            if (const auto width = json_.find("width")) {
                memory.width = static_cast<unsigned>(width->number_up_to(8));
                if (memory.width != 1 && memory.width != 2 && memory.width != 4 && memory.width != 8)
                    width->fail_expected("1, 2, 4 or 8");
            }
        }
    }

    void parse_inject() {
        const JsonCursor kind = json_.at("kind");
        const std::string name = kind.string();
        if (name != "external_interrupt" && name != "nmi") kind.fail_expected("\"external_interrupt\" or \"nmi\"");
        step_.nmi = name == "nmi";
        step_.vector = step_.nmi ? 2 : json_.at("vector").number_up_to(0xFF);
        step_.at_instruction = json_.at("at_instruction").number();
    }

    void parse_loop() {
        if (depth_ >= kMaxLoopDepth) json_.fail(fmt::format("expected at most {} loops in each other", kMaxLoopDepth));
        step_.max_exits = json_.at("max_exits").number();
        for (const auto& [reasons, steps] : json_.at("on").members())
            step_.handlers.push_back({parse_reasons(reasons, steps), parse_steps(steps, scope_, depth_ + 1)});
    }

    // "cpuid", "10", or "default" for every other reason.
    std::vector<u32> parse_reasons(const std::string& text, const JsonCursor& where) {
        if (text == "default") return {};
        if (const auto number = parse_number(text); number && *number <= 0xFFFF) return {static_cast<u32>(*number)};
        for (const spec::ExitReasonInfo& row : spec::kExitReasons)
            if (row.identifier == text || row.name == text) return {row.number};
        where.fail(fmt::format("expected an exit reason, by name or number, or \"default\"; found \"{}\"", text));
    }

    void parse_expect(const JsonCursor& json) {
        step_.expect = parse_expectation(json);
        if (!step_.expect->value) return;
        if (step_.operation != Operation::vmread && step_.operation != Operation::vmptrst &&
            step_.operation != Operation::rdmsr && step_.operation != Operation::read_memory)
            json.fail(fmt::format("expected no value of a {} step, which reads none", info(step_.operation).name));
        parse_expression(json.at("value"), scope_);
    }

    const JsonCursor& json_;
    Scope& scope_;
    unsigned depth_;
    Step step_;
};

}  // namespace

std::string parse_name(const std::string& name, const JsonCursor& where) {
    const bool good = !name.empty() && name.size() <= 64 && (name[0] < '0' || name[0] > '9') &&
                      std::all_of(name.begin(), name.end(), [](char c) {
                          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
                      });
    if (!good) where.fail(fmt::format("expected a name of letters, digits and \"_\"; found \"{}\"", name.substr(0, 64)));
    return name;
}

Expression parse_expression(const JsonCursor& json, const Scope& scope) {
    try {
        const Expression expression = json.is_string() ? Expression(json.string()) : Expression(json.number());
        for (const std::string& name : expression.regions())
            if (!scope.regions.contains(name)) json.fail(fmt::format("expected a region of \"memory\"; found @{}", name));
        for (const std::string& name : expression.variables())
            if (!scope.variables.contains(name))
                json.fail(fmt::format("expected a variable that an earlier step sets; found ${}", name));
        return expression;
    } catch (const ExpressionError& error) {
        json.fail(error.what());
    }
}

spec::FieldAccess parse_field(const std::string& name, const JsonCursor& where) {
    if (const auto field = spec::find_field(name)) return *field;
    if (const auto encoding = parse_number(name))
        if (const auto field = spec::find_field(*encoding)) return *field;
    where.fail(fmt::format("expected a VMCS field, by name or encoding; found \"{}\"", name));
}

std::vector<FieldValue> parse_fields(const JsonCursor& json, const Scope& scope) {
    std::vector<FieldValue> fields;
    for (const auto& [name, value] : json.members()) fields.push_back({parse_field(name, value), parse_expression(value, scope)});
    return fields;
}

std::vector<Step> parse_steps(const JsonCursor& json, Scope& scope, unsigned depth) {
    std::vector<Step> steps;
    for (const JsonCursor& element : json.elements()) steps.push_back(StepParser(element, scope, depth).parse());
    return steps;
}

}  // namespace vmxsim::scenario
