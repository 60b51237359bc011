// SPDX-License-Identifier: MIT
#include "machine/devices/serial.hpp"

namespace vmxsim::machine {
namespace {

enum Register : unsigned {
    kData,
    kInterruptEnable,
    kInterruptIdentification,
    kLineControl,
    kModemControl,
    kLineStatus,
    kModemStatus,
    kScratch
};

}  // namespace

u32 Serial::in(u16 port, unsigned) {
    const unsigned which = port & 7;
    if (divisor_latch() && which < 2) return divisor_[which];
    switch (which) {
        case kData: return 0;
        case kInterruptIdentification: return fifo_ ? 0xC1 : 0x01;  // no interrupt pending
        case kLineStatus: return 0x60;                              // transmitter empty, nothing received
        case kModemStatus: return 0xB0;                             // carrier, data set ready, clear to send
        default: return registers_[which];
    }
}

void Serial::out(u16 port, unsigned, u32 value) {
    const unsigned which = port & 7;
    const u8 byte = static_cast<u8>(value);
    if (divisor_latch() && which < 2) {
        divisor_[which] = byte;
        return;
    }
    if (which == kData) {
        sink_(static_cast<char>(byte));
        return;
    }
    if (which == kInterruptIdentification)
        fifo_ = (byte & 1) != 0;
    else if (which != kLineStatus && which != kModemStatus)
        registers_[which] = byte;
}

}  // namespace vmxsim::machine
