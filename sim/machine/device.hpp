// SPDX-License-Identifier: MIT
// A device on the machine's buses. One file a device in machine/devices; the machine routes by the ranges it gives.
#pragma once

#include <functional>

#include "base/types.hpp"

namespace vmxsim::machine {

class PortDevice {
public:
    virtual ~PortDevice() = default;
    virtual u32 in(u16 port, unsigned size) = 0;
    virtual void out(u16 port, unsigned size, u32 value) = 0;
};

class MemoryDevice {
public:
    virtual ~MemoryDevice() = default;
    virtual u64 read(u64 offset, unsigned size) = 0;
    virtual void write(u64 offset, unsigned size, u64 value) = 0;
};

// A device that does something by itself, in ticks of Cpu::now().
class TimedDevice {
public:
    virtual ~TimedDevice() = default;
    virtual u64 next_event() const = 0;  // cpu::kNever: nothing
    virtual void advance(u64 now) = 0;   // does what is due
};

using Clock = std::function<u64()>;                   // Cpu::now()
using InterruptLine = std::function<void(unsigned)>;  // an edge on an ISA interrupt line

}  // namespace vmxsim::machine
