// SPDX-License-Identifier: MIT
// An instruction as it is executed: decoded once, kept in the decode cache. Registers are byte offsets into the
// general-register file, so that AH is as direct as RAX.
#pragma once

#include "base/result.hpp"
#include "base/types.hpp"

namespace vmxsim::cpu {

class Cpu;
struct Insn;

// A handler executes one instruction. RIP already points behind it; on a fault the caller moves it back.
using Handler = Flow (*)(Cpu&, const Insn&);

enum InsnFlag : u16 {
    kRipRelative = 1,
    kLock = 2,
    kRep = 4,         // F3
    kRepne = 8,       // F2
    kEndsBlock = 16,  // a branch, or anything after which the next instruction may not be the one behind
    kHasMemory = 32,
    kLockable = 64,
};

struct Insn {
    Handler handler = nullptr;
    u64 immediate = 0;  // the first immediate, sign-extended where the instruction does so
    i32 displacement32 = 0;
    u16 flags = 0;     // InsnFlag
    u16 mnemonic = 0;  // ZydisMnemonic
    u8 length = 0;
    u8 reg = 0;   // the first register operand
    u8 reg2 = 0;  // the second
    u8 reg3 = 0;  // the third, or the second immediate
    u8 base = 0;  // byte offset; kNoRegister reads as zero
    u8 index = 0;
    u8 scale = 0;         // 1, 2, 4, 8
    u8 segment = 0;       // SegmentRegister
    u8 operand_size = 4;  // bytes: 1, 2, 4, 8
    u8 address_size = 8;  // bytes: 2, 4, 8
    u8 vector_form = 0;
    u64 displacement64 = 0;  // MOV with a 64-bit offset

    bool has(InsnFlag flag) const { return (flags & flag) != 0; }
};

}  // namespace vmxsim::cpu
