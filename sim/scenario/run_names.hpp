// SPDX-License-Identifier: MIT
// The names of expressions while a scenario runs: placed regions, variables so far, the backend's registers now.
#pragma once

#include <map>

#include "scenario/backend.hpp"
#include "scenario/host_registers.hpp"
#include "scenario/run.hpp"

namespace vmxsim::scenario {

class RunNames : public Names {
public:
    RunNames(const Setup& setup, Backend& backend) : setup_(setup), backend_(backend) {}

    void set(const std::string& variable, u64 value) { variables_[variable] = value; }

    std::optional<u64> region(const std::string& name) const override {
        for (const PlacedRegion& placed : setup_.regions)
            if (placed.name == name) return placed.address;
        return std::nullopt;
    }
    std::optional<u64> variable(const std::string& name) const override {
        const auto found = variables_.find(name);
        return found == variables_.end() ? std::nullopt : std::optional(found->second);
    }
    std::optional<u64> host_register(const std::string& name) const override {
        const HostRegister* known = find_host_register(name);
        return known == nullptr ? std::nullopt : std::optional(known->get(backend_.host()));
    }
    std::optional<u64> msr(u32 number) const override {
        const Read read = backend_.rdmsr(number);
        return read.outcome.kind == vmx::OutcomeKind::succeed ? std::optional(read.value) : std::nullopt;
    }

private:
    const Setup& setup_;
    Backend& backend_;
    std::map<std::string, u64> variables_;
};

}  // namespace vmxsim::scenario
