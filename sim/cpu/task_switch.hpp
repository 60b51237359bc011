// SPDX-License-Identifier: MIT
// Hardware task switches (SDM 7.3).
#pragma once

#include "cpu/descriptor.hpp"

namespace vmxsim::cpu {

enum class TaskSwitch : u8 { call, iret, jump, gate_in_idt };

// To the TSS that `selector` names (a TSS or, from an IDT, the selector in a task gate). Ends in Flow::branch.
Flow switch_task(Cpu& cpu, u16 selector, TaskSwitch source, u32 external, std::optional<u32> error_code);

}  // namespace vmxsim::cpu
