// SPDX-License-Identifier: MIT
// Ports through which a guest speaks to whoever runs it: the debug console (E9H, 402H), the exit port (F4H) and the
// port that takes the word "Shutdown" (8900H).
#pragma once

#include <functional>

#include "machine/device.hpp"

namespace vmxsim::machine {

using Sink = std::function<void(char)>;
using Exit = std::function<void(int)>;

class DebugConsole : public PortDevice {
public:
    explicit DebugConsole(Sink sink) : sink_(std::move(sink)) {}
    u32 in(u16, unsigned) override { return 0xE9; }
    void out(u16, unsigned, u32 value) override { sink_(static_cast<char>(value)); }

private:
    Sink sink_;
};

// The status is (value << 1) | 1, as of QEMU's isa-debug-exit, in the eight bits that a process has.
class ExitPort : public PortDevice {
public:
    explicit ExitPort(Exit exit) : exit_(std::move(exit)) {}
    u32 in(u16, unsigned) override { return ~u32{0}; }
    void out(u16, unsigned, u32 value) override { exit_(static_cast<int>(value << 1 | 1) & 0xFF); }

private:
    Exit exit_;
};

class ShutdownPort : public PortDevice {
public:
    explicit ShutdownPort(Exit exit) : exit_(std::move(exit)) {}
    u32 in(u16, unsigned) override { return ~u32{0}; }
    void out(u16, unsigned, u32 value) override;

private:
    Exit exit_;
    size_t matched_ = 0;  // characters of "Shutdown"
};

}  // namespace vmxsim::machine
