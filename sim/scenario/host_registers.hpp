// SPDX-License-Identifier: MIT
// The host processor's registers by name: "cr4", "tr.base", "sysenter_esp". The rows are host_registers.def.
#pragma once

#include <span>
#include <string_view>

#include "state/cpu_state.hpp"

namespace vmxsim::scenario {

struct HostRegister {
    std::string_view name;
    u64 maximum;  // the largest value that it holds
    u64 (*get)(const CpuState& state);
    void (*set)(CpuState& state, u64 value);
};

std::span<const HostRegister> host_registers();
const HostRegister* find_host_register(std::string_view name);  // null when there is none

}  // namespace vmxsim::scenario
