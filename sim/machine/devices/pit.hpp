// SPDX-License-Identifier: MIT
// The 8254 timer at 40H-43H and its gate and output at port 61H. Channel 0 is interrupt 0.
#pragma once

#include <array>
#include <optional>

#include "machine/device.hpp"

namespace vmxsim::machine {

class Pit : public PortDevice, public TimedDevice {
public:
    Pit(Clock clock, InterruptLine interrupt);

    u32 in(u16 port, unsigned size) override;
    void out(u16 port, unsigned size, u32 value) override;
    u64 next_event() const override;
    void advance(u64 now) override;

private:
    enum class Access : u8 { latch, low, high, both };
    struct Channel {
        unsigned mode = 2;
        Access access = Access::both;
        bool decimal = false, running = true, gate = true, writes_high = false, reads_high = false;
        u8 low_byte = 0;
        u32 reload = 0x10000;
        u64 start = 0;  // in ticks of the 1.193182-MHz clock
        std::optional<u16> latched;
        std::optional<u8> latched_status;

        u64 elapsed(u64 now) const { return now > start ? now - start : 0; }
        u32 count(u64 now) const;
        bool output(u64 now) const;
        u8 status(u64 now) const;
    };
    u64 timer_now() const;
    void control(u8 value);
    void load(Channel& channel, u32 value);
    void plan();
    u8 read(Channel& channel);
    void write(Channel& channel, u8 value);

    Clock clock_;
    InterruptLine interrupt_;
    std::array<Channel, 3> channels_;
    u64 next_edge_;   // of channel 0, in its own ticks
    u8 speaker_ = 0;  // bits 1:0 of port 61H
};

}  // namespace vmxsim::machine
