// SPDX-License-Identifier: MIT
// What the processor sees of the machine around it. Addresses are physical; sizes are 1, 2, 4 or 8 bytes.
#pragma once

#include "base/types.hpp"

namespace vmxsim::cpu {

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
};

}  // namespace vmxsim::cpu
