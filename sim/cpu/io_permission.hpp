// SPDX-License-Identifier: MIT
#pragma once

#include "cpu/cpu.hpp"

namespace vmxsim::cpu {

// #GP(0) unless CPL is within IOPL or the TSS's I/O permission bitmap allows all ports of the access.
Flow require_io_permission(Cpu& cpu, u16 port, unsigned size);

}  // namespace vmxsim::cpu
