// SPDX-License-Identifier: MIT
// The two 8259A interrupt controllers of a PC: the second one behind input 2 of the first. Inputs are edges.
#pragma once

#include <array>
#include <optional>

#include "machine/device.hpp"

namespace vmxsim::machine {

class Pic : public PortDevice {
public:
    Pic();

    // A rising edge on input 0 to 15.
    void pulse(unsigned line);
    bool requested() const { return first().highest().has_value(); }
    u8 acknowledge();

    u32 in(u16 port, unsigned size) override;
    void out(u16 port, unsigned size, u32 value) override;

private:
    struct Chip {
        u8 requests = 0, in_service = 0, mask = 0, base = 0, edge_level = 0;
        u8 lowest = 7;           // the input of lowest priority
        unsigned next_word = 0;  // the initialisation command word (2 to 4) that is expected; 0: none
        bool single = false, needs_word4 = false, auto_eoi = false, rotates = false, reads_service = false, special_mask = false,
             polls = false;

        std::optional<unsigned> highest() const;  // the input that may interrupt now
        void command(u8 value);
        void data(u8 value);
        void end_of_interrupt(u8 value);
        unsigned take();  // moves it from requests to in_service
    };
    const Chip& first() const { return chips_[0]; }
    void cascade();

    std::array<Chip, 2> chips_;
};

}  // namespace vmxsim::machine
