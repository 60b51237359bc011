// SPDX-License-Identifier: MIT
#include "scenario/event_json.hpp"

#include <fmt/format.h>

#include "base/number.hpp"
#include "import/profile_file.hpp"
#include "import/profile_json.hpp"
#include "scenario/host_registers.hpp"
#include "scenario/memory_write.hpp"
#include "scenario/outcome_json.hpp"

namespace vmxsim::scenario {
namespace {

Json to_json(const Violation& violation) {
    const vmx::CheckInfo& row = vmx::all_checks()[violation.check];
    Json fields = Json::object();
    for (const auto& [field, value] : violation.values) fields[std::string(spec::info(field).name)] = hex(value);
    return {{"check", row.id}, {"sdm", row.sdm}, {"fields", fields}};
}

Json to_json(const ExitRecord& exit) {
    return {{"reason", hex(exit.reason)},
            {"qualification", hex(exit.qualification)},
            {"instruction_length", exit.instruction_length},
            {"instruction_information", hex(exit.instruction_information)},
            {"interruption_information", hex(exit.interruption_information)},
            {"interruption_error_code", hex(exit.interruption_error_code)},
            {"idt_vectoring_information", hex(exit.idt_vectoring_information)},
            {"idt_vectoring_error_code", hex(exit.idt_vectoring_error_code)},
            {"guest_linear_address", hex(exit.guest_linear_address)},
            {"guest_physical_address", hex(exit.guest_physical_address)}};
}

}  // namespace

Json to_json(const Event& event) {
    Json json{{"step", event.step}, {"op", info(event.operation).name}};
    for (const auto& [name, value] : event.operands) json[std::string(name)] = value;
    if (event.value) json["value"] = hex(*event.value);
    json["outcome"] = to_json(event.outcome);
    if (event.outcome.check) json["check"] = vmx::all_checks()[*event.outcome.check].id;
    for (const Violation& violation : event.violations) json["violations"].push_back(to_json(violation));
    if (event.exit) json["exit"] = to_json(*event.exit);
    return json;
}

Json to_json(const CpuProfile& profile) { return Json::parse(import::profile_to_json(profile)); }

CpuProfile parse_profile(const JsonCursor& json) {
    json.expect_object("a processor: a vmxsim-cpu object");
    try {
        return import::parse_profile(json.json().dump(), "").profile;
    } catch (const InputError& error) {
        json.fail(error.what());
    }
}

Json regions_to_json(const Setup& setup) {
    Json regions = Json::array();
    for (const PlacedRegion& region : setup.regions) {
        Json json{{"name", region.name}, {"at", hex(region.address)}, {"size", region.size}};
        if (!region.bytes.empty()) json["hex"] = digits(region.bytes);
        regions.push_back(std::move(json));
    }
    return regions;
}

Json host_to_json(const CpuState& host) {
    Json json = Json::object();
    for (const HostRegister& row : host_registers()) json[std::string(row.name)] = hex(row.get(host));
    return json;
}

Setup parse_setup(const JsonCursor& regions, const JsonCursor& host) {
    Setup setup;
    u64 total = 0;
    for (const JsonCursor& json : regions.elements()) {
        json.only({"name", "at", "size", "hex"});
        PlacedRegion region{json.at("name").string(), json.at("at").number(), json.at("size").number_up_to(kMaxRegionSize), {}};
        if (region.size == 0) json.at("size").fail_expected("at least one byte");
        if (const auto bytes = json.find("hex")) region.bytes = bytes->hex_bytes();
        if (region.bytes.size() > region.size) json.at("hex").fail("expected at most the bytes of the region");
        total += region.size;
        if (total > kMaxMemory) json.fail(fmt::format("expected at most {} bytes of memory in all", hex(kMaxMemory)));
        setup.regions.push_back(std::move(region));
    }
    for (const auto& [name, value] : host.members()) {
        const HostRegister* row = find_host_register(name);
        if (row == nullptr) value.fail(fmt::format("expected a register of the host; found \"{}\"", name));
        row->set(setup.host, value.number_up_to(row->maximum));
    }
    return setup;
}

}  // namespace vmxsim::scenario
