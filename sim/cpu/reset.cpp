// SPDX-License-Identifier: MIT
#include "cpu/msr.hpp"

namespace vmxsim::cpu {

// SDM 9.1.1, table 9-1.
void Cpu::reset() {
    state = CpuState{};
    state.cr0 = 0x60000010;
    state.rip = 0xFFF0;
    state[Register::rdx] = profile.cpuid_leaf(1).eax;
    for (size_t i = 0; i < kSegmentRegisterCount; ++i) {
        const auto r = static_cast<SegmentRegister>(i);
        const u32 rights = r == SegmentRegister::cs     ? 0x9B
                           : r == SegmentRegister::ldtr ? 0x82
                           : r == SegmentRegister::tr   ? 0x8B
                                                        : 0x93;
        state[r] = {0, 0, 0xFFFF, {rights}};
    }
    state[SegmentRegister::cs].selector = 0xF000;
    state[SegmentRegister::cs].base = 0xFFFF0000;
    state.gdtr = state.idtr = {0, 0xFFFF};
    status.set(state.rflags);
    reset_msrs(*this);
    tsc_taken_at_ = now();
    events_changed = true;
    refresh_mode();
}

}  // namespace vmxsim::cpu
