// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/input_error.hpp"
#include "base/number.hpp"
#include "scenario/assemble.hpp"
#include "scenario/host_registers.hpp"
#include "scenario/json_input.hpp"
#include "scenario/run.hpp"
#include "scenario/run_names.hpp"

namespace vmxsim::scenario {
namespace {

Position place_of(const Scenario& scenario, const std::string& pointer) {
    return scenario.document ? scenario.document->position(pointer) : Position{};
}

Bytes contents(const Scenario& scenario, const Region& region, const std::vector<PlacedRegion>& placed, u64 origin) {
    const std::string pointer = "/memory/" + region.name;
    const auto fit = [&](Bytes bytes) {
        if (bytes.size() > region.size)
            throw InputError(place_of(scenario, pointer), fmt::format("expected at most {} bytes in region {}; found {}",
                                                                      region.size, region.name, bytes.size()));
        return bytes;
    };
    if (!region.assembly.empty()) {
        try {
            return fit(assemble(region, origin, placed));
        } catch (const AssemblyError& error) {
            throw InputError(place_of(scenario, pointer + "/asm"), error.what());
        }
    }
    if (!region.file.empty()) {
        const std::string path = region.file.starts_with('/') ? region.file : scenario.folder + "/" + region.file;
        const std::string text = read_text(path, kMaxRegionSize);
        return fit(Bytes(text.begin(), text.end()));
    }
    return region.bytes;
}

}  // namespace

Setup prepare(const Scenario& scenario, Backend& backend) {
    Setup setup;
    for (const Region& region : scenario.regions)
        setup.regions.push_back({region.name, backend.place(region.name, region.size), region.size, {}});

    const RunNames names(setup, backend);
    for (size_t i = 0; i < scenario.regions.size(); ++i) {
        const Region& region = scenario.regions[i];
        const u64 origin = region.origin ? region.origin->evaluate(names) : setup.regions[i].address;
        setup.regions[i].bytes = contents(scenario, region, setup.regions, origin);
    }

    setup.host = backend.host();
    for (const auto& [name, value] : scenario.host) {
        const HostRegister& host_register = *find_host_register(name);
        u64 number = 0;
        try {
            number = value.evaluate(names);
        } catch (const ExpressionError& error) {
            throw InputError(place_of(scenario, "/host/" + name), error.what());
        }
        if (number > host_register.maximum)
            throw InputError(place_of(scenario, "/host/" + name),
                             fmt::format("expected at most {} in {}; found {}", hex(host_register.maximum), name, hex(number)));
        host_register.set(setup.host, number);
    }
    restore(setup, backend);
    return setup;
}

void restore(const Setup& setup, Backend& backend) {
    for (const PlacedRegion& region : setup.regions) backend.write_memory(region.address, region.bytes);
    backend.override_host(setup.host);
}

}  // namespace vmxsim::scenario
