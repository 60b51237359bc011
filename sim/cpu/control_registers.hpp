// SPDX-License-Identifier: MIT
// Changes of control registers with all that must hold and all that follows (SDM 2.5, 4.1.2, 9.8.5).
#pragma once

#include "cpu/cpu.hpp"

namespace vmxsim::cpu {

Flow write_cr0(Cpu& cpu, u64 value);
Flow write_cr3(Cpu& cpu, u64 value);
Flow write_cr4(Cpu& cpu, u64 value);

// Reads the four PDPTEs that CR3 points to (SDM 4.4.1); a reserved bit is #GP(0).
Flow load_pdptes(Cpu& cpu, u64 cr3);

}  // namespace vmxsim::cpu
