// SPDX-License-Identifier: MIT
// The stack, in the width of its address size: RSP, ESP or SP (SDM 6.2). RSP moves after the access has succeeded.
#pragma once

#include "cpu/cpu.hpp"

namespace vmxsim::cpu {

inline void set_stack_pointer(Cpu& cpu, u64 value) {
    u64& rsp = cpu.state[Register::rsp];
    const u64 keep = cpu.stack_mask() == 0xFFFF ? ~u64{0xFFFF} : 0;
    rsp = (rsp & keep) | (value & cpu.stack_mask());
}

template <class T>
Flow Cpu::push(T value) {
    const u64 place = (state[Register::rsp] - sizeof(T)) & stack_mask_;
    const Flow flow = write<T>(SegmentRegister::ss, place, value);
    if (flow != Flow::next) return flow;
    set_stack_pointer(*this, place);
    return Flow::next;
}

template <class T>
Result<T> Cpu::pop() {
    const u64 place = state[Register::rsp] & stack_mask_;
    const T value = TRY(read<T>(SegmentRegister::ss, place));
    set_stack_pointer(*this, place + sizeof(T));
    return value;
}

}  // namespace vmxsim::cpu
