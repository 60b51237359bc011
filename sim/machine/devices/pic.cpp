// SPDX-License-Identifier: MIT
#include "machine/devices/pic.hpp"

namespace vmxsim::machine {
namespace {

constexpr unsigned kCascade = 2, kSpurious = 7;

}  // namespace

// As firmware leaves them: vectors 8 and 70H; timer, keyboard, cascade and the clock unmasked.
Pic::Pic() {
    chips_[0].base = 0x08;
    chips_[0].mask = 0xB8;
    chips_[1].base = 0x70;
    chips_[1].mask = 0x8E;
}

std::optional<unsigned> Pic::Chip::highest() const {
    for (unsigned i = 1; i <= 8; ++i) {
        const unsigned line = (lowest + i) % 8;
        const unsigned bit_of_line = 1u << line;
        const bool served = (in_service & bit_of_line) != 0;
        if (served && !special_mask) return std::nullopt;  // what is in service holds off itself and all below
        if ((requests & ~mask & bit_of_line) != 0 && !served) return line;
    }
    return std::nullopt;
}

unsigned Pic::Chip::take() {
    const auto line = highest();
    if (!line) return kSpurious;
    requests &= static_cast<u8>(~(1u << *line));
    if (!auto_eoi)
        in_service |= static_cast<u8>(1u << *line);
    else if (rotates)
        lowest = static_cast<u8>(*line);
    return *line;
}

void Pic::Chip::end_of_interrupt(u8 value) {
    const unsigned operation = value >> 5;
    unsigned line = value & 7;
    const bool specific = (operation & 2) != 0;
    if (!specific && operation != 0 && operation != 4) {
        line = 8;
        for (unsigned i = 1; i <= 8 && line == 8; ++i)
            if ((in_service >> ((lowest + i) % 8) & 1) != 0) line = (lowest + i) % 8;
    }
    switch (operation) {
        case 0: rotates = false; return;
        case 4: rotates = true; return;
        case 6: lowest = static_cast<u8>(line); return;
        case 2: return;  // no operation
        default: break;
    }
    if (line == 8) return;
    in_service &= static_cast<u8>(~(1u << line));
    if (operation == 5 || operation == 7) lowest = static_cast<u8>(line);
}

void Pic::Chip::command(u8 value) {
    if ((value & 0x10) != 0) {  // the first initialisation word
        const u8 keep = base;
        *this = Chip{};
        base = keep;
        needs_word4 = (value & 1) != 0;
        single = (value & 2) != 0;
        next_word = 2;
    } else if ((value & 8) != 0) {
        if ((value & 4) != 0) polls = true;
        if ((value & 2) != 0) reads_service = (value & 1) != 0;
        if ((value & 0x40) != 0) special_mask = (value & 0x20) != 0;
    } else {
        end_of_interrupt(value);
    }
}

void Pic::Chip::data(u8 value) {
    switch (next_word) {
        case 2:
            base = value & 0xF8;
            next_word = !single ? 3 : needs_word4 ? 4 : 0;
            break;
        case 3: next_word = needs_word4 ? 4 : 0; break;
        case 4:
            auto_eoi = (value & 2) != 0;
            next_word = 0;
            break;
        default: mask = value; break;
    }
}

// The second controller's output is an input of the first, high as long as it has something to say.
void Pic::cascade() {
    if (chips_[1].highest())
        chips_[0].requests |= 1u << kCascade;
    else
        chips_[0].requests &= static_cast<u8>(~(1u << kCascade));
}

void Pic::pulse(unsigned line) {
    chips_[line / 8].requests |= static_cast<u8>(1u << line % 8);
    cascade();
}

u8 Pic::acknowledge() {
    const unsigned line = chips_[0].take();
    if (line != kCascade) return static_cast<u8>(chips_[0].base + line);
    const unsigned second = chips_[1].take();
    cascade();
    return static_cast<u8>(chips_[1].base + second);
}

u32 Pic::in(u16 port, unsigned) {
    if (port >= 0x4D0) return chips_[port & 1].edge_level;
    Chip& chip = chips_[port >= 0xA0 ? 1 : 0];
    if (chip.polls) {
        chip.polls = false;
        const bool any = chip.highest().has_value();
        const unsigned line = chip.take();
        cascade();
        return any ? 0x80 | line : 0;
    }
    if ((port & 1) != 0) return chip.mask;
    return chip.reads_service ? chip.in_service : chip.requests;
}

void Pic::out(u16 port, unsigned, u32 value) {
    const u8 byte = static_cast<u8>(value);
    if (port >= 0x4D0) {
        chips_[port & 1].edge_level = byte;
        return;
    }
    Chip& chip = chips_[port >= 0xA0 ? 1 : 0];
    if ((port & 1) != 0)
        chip.data(byte);
    else
        chip.command(byte);
    cascade();
}

}  // namespace vmxsim::machine
