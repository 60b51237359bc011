// SPDX-License-Identifier: MIT
// Where a processor keeps the value of an MSR.
#pragma once

#include "state/cpu_state.hpp"

namespace vmxsim {

// The place of an MSR that has one of its own; null for those kept by number in Msrs::others.
inline u64* msr_place(CpuState& state, u32 msr) {
    Msrs& msrs = state.msrs;
    switch (msr) {
        case 0x10: return &state.tsc;
        case 0x1B: return &msrs.apic_base;
        case 0x3A: return &msrs.feature_control;
        case 0x48: return &msrs.spec_ctrl;
        case 0x174: return &msrs.sysenter_cs;
        case 0x175: return &msrs.sysenter_esp;
        case 0x176: return &msrs.sysenter_eip;
        case 0x1A0: return &msrs.misc_enable;
        case 0x1CD:
        case 0x1CE:
        case 0x1CF:
        case 0x1D0:
        case 0x1D1:
        case 0x1D2:
        case 0x1D3: return &msrs.fred[msr - 0x1CC];
        case 0x1D4: return &msrs.fred[0];
        case 0x1D9: return &msrs.debugctl;
        case 0x277: return &msrs.pat;
        case 0x38F: return &msrs.perf_global_ctrl;
        case 0x570: return &msrs.rtit_ctl;
        case 0x6A2: return &msrs.s_cet;
        case 0x6A8: return &msrs.interrupt_ssp_table;
        case 0x6E1: return &msrs.pkrs;
        case 0xD90: return &msrs.bndcfgs;
        case 0xDA0: return &msrs.xss;
        case 0x14CE: return &msrs.lbr_ctl;
        case 0xC0000080: return &msrs.efer;
        case 0xC0000081: return &msrs.star;
        case 0xC0000082: return &msrs.lstar;
        case 0xC0000083: return &msrs.cstar;
        case 0xC0000084: return &msrs.fmask;
        case 0xC0000100: return &state[SegmentRegister::fs].base;
        case 0xC0000101: return &state[SegmentRegister::gs].base;
        case 0xC0000102: return &msrs.kernel_gs_base;
        case 0xC0000103: return &msrs.tsc_aux;
        default: return nullptr;
    }
}

// Writes the value without looking at it: whether WRMSR takes it is decided before. MSRs that nothing but RDMSR and WRMSR
// reads are kept by number.
inline void store_msr(CpuState& state, u32 msr, u64 value) {
    if (msr == 0x49 || msr == 0x10B) return;  // commands: nothing stays
    if (msr == 0x174) value &= 0xFFFFFFFF;
    // LMA follows LME and CR0.PG, never a write (SDM 2.2.1).
    if (msr == 0xC0000080) value = (value & ~bit(10)) | (state.msrs.efer & bit(10));
    if (u64* place = msr_place(state, msr))
        *place = value;
    else
        state.msrs.others[msr] = value;
}

// Zero for one that was never written.
inline u64 load_msr(const CpuState& state, u32 msr) {
    if (const u64* place = msr_place(const_cast<CpuState&>(state), msr)) return *place;
    const auto found = state.msrs.others.find(msr);
    return found == state.msrs.others.end() ? 0 : found->second;
}

}  // namespace vmxsim
