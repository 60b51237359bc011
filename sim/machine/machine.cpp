// SPDX-License-Identifier: MIT
#include "machine/machine.hpp"

#include <string_view>

namespace vmxsim::machine {
namespace {

// The video and ROM area below 1 MByte, and the device area below 4 GByte.
constexpr u64 kLowHoleBegin = 0xA0000, kLowHoleEnd = 0xC0000;
constexpr u64 kHighHoleBegin = 0xC0000000, kHighHoleEnd = 0x100000000;

}  // namespace

Machine::Machine(const CpuProfile& profile, u64 bytes, Outputs outputs)
    : memory_bytes(bytes),
      capabilities(profile),
      cpu(memory, capabilities, profile, *this),
      serial_(std::move(outputs.serial)),
      debug_console_(std::move(outputs.debug_console)) {}

bool Machine::is_memory(u64 page) const {
    if (page < kHighHoleBegin) return page < memory_bytes && !(page >= kLowHoleBegin && page < kLowHoleEnd);
    return page >= kHighHoleEnd && page - (kHighHoleEnd - kHighHoleBegin) < memory_bytes;
}

u64 Machine::read_device(u64, unsigned) {
    ++accesses_to_nothing;
    return ~u64{0};
}

void Machine::write_device(u64, unsigned, u64) { ++accesses_to_nothing; }

u32 Machine::in(u16 port, unsigned size) {
    if (port >= 0x3F8 && port <= 0x3FF) return serial_.in(port, size);
    if (port == 0xE9 || port == 0x402) return 0xE9;
    ++accesses_to_nothing;
    return ~u32{0};
}

void Machine::out(u16 port, unsigned size, u32 value) {
    if (port >= 0x3F8 && port <= 0x3FF) {
        serial_.out(port, size, value);
    } else if (port == 0xE9 || port == 0x402) {
        debug_console_(static_cast<char>(value));
    } else if (port == 0xF4) {
        exit_with(static_cast<int>(value << 1 | 1) & 0xFF);
    } else if (port == 0x8900) {
        constexpr std::string_view kShutdown = "Shutdown";
        const char c = static_cast<char>(value);
        shutdown_matched_ = c == kShutdown[shutdown_matched_] ? shutdown_matched_ + 1 : c == kShutdown[0] ? 1 : 0;
        if (shutdown_matched_ == kShutdown.size()) exit_with(0);
    } else {
        ++accesses_to_nothing;
    }
}

bool Machine::interrupt_requested() { return false; }
u8 Machine::acknowledge_interrupt() { return 0xFF; }

void Machine::exit_with(int status) {
    guest_status = status;
    shutdown_matched_ = 0;
    cpu.stop_requested = true;
}

}  // namespace vmxsim::machine
