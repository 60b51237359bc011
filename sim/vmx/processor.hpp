// SPDX-License-Identifier: MIT
// One logical processor as the VMX semantics see it: state by value, memory and capabilities by reference.
#pragma once

#include "memory/physical_memory.hpp"
#include "state/cpu_state.hpp"
#include "vmcs/capabilities.hpp"
#include "vmcs/vmcs.hpp"

namespace vmxsim::vmx {

inline constexpr u64 kNoVmcs = ~u64{0};  // the value of the current-VMCS pointer when there is none (SDM 24.1)

struct VmxState {
    bool in_vmx_operation = false;
    bool non_root = false;             // meaningful in VMX operation only
    u64 vmxon_pointer = kNoVmcs;
    u64 current_vmcs_pointer = kNoVmcs;
    Vmcs current;                      // the current VMCS, decoded; written back to its region when it stops being current
    bool current_launched = false;     // its launch state: clear or launched (SDM 24.11.3)

    bool root() const { return in_vmx_operation && !non_root; }

    friend bool operator==(const VmxState&, const VmxState&) = default;
};

struct Processor {
    CpuState state;
    VmxState vmx;
    PhysicalMemory& memory;
    const Capabilities& capabilities;
};

}  // namespace vmxsim::vmx
