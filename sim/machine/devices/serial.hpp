// SPDX-License-Identifier: MIT
// A 16550 UART whose transmitter is always ready and whose line is always quiet: COM1 at 3F8H.
#pragma once

#include <array>
#include <functional>

#include "machine/device.hpp"

namespace vmxsim::machine {

class Serial : public PortDevice {
public:
    using Sink = std::function<void(char)>;
    explicit Serial(Sink sink) : sink_(std::move(sink)) {}

    u32 in(u16 port, unsigned size) override;
    void out(u16 port, unsigned size, u32 value) override;

private:
    bool divisor_latch() const { return (registers_[3] & 0x80) != 0; }

    Sink sink_;
    std::array<u8, 8> registers_{};
    std::array<u8, 2> divisor_{12, 0};
    bool fifo_ = false;
};

}  // namespace vmxsim::machine
