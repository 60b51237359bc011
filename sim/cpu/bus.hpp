// SPDX-License-Identifier: MIT
// What the processor sees of the machine around it. Addresses are physical; sizes are 1, 2, 4 or 8 bytes.
#pragma once

#include <optional>

#include "base/types.hpp"

namespace vmxsim::cpu {

inline constexpr u64 kNever = ~u64{0};

class Bus {
public:
    virtual ~Bus() = default;

    // True when the whole 4-KByte page is memory: then the processor accesses PhysicalMemory without asking again.
    virtual bool is_memory(u64 page) const = 0;
    virtual u64 read_device(u64 address, unsigned size) = 0;
    virtual void write_device(u64 address, unsigned size, u64 value) = 0;
    virtual u32 in(u16 port, unsigned size) = 0;
    virtual void out(u16 port, unsigned size, u32 value) = 0;

    // External interrupts: whether one is requested, and its vector, which acknowledges it.
    virtual bool interrupt_requested() = 0;
    virtual u8 acknowledge_interrupt() = 0;

    // Virtual time, in ticks of Cpu::now(): when a device will next do something by itself, and doing what is due by then.
    virtual u64 next_event() { return kNever; }
    virtual void advance(u64 /*now*/) {}

    // The local APIC's MSRs: IA32_TSC_DEADLINE and, in x2APIC mode, 800H-8FFH. Nothing and false: #GP.
    virtual std::optional<u64> read_apic_msr(u32 /*msr*/) { return std::nullopt; }
    virtual bool write_apic_msr(u32 /*msr*/, u64 /*value*/) { return false; }
    // IA32_APIC_BASE has just changed from this value.
    virtual void apic_base_changed(u64 /*old*/) {}
};

}  // namespace vmxsim::cpu
