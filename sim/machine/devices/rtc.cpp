// SPDX-License-Identifier: MIT
#include "machine/devices/rtc.hpp"

#include <algorithm>
#include <chrono>

#include "base/bits.hpp"
#include "cpu/cpu.hpp"

namespace vmxsim::machine {
namespace {

enum Index : u8 {
    kSeconds = 0,
    kMinutes = 2,
    kHours = 4,
    kWeekday = 6,
    kDay = 7,
    kMonth = 8,
    kYear = 9,
    kA = 10,
    kB = 11,
    kC = 12,
    kD = 13,
    kCentury = 0x32
};
constexpr u64 kTicks = cpu::Cpu::kTicksPerSecond;
constexpr unsigned kLine = 8;
constexpr u8 kPeriodic = 0x40, kUpdate = 0x10, kRequest = 0x80, kBinary = 0x04, k24Hours = 0x02, kHalt = 0x80;

struct Date {
    i64 year;
    unsigned month, day, hour, minute, second, weekday;
};
Date date_of(i64 seconds) {
    const std::chrono::sys_seconds time{std::chrono::seconds{seconds}};
    const auto days = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{days};
    const auto rest = static_cast<unsigned>((time - days).count());
    return {int{date.year()},
            unsigned{date.month()},
            unsigned{date.day()},
            rest / 3600,
            rest / 60 % 60,
            rest % 60,
            std::chrono::weekday{days}.c_encoding() + 1};
}
i64 seconds_of(const Date& date) {
    const std::chrono::year_month_day day{std::chrono::year{static_cast<int>(date.year)}, std::chrono::month{date.month},
                                          std::chrono::day{date.day}};
    return std::chrono::sys_seconds{std::chrono::sys_days{day}}.time_since_epoch().count() + date.hour * 3600 + date.minute * 60 +
           date.second;
}

}  // namespace

Rtc::Rtc(Clock clock, InterruptLine interrupt, u64 memory_bytes)
    : clock_(std::move(clock)),
      interrupt_(std::move(interrupt)),
      begin_(seconds_of({2026, 1, 1, 0, 0, 0, 0})),
      next_periodic_(cpu::kNever),
      next_update_(cpu::kNever) {
    memory_[kA] = 0x26;
    memory_[kB] = k24Hours;
    memory_[kD] = 0x80;  // the battery is good
    // Where firmware keeps memory sizes: KBytes above 1 MByte, 64 KBytes above 16 MBytes, 64 KBytes above 4 GBytes.
    const u64 low = std::min<u64>(memory_bytes, 0xC0000000), high = memory_bytes - low;
    const auto put = [&](u8 index, u64 value) {
        memory_[index] = static_cast<u8>(value);
        memory_[index + 1u] = static_cast<u8>(value >> 8);
    };
    const u64 extended = std::min<u64>(low > 0x100000 ? (low - 0x100000) / 1024 : 0, 0xFFFF);
    put(0x15, 640);
    put(0x17, extended);
    put(0x30, extended);
    put(0x34, low > 0x1000000 ? (low - 0x1000000) / 0x10000 : 0);
    put(0x5B, high / 0x10000);
    memory_[0x5D] = static_cast<u8>(high / 0x10000 >> 16);
}

i64 Rtc::seconds() const { return begin_ + static_cast<i64>(clock_() / kTicks); }

u8 Rtc::field(u8 index) const {
    const Date date = date_of(seconds());
    unsigned value = 0;
    switch (index) {
        case kSeconds: value = date.second; break;
        case kMinutes: value = date.minute; break;
        case kHours: value = date.hour; break;
        case kWeekday: value = date.weekday; break;
        case kDay: value = date.day; break;
        case kMonth: value = date.month; break;
        case kYear: value = static_cast<unsigned>(date.year % 100); break;
        default: value = static_cast<unsigned>(date.year / 100); break;
    }
    unsigned afternoon = 0;
    if (index == kHours && (memory_[kB] & k24Hours) == 0) {
        afternoon = value >= 12 ? 0x80 : 0;
        value = value % 12 == 0 ? 12 : value % 12;
    }
    if ((memory_[kB] & kBinary) == 0) value = value / 10 << 4 | value % 10;
    return static_cast<u8>(value | afternoon);
}

u8 Rtc::read(u8 index) {
    switch (index) {
        case kSeconds:
        case kMinutes:
        case kHours:
        case kWeekday:
        case kDay:
        case kMonth:
        case kYear:
        case kCentury: return field(index);
        case kA: {
            // An update is announced 244 us before the second changes.
            const bool updates = clock_() % kTicks >= kTicks - 244'000 && (memory_[kB] & kHalt) == 0;
            return static_cast<u8>((memory_[kA] & 0x7F) | (updates ? 0x80 : 0));
        }
        case kC: return std::exchange(memory_[kC], u8{0});
        default: return memory_[index];
    }
}

void Rtc::write(u8 index, u8 value) {
    Date date = date_of(seconds());
    const unsigned number = (memory_[kB] & kBinary) != 0 ? value : (value >> 4 & 15u) * 10 + (value & 15u);
    switch (index) {
        case kSeconds: date.second = number % 60; break;
        case kMinutes: date.minute = number % 60; break;
        case kHours: date.hour = number % 24; break;
        case kDay: date.day = std::clamp(number, 1u, 31u); break;
        case kMonth: date.month = std::clamp(number, 1u, 12u); break;
        case kYear: date.year = date.year / 100 * 100 + number % 100; break;
        case kCentury: date.year = i64{std::clamp(number, 19u, 99u)} * 100 + date.year % 100; break;
        case kC:
        case kD: return;
        default:
            memory_[index] = value;
            if (index == kA || index == kB) plan();
            return;
    }
    begin_ += seconds_of(date) - seconds();
}

u64 Rtc::period() const {
    const unsigned rate = memory_[kA] & 15;
    return rate == 0 ? 0 : kTicks * (u64{1} << (rate <= 2 ? rate + 6 : rate - 1)) / 32768;
}

void Rtc::plan() {
    const u64 now = clock_();
    const u64 length = period();
    next_periodic_ = length != 0 && (memory_[kB] & kPeriodic) != 0 ? now + length : cpu::kNever;
    next_update_ = (memory_[kB] & kUpdate) != 0 ? (now / kTicks + 1) * kTicks : cpu::kNever;
}

u64 Rtc::next_event() const { return std::min(next_periodic_, next_update_); }

void Rtc::request(u8 cause) {
    const bool pending = (memory_[kC] & kRequest) != 0;
    memory_[kC] |= cause | kRequest;
    if (!pending) interrupt_(kLine);
}

void Rtc::advance(u64 now) {
    if (next_periodic_ <= now) {
        next_periodic_ += ((now - next_periodic_) / period() + 1) * period();
        request(kPeriodic);
    }
    if (next_update_ <= now) {
        next_update_ = (now / kTicks + 1) * kTicks;
        request(kUpdate);
    }
}

u32 Rtc::in(u16 port, unsigned) { return port == 0x71 ? read(index_) : 0xFF; }

void Rtc::out(u16 port, unsigned, u32 value) {
    if (port == 0x70)
        index_ = value & 0x7F;  // bit 7 masks NMIs on the board; no device sends any
    else
        write(index_, static_cast<u8>(value));
}

}  // namespace vmxsim::machine
