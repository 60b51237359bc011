// SPDX-License-Identifier: MIT
// One logical processor as the VMX semantics see it: state by value, memory and capabilities by reference.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "memory/physical_memory.hpp"
#include "state/cpu_state.hpp"
#include "vmcs/capabilities.hpp"
#include "vmcs/vmcs.hpp"

namespace vmxsim::vmx {

inline constexpr u64 kNoVmcs = ~u64{0};  // the value of the current-VMCS pointer when there is none (SDM 24.1)
inline constexpr u32 kClear = 0;         // a launch state; any other value is "launched", see VmxState::current_launch_state

// An event that a successful VM entry has still to inject (SDM 26.6): as the VMCS's fields gave it.
struct PendingInjection {
    u32 information = 0;         // VM-entry interruption information, bit 31 set
    u32 error_code = 0;          // meaningful when bit 11 of the information is set
    u32 instruction_length = 0;  // for software interrupts and exceptions
    u64 event_data = 0;          // FRED: the injected-event data

    friend bool operator==(const PendingInjection&, const PendingInjection&) = default;
};

struct VmxState {
    bool in_vmx_operation = false;
    bool non_root = false;  // meaningful in VMX operation only
    u64 vmxon_pointer = kNoVmcs;
    u64 current_vmcs_pointer = kNoVmcs;
    Vmcs current;                    // the current VMCS, decoded; written back to its region when it stops being current
    bool current_is_shadow = false;  // the shadow-VMCS indicator of its region when VMPTRLD read it (SDM 24.10)
    // The launch state of the current VMCS (SDM 24.11.3): kClear, or the number of the period of VMX operation in
    // which it was launched.
    u32 current_launch_state = kClear;
    u32 period = 0;           // how often VMXON entered VMX operation
    std::vector<u64> active;  // the active VMCSs, the current one among them (SDM 24.1), ascending
    std::optional<PendingInjection> pending_injection;
    bool virtual_nmi_blocking = false;  // SDM 24.4.2, with the "virtual NMIs" VM-execution control

    bool root() const { return in_vmx_operation && !non_root; }
    bool has_current() const { return current_vmcs_pointer != kNoVmcs; }
    bool current_launched() const { return current_launch_state != kClear; }
    bool is_active(u64 pointer) const { return std::binary_search(active.begin(), active.end(), pointer); }

    friend bool operator==(const VmxState&, const VmxState&) = default;
};

struct Processor {
    CpuState state;
    VmxState vmx;
    PhysicalMemory& memory;
    const Capabilities& capabilities;
};

}  // namespace vmxsim::vmx
