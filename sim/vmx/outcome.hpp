// SPDX-License-Identifier: MIT
// How a VMX instruction ended (SDM 30.2): what the RFLAGS and the VM-instruction error field then say.
#pragma once

#include <optional>

#include "base/types.hpp"
#include "spec/spec.hpp"

namespace vmxsim::vmx {

enum class OutcomeKind : u8 {
    succeed,        // VMsucceed: CF, PF, AF, ZF, SF and OF all 0
    fail_invalid,   // VMfailInvalid: CF = 1
    fail_valid,     // VMfailValid: ZF = 1 and the error number is in the current VMCS
    fault,          // an exception, before anything changed
    vm_exit,        // executed in VMX non-root operation: control is to go to the host; nothing changed yet
    entered,        // VMLAUNCH or VMRESUME: the processor is in VMX non-root operation
    entry_failure,  // VMLAUNCH or VMRESUME: host state was loaded again, the exit reason has bit 31 set
    vmx_abort,      // SDM 27.7: the processor is in the shutdown state, the indicator is in the VMCS region
};

inline constexpr u8 kUndefinedOpcode = 6, kGeneralProtection = 13, kPageFault = 14;

struct Outcome {
    OutcomeKind kind = OutcomeKind::succeed;
    spec::VmInstructionError error = spec::VmInstructionError::none;  // fail_valid
    u8 vector = 0;                                                    // fault: #UD, #GP(0), ...
    std::optional<u32> error_code{};                                  // fault
    u32 reason = 0;                                                   // vm_exit, entry_failure
    u64 qualification = 0;                                            // vm_exit, entry_failure
    u32 abort_indicator = 0;                                          // vmx_abort
    std::optional<u16> check{};  // the VM-entry check that failed: a place in all_checks() (vmx/entry/check_engine.hpp)
    const char* why = "";        // our sentence; a literal
    const char* sdm = "";        // section of the rule that decided

    friend bool operator==(const Outcome& a, const Outcome& b) {
        return a.kind == b.kind && a.error == b.error && a.vector == b.vector && a.error_code == b.error_code &&
               a.reason == b.reason && a.qualification == b.qualification && a.abort_indicator == b.abort_indicator;
    }
};

}  // namespace vmxsim::vmx
