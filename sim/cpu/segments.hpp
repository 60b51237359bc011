// SPDX-License-Identifier: MIT
// Loading of segment registers (SDM 5.4 to 5.6, MOV, POP, LDS): checks first, then the register with its hidden part.
#pragma once

#include "cpu/descriptor.hpp"

namespace vmxsim::cpu {

// ES, SS, DS, FS or GS, in every mode.
Flow load_data_segment(Cpu& cpu, SegmentRegister r, u16 selector);

// Real-address and virtual-8086 mode: base = selector << 4.
void load_real_mode_segment(Cpu& cpu, SegmentRegister r, u16 selector);

// A stack segment for a new privilege level; failures are `vector`(SS + external), not present is #SS.
Result<Segment> check_stack_segment(Cpu& cpu, u16 selector, unsigned new_cpl, u8 vector, u32 external);

// The register takes a selector of zero and becomes unusable (SDM 3.4.2).
void make_null(Cpu& cpu, SegmentRegister r, u16 selector = 0);

// After a return to an outer privilege level: data segments it may not have become null (SDM RET, IRET).
void drop_inaccessible_segments(Cpu& cpu);

}  // namespace vmxsim::cpu
