// SPDX-License-Identifier: MIT
#include "machine/devices/board.hpp"

#include <utility>

#include "base/bits.hpp"
#include "cpu/cpu.hpp"

namespace vmxsim::machine {

void SystemControl::out(u16, unsigned, u32 value) {
    value_ = static_cast<u8>((value & ~1u) | 2);
    if (is_set(value, 0)) reset_();
}

u32 KeyboardController::in(u16 port, unsigned) {
    if (port == 0x64) return has_output_ ? 0x1D : 0x1C;  // input buffer empty, self-test passed, keyboard enabled
    has_output_ = false;
    return output_;
}

void KeyboardController::out(u16 port, unsigned, u32 value) {
    const u8 byte = static_cast<u8>(value);
    const auto answer = [&](u8 with) {
        output_ = with;
        has_output_ = true;
    };
    if (port == 0x60) {
        if (!std::exchange(takes_data_, false)) return answer(0xFA);  // to the keyboard: acknowledged
        if (command_ == 0x60) command_byte_ = byte;
        if (command_ == 0xD1) {
            output_port_ = byte;
            if (!is_set(byte, 0)) reset_();
        }
        return;
    }
    command_ = byte;
    switch (byte) {
        case 0x20: answer(command_byte_); break;
        case 0x60:
        case 0xD1: takes_data_ = true; break;
        case 0xAA: answer(0x55); break;  // self-test
        case 0xAB: answer(0x00); break;  // interface test
        case 0xD0: answer(output_port_); break;
        default:
            if (byte >= 0xF0 && !is_set(byte, 0)) reset_();  // pulses output bit 0, the reset line
            break;
    }
}

u32 PciConfiguration::in(u16 port, unsigned size) { return port == 0xCF8 && size == 4 ? address_ : ~u32{0}; }

void PciConfiguration::out(u16 port, unsigned size, u32 value) {
    if (port == 0xCF8 && size == 4) address_ = value & 0x80FFFFFC;
    if (port == 0xCF9 && size == 1 && is_set(value, 2)) reset_();
}

u32 AcpiRegisters::in(u16 port, unsigned) {
    switch (port & ~3) {
        case kEvent: return enable_ >> 8 * (port & 3);
        case kControl: return control_ >> 8 * (port & 3);
        default: {
            constexpr u64 kHertz = 3'579'545, kTicks = cpu::Cpu::kTicksPerSecond;
            const u64 now = clock_();
            const u32 timer = static_cast<u32>((now / kTicks * kHertz + now % kTicks * kHertz / kTicks) & 0xFFFFFF);
            return timer >> 8 * (port & 3);
        }
    }
}

void AcpiRegisters::out(u16 port, unsigned, u32 value) {
    if (port == kEvent + 2) enable_ = (value & 0xFFFF) << 16;
    if (port != kControl) return;
    control_ = (value & 0xDFFF) | 1;
    // SLP_EN with the type of S5, which is 0 here as in common emulators.
    if (is_set(value, 13)) exit_(0);
}

}  // namespace vmxsim::machine
