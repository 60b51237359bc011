// SPDX-License-Identifier: MIT
#include "cpu/deliver_event.hpp"

#include "base/invariant.hpp"

namespace vmxsim::cpu {

StopReason deliver_fault(Cpu&) { unmodelled("SDM 6.12: delivery of exceptions"); }

StopReason take_events(Cpu& cpu) {
    if (cpu.state.activity == ActivityState::hlt) return StopReason::halted;
    cpu.events_changed = false;
    return StopReason::none;
}

void after_single_step(Cpu&) { unmodelled("SDM 17.3.1.4: single-step exceptions"); }

}  // namespace vmxsim::cpu
