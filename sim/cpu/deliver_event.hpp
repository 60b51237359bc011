// SPDX-License-Identifier: MIT
// Exceptions and interrupts: delivery through the IVT, the IDT of protected mode (gates, task gates, privilege changes)
// and that of IA-32e mode (IST), and what is taken between instructions, in the order of SDM table 6-2.
#pragma once

#include "cpu/cpu.hpp"

namespace vmxsim::cpu {

enum class EventKind : u8 {
    hardware_exception,
    external_interrupt,
    nmi,
    software_interrupt,
    software_exception,
    privileged_software_exception
};

struct Event {
    u8 vector = 0;
    EventKind kind = EventKind::hardware_exception;
    std::optional<u32> error_code;
    bool rf = false;  // the pushed image has RF = 1: faults, so that an instruction breakpoint does not hit twice
};

// One attempt; Flow::fault leaves the state as it was and the new fault in Cpu::fault.
Flow deliver(Cpu& cpu, const Event& event);

// Delivers Cpu::fault; a fault during delivery makes a double fault, then shutdown (SDM 6.15, interrupt 8).
StopReason deliver_fault(Cpu& cpu);

// The same for an event that is not a fault of an instruction.
StopReason deliver_or_fault(Cpu& cpu, const Event& event);

// Traps of the last instruction, NMI, external interrupts, all that are due; wakes a halted processor, or lets time pass
// until something does. Decides whether the next instruction runs alone (Cpu::one_instruction_only).
StopReason take_events(Cpu& cpu);

}  // namespace vmxsim::cpu
