// SPDX-License-Identifier: MIT
#include "machine/devices/io_apic.hpp"

#include "base/bits.hpp"

namespace vmxsim::machine {
namespace {

constexpr u64 kMasked = bit(16), kRemoteIrr = bit(14), kLevel = bit(15), kStatus = bit(12);
constexpr u32 kVersion = 0x00170020;  // 24 inputs; 20H: with an EOI register
constexpr u64 kExtInt = 7;

}  // namespace

IoApic::IoApic(LocalApic& local_apic) : local_apic_(local_apic) { entries_.fill(kMasked); }

bool IoApic::passes_external_interrupts() const { return (entries_[0] & kMasked) == 0 && bits(entries_[0], 10, 8) == kExtInt; }

void IoApic::pulse(unsigned input) {
    u64& entry = entries_[input];
    const bool level = (entry & kLevel) != 0;
    if ((entry & kMasked) != 0 || (level && (entry & kRemoteIrr) != 0)) return;
    if (!local_apic_.is_destination(static_cast<u32>(entry >> 56), is_set(entry, 11))) return;
    if (level) entry |= kRemoteIrr;
    local_apic_.accept({static_cast<u8>(entry), static_cast<unsigned>(bits(entry, 10, 8)), level});
}

void IoApic::end_of_interrupt(u8 vector) {
    for (u64& entry : entries_)
        if ((entry & kLevel) != 0 && (entry & 0xFF) == vector) entry &= ~kRemoteIrr;
}

u32 IoApic::register_at(u8 index) const {
    if (index == 0 || index == 2) return id_;
    if (index == 1) return kVersion;
    const unsigned input = (index - 0x10u) / 2;
    if (index < 0x10 || input >= kInputs) return 0;
    return static_cast<u32>(entries_[input] >> (index % 2 * 32));
}

void IoApic::set_register(u8 index, u32 value) {
    if (index == 0) id_ = value & 0x0F000000;
    const unsigned input = (index - 0x10u) / 2;
    if (index < 0x10 || input >= kInputs) return;
    u64& entry = entries_[input];
    if (index % 2 != 0) {
        entry = (entry & 0xFFFFFFFF) | u64{value & 0xFF000000} << 32;
    } else {
        constexpr u64 kReadOnly = kRemoteIrr | kStatus;
        entry = (entry & (kReadOnly | ~u64{0xFFFFFFFF})) | (value & 0x1FFFF & ~kReadOnly);
        if ((entry & kLevel) == 0) entry &= ~kRemoteIrr;
    }
}

u64 IoApic::read(u64 offset, unsigned) {
    if (offset == 0x00) return index_;
    return offset == 0x10 ? register_at(index_) : 0;
}

void IoApic::write(u64 offset, unsigned, u64 value) {
    if (offset == 0x00)
        index_ = static_cast<u8>(value);
    else if (offset == 0x10)
        set_register(index_, static_cast<u32>(value));
    else if (offset == 0x40)
        end_of_interrupt(static_cast<u8>(value));
}

}  // namespace vmxsim::machine
