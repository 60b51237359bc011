// SPDX-License-Identifier: MIT
// Reproducible random numbers: splitmix64, the same on every host and standard library.
#pragma once

#include "base/bits.hpp"

namespace vmxsim::cpu::tests {

class RandomSource {
public:
    explicit RandomSource(u64 seed) : state_(seed) {}

    u64 next() {
        u64 z = state_ += 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
    u64 below(u64 bound) { return next() % bound; }
    bool one_in(u64 n) { return below(n) == 0; }
    bool percent(u64 n) { return below(100) < n; }
    u8 byte() { return static_cast<u8>(next()); }

    // Numbers at which instructions change their minds.
    u64 interesting() {
        switch (below(8)) {
            case 0: return below(33);
            case 1: return u64{0} - below(33);
            case 2: return bit(static_cast<unsigned>(below(64)));
            case 3: return bit(static_cast<unsigned>(below(64))) - 1;
            case 4: return u64{0} - bit(static_cast<unsigned>(below(64)));
            case 5: return next() & 0xFFFFFFFF;
            default: return next();
        }
    }

private:
    u64 state_;
};

}  // namespace vmxsim::cpu::tests
