// SPDX-License-Identifier: MIT
#include "scenario/parse.hpp"

#include <fmt/format.h>

#include "base/number.hpp"
#include "scenario/host_registers.hpp"
#include "scenario/json_input.hpp"
#include "scenario/parse_step.hpp"

namespace vmxsim::scenario {
namespace {

Region parse_region(const std::string& name, const JsonCursor& json, const Scope& scope) {
    json.expect_object("a region: an object");
    json.only({"size", "hex", "file", "asm", "bits", "origin", "comment"});
    Region region{.name = parse_name(name, json)};
    if (const auto size = json.find("size")) {
        region.size = size->number_up_to(kMaxRegionSize);
        if (region.size == 0) size->fail_expected("at least one byte");
    }
    const auto bytes = json.find("hex"), file = json.find("file"), assembly = json.find("asm");
    if (bytes.has_value() + file.has_value() + assembly.has_value() > 1)
        json.fail("expected at most one of \"hex\", \"file\" and \"asm\"");
    if (bytes) {
        region.bytes = bytes->hex_bytes();
        if (region.bytes.size() > region.size)
            bytes->fail(fmt::format("expected at most {} bytes, the size of the region", region.size));
    }
    if (file) region.file = file->string();
    if (assembly) region.assembly = assembly->string();
    for (const char* key : {"bits", "origin"})
        if (const auto member = json.find(key); member && !assembly)
            member->fail(fmt::format("expected \"{}\" with \"asm\" only", key));
    if (const auto width = json.find("bits")) {
        region.assembly_bits = static_cast<unsigned>(width->number_up_to(64));
        if (region.assembly_bits != 16 && region.assembly_bits != 32 && region.assembly_bits != 64)
            width->fail_expected("16, 32 or 64");
    }
    if (const auto origin = json.find("origin")) region.origin = parse_expression(*origin, scope);
    return region;
}

void parse_memory(const JsonCursor& json, Scenario& scenario, Scope& scope) {
    u64 total = 0;
    for (const auto& [name, member] : json.members()) scope.regions.insert(name);
    for (const auto& [name, member] : json.members()) {
        scenario.regions.push_back(parse_region(name, member, scope));
        total += scenario.regions.back().size;
        if (total > kMaxMemory) member.fail(fmt::format("expected at most {} bytes of memory in all", hex(kMaxMemory)));
    }
}

void parse_host(const JsonCursor& json, Scenario& scenario, const Scope& scope) {
    for (const auto& [name, member] : json.members()) {
        if (name == "comment") continue;
        if (find_host_register(name) == nullptr) member.fail(fmt::format("expected a register of the host; found \"{}\"", name));
        scenario.host.emplace_back(name, parse_expression(member, scope));
    }
}

void parse_templates(const JsonCursor& json, Scenario& scenario, Scope& scope) {
    for (const auto& [name, member] : json.members()) scope.templates.insert(parse_name(name, member));
    scenario.templates.reserve(scope.templates.size());
    for (const auto& [name, member] : json.members()) {
        Template entry{.name = name, .fields = {}};
        for (const auto& [field, value] : member.members()) {
            // Which variables are set is known at the step that loads the template only.
            Scope loading = scope;
            try {
                const Expression expression = value.is_string() ? Expression(value.string()) : Expression(value.number());
                for (const std::string& variable : expression.variables()) loading.variables.insert(variable);
            } catch (const ExpressionError& error) {
                value.fail(error.what());
            }
            entry.fields.push_back({parse_field(field, value), parse_expression(value, loading)});
        }
        scenario.templates.push_back(std::move(entry));
    }
}

}  // namespace

Scenario parse_scenario(std::shared_ptr<const JsonDocument> document, const JsonCursor& root) {
    root.expect_object("a scenario: an object");
    const JsonCursor format = root.at("format");
    if (!format.is_string() || format.string() != "vmxsim-scenario") format.fail_expected("\"vmxsim-scenario\"");
    const JsonCursor version = root.at("version");
    if (version.number() != 1) version.fail_expected("version 1");
    root.only({"$schema", "format", "version", "name", "summary", "cpu", "memory", "host", "templates", "steps"});

    Scenario scenario;
    Scope scope;
    scenario.name = root.at("name").string();
    if (const auto summary = root.find("summary")) scenario.summary = summary->string();
    if (const auto cpu = root.find("cpu")) scenario.cpu = cpu->string();
    if (const auto memory = root.find("memory")) parse_memory(*memory, scenario, scope);
    if (const auto host = root.find("host")) parse_host(*host, scenario, scope);
    if (const auto templates = root.find("templates")) parse_templates(*templates, scenario, scope);
    scenario.steps = parse_steps(root.at("steps"), scope);
    scenario.source = root.json().dump();
    scenario.document = std::move(document);
    return scenario;
}

Scenario parse_scenario(const std::string& file, const std::string& text) {
    const auto document = std::make_shared<const JsonDocument>(file, text);
    return parse_scenario(document, JsonCursor(*document));
}

Scenario load_scenario(const std::string& path) {
    Scenario scenario = parse_scenario(path, read_text(path, kMaxScenarioBytes));
    const size_t slash = path.rfind('/');
    scenario.folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    return scenario;
}

}  // namespace vmxsim::scenario
