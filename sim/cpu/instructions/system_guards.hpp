// SPDX-License-Identifier: MIT
// The guards that open most system instructions.
#pragma once

#include "cpu/cpu.hpp"

namespace vmxsim::cpu {

inline Flow require_cpl0(Cpu& cpu) { return cpu.cpl() == 0 ? Flow::next : cpu.general_protection(); }

// #UD in real-address and virtual-8086 mode: LLDT, LTR, VERR, ARPL and their like.
inline Flow require_protected_mode(Cpu& cpu) {
    return cpu.real_mode() || cpu.state.virtual_8086() ? cpu.undefined_opcode() : Flow::next;
}

// SGDT, SIDT, SLDT, STR and SMSW with CR4.UMIP = 1 above CPL 0.
inline Flow forbid_by_umip(Cpu& cpu) {
    return is_set(cpu.state.cr4, 11) && cpu.cpl() != 0 ? cpu.general_protection() : Flow::next;
}

}  // namespace vmxsim::cpu
