// SPDX-License-Identifier: MIT
// A device on the machine's buses. One file a device in machine/devices; the machine routes by the ranges it gives.
#pragma once

#include "base/types.hpp"

namespace vmxsim::machine {

struct PortRange {
    u16 first, last;
};

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

}  // namespace vmxsim::machine
