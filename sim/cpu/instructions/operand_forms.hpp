// SPDX-License-Identifier: MIT
// The shapes in which general-purpose instructions take their operands, and the choice of a handler by shape and size.
#pragma once

#include "cpu/decode.hpp"

namespace vmxsim::cpu {

// Where a second operand comes from.
template <class T>
struct FromRegister2 {
    static Result<T> load(Cpu& cpu, const Insn& insn) { return cpu.reg<T>(insn.reg2); }
};
template <class T>
struct FromRegister {
    static Result<T> load(Cpu& cpu, const Insn& insn) { return cpu.reg<T>(insn.reg); }
};
template <class T>
struct FromMemory {
    static Result<T> load(Cpu& cpu, const Insn& insn) { return cpu.read_operand<T>(insn); }
};
template <class T>
struct FromImmediate {
    static Result<T> load(Cpu&, const Insn& insn) { return static_cast<T>(insn.immediate); }
};

// Calls f.template operator()<T>() with the unsigned type of `size` bytes.
template <class F>
Handler by_size(unsigned size, F f) {
    switch (size) {
        case 1: return f.template operator()<u8>();
        case 2: return f.template operator()<u16>();
        case 4: return f.template operator()<u32>();
        case 8: return f.template operator()<u64>();
        default: return nullptr;
    }
}

}  // namespace vmxsim::cpu
