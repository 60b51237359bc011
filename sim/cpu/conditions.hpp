// SPDX-License-Identifier: MIT
// The sixteen conditions of Jcc, SETcc and CMOVcc by their code in the opcode (SDM volume 2, B.1.4.7).
#pragma once

#include "cpu/flags.hpp"

namespace vmxsim::cpu {

template <unsigned kCode>
bool holds(const StatusFlags& f) {
    constexpr bool kNegated = (kCode & 1) != 0;
    bool result = false;
    if constexpr (kCode >> 1 == 0)
        result = f.of();
    else if constexpr (kCode >> 1 == 1)
        result = f.cf();
    else if constexpr (kCode >> 1 == 2)
        result = f.zf();
    else if constexpr (kCode >> 1 == 3)
        result = f.cf() || f.zf();
    else if constexpr (kCode >> 1 == 4)
        result = f.sf();
    else if constexpr (kCode >> 1 == 5)
        result = f.pf();
    else if constexpr (kCode >> 1 == 6)
        result = f.sf() != f.of();
    else
        result = f.zf() || f.sf() != f.of();
    return result != kNegated;
}

}  // namespace vmxsim::cpu
