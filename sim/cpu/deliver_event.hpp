// SPDX-License-Identifier: MIT
// Exceptions and interrupts: what is taken between instructions, in the order of SDM table 6-2, and delivery through the
// IVT, the IDT of protected mode (gates, task gates, privilege changes) and that of IA-32e mode (IST).
#pragma once

#include "cpu/cpu.hpp"

namespace vmxsim::cpu {

// Delivers Cpu::fault; a fault during delivery makes a double fault, then shutdown (SDM 6.15, interrupt 8).
StopReason deliver_fault(Cpu& cpu);

// Traps of the last instruction, NMI, external interrupts; wakes a halted processor. Clears Cpu::events_changed when there
// is nothing left to look for before the next change.
StopReason take_events(Cpu& cpu);

// After an instruction that began with RFLAGS.TF = 1.
void after_single_step(Cpu& cpu);

}  // namespace vmxsim::cpu
