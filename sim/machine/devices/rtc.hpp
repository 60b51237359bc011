// SPDX-License-Identifier: MIT
// The MC146818 clock and CMOS memory at 70H and 71H. Virtual time begins at 2026-01-01 00:00:00, so every run sees the same.
#pragma once

#include <array>

#include "machine/device.hpp"

namespace vmxsim::machine {

class Rtc : public PortDevice, public TimedDevice {
public:
    Rtc(Clock clock, InterruptLine interrupt, u64 memory_bytes);

    u32 in(u16 port, unsigned size) override;
    void out(u16 port, unsigned size, u32 value) override;
    u64 next_event() const override;
    void advance(u64 now) override;

private:
    u8 read(u8 index);
    void write(u8 index, u8 value);
    i64 seconds() const;
    u8 field(u8 index) const;
    u64 period() const;  // of the periodic interrupt, in ticks
    void plan();
    void request(u8 cause);

    Clock clock_;
    InterruptLine interrupt_;
    std::array<u8, 128> memory_{};
    u8 index_ = 0;
    i64 begin_;  // the second at tick 0, counted from 1970
    u64 next_periodic_, next_update_;
};

}  // namespace vmxsim::machine
