// SPDX-License-Identifier: MIT
#include "machine/devices/pit.hpp"

#include "base/bits.hpp"
#include "cpu/cpu.hpp"

namespace vmxsim::machine {
namespace {

constexpr u64 kHertz = 1'193'182, kTicks = cpu::Cpu::kTicksPerSecond;

u64 to_timer(u64 ticks) { return ticks / kTicks * kHertz + ticks % kTicks * kHertz / kTicks; }
// The first tick at which to_timer() gives at least this.
u64 to_ticks(u64 timer) { return timer / kHertz * kTicks + (timer % kHertz * kTicks + kHertz - 1) / kHertz; }

u32 from_decimal(u32 value) { return (value >> 12) * 1000 + (value >> 8 & 15) * 100 + (value >> 4 & 15) * 10 + (value & 15); }
u32 to_decimal(u32 value) { return value / 1000 % 10 << 12 | value / 100 % 10 << 8 | value / 10 % 10 << 4 | value % 10; }

}  // namespace

Pit::Pit(Clock clock, InterruptLine interrupt) : clock_(std::move(clock)), interrupt_(std::move(interrupt)), next_edge_(0x10000) {
    channels_[2].gate = false;
}

u64 Pit::timer_now() const { return to_timer(clock_()); }

u32 Pit::Channel::count(u64 now) const {
    const u64 passed = elapsed(now);
    const u32 wrap = decimal ? 10000 : 0x10000;
    u64 value;
    switch (mode) {
        case 2: value = reload - passed % reload; break;
        case 3: value = reload - passed * 2 % reload; break;
        default: value = (reload + wrap - passed % wrap) % wrap; break;
    }
    return static_cast<u32>(value % wrap);
}

bool Pit::Channel::output(u64 now) const {
    const u64 passed = elapsed(now);
    switch (mode) {
        case 0:
        case 1: return running && passed >= reload;
        case 2: return passed % reload != reload - 1;
        case 3: return passed % reload < (reload + 1) / 2;
        default: return passed != reload;
    }
}

u8 Pit::Channel::status(u64 now) const {
    return static_cast<u8>((output(now) ? 0x80 : 0) | (running ? 0 : 0x40) | static_cast<unsigned>(access) << 4 | mode << 1 |
                           (decimal ? 1 : 0));
}

void Pit::plan() {
    const Channel& channel = channels_[0];
    const bool counts = channel.running && channel.mode != 1 && channel.mode != 5;
    next_edge_ = counts ? channel.start + channel.reload : cpu::kNever;
}

u64 Pit::next_event() const { return next_edge_ == cpu::kNever ? cpu::kNever : to_ticks(next_edge_); }

void Pit::advance(u64 now) {
    const u64 timer = to_timer(now);
    if (next_edge_ > timer) return;
    const Channel& channel = channels_[0];
    const bool periodic = channel.mode == 2 || channel.mode == 3;
    next_edge_ = periodic ? next_edge_ + ((timer - next_edge_) / channel.reload + 1) * channel.reload : cpu::kNever;
    interrupt_(0);
}

void Pit::load(Channel& channel, u32 value) {
    if (channel.decimal) value = from_decimal(value);
    channel.reload = value != 0 ? value : channel.decimal ? 10000 : 0x10000;
    if (channel.mode >= 2 && channel.mode <= 3 && channel.reload == 1) channel.reload = 2;  // 1 is illegal in these modes
    channel.start = timer_now();
    channel.running = true;
    if (&channel == &channels_[0]) plan();
}

void Pit::control(u8 value) {
    const unsigned which = value >> 6;
    const u64 now = timer_now();
    if (which == 3) {  // read-back
        for (unsigned i = 0; i < 3; ++i) {
            if (!is_set(value, i + 1)) continue;
            if (!is_set(value, 4)) channels_[i].latched_status = channels_[i].status(now);
            if (!is_set(value, 5) && !channels_[i].latched) channels_[i].latched = static_cast<u16>(channels_[i].count(now));
        }
        return;
    }
    Channel& channel = channels_[which];
    const auto access = static_cast<Access>(value >> 4 & 3);
    if (access == Access::latch) {
        if (!channel.latched) channel.latched = static_cast<u16>(channel.count(now));
        return;
    }
    const unsigned mode = value >> 1 & 7;
    const bool gate = channel.gate;
    channel = Channel{};
    channel.gate = gate;
    channel.mode = mode > 5 ? mode - 4 : mode;
    channel.access = access;
    channel.decimal = is_set(value, 0);
    channel.running = false;
    if (which == 0) plan();
}

u8 Pit::read(Channel& channel) {
    if (channel.latched_status) return *std::exchange(channel.latched_status, std::nullopt);
    u32 value = channel.latched ? *channel.latched : channel.count(timer_now());
    if (channel.decimal) value = to_decimal(value);
    const bool high = channel.access == Access::high || (channel.access == Access::both && channel.reads_high);
    if (channel.access == Access::both) channel.reads_high = !channel.reads_high;
    if (channel.access != Access::both || high) channel.latched.reset();
    return static_cast<u8>(high ? value >> 8 : value);
}

void Pit::write(Channel& channel, u8 value) {
    switch (channel.access) {
        case Access::low: load(channel, value); break;
        case Access::high: load(channel, u32{value} << 8); break;
        default:
            if (channel.writes_high)
                load(channel, u32{value} << 8 | channel.low_byte);
            else
                channel.low_byte = value;
            channel.writes_high = !channel.writes_high;
            break;
    }
}

u32 Pit::in(u16 port, unsigned) {
    if (port == 0x61) {
        const bool refresh = (clock_() / 15085 & 1) != 0;  // toggles with every memory refresh: 15.085 us
        const bool output = channels_[2].output(timer_now());
        return speaker_ | (refresh ? 0x10u : 0) | (output ? 0x20u : 0);
    }
    return port == 0x43 ? 0xFF : read(channels_[port & 3]);
}

void Pit::out(u16 port, unsigned, u32 value) {
    const u8 byte = static_cast<u8>(value);
    if (port == 0x61) {
        speaker_ = byte & 3;
        Channel& channel = channels_[2];
        const bool gate = is_set(byte, 0);
        // A rising gate starts the counting anew, except in modes 0 and 4, which go on.
        if (gate && !channel.gate) channel.start = timer_now();
        channel.gate = gate;
        return;
    }
    if (port == 0x43)
        control(byte);
    else
        write(channels_[port & 3], byte);
}

}  // namespace vmxsim::machine
