// SPDX-License-Identifier: MIT
// RDMSR and WRMSR: which MSRs exist here, what they take, and what follows from a write. The rules for values are those of
// MSR lists (vmx/entry/load_msrs.hpp), the places those of state/msr_file.hpp.
#pragma once

#include "cpu/cpu.hpp"

namespace vmxsim::cpu {

// Without the privilege check; #GP(0) for an MSR that does not exist or cannot be read.
Result<u64> read_msr(Cpu& cpu, u32 msr);
// The same; #GP(0) also for a value that the MSR does not take.
Flow write_msr(Cpu& cpu, u32 msr, u64 value);

// Power-up values of the MSRs that do not begin as zero.
void reset_msrs(Cpu& cpu);

}  // namespace vmxsim::cpu
