// SPDX-License-Identifier: MIT
// Where a processor keeps the value of an MSR.
#pragma once

#include "state/cpu_state.hpp"

namespace vmxsim {

// Writes the value without looking at it: whether WRMSR takes it is decided before. MSRs that nothing but RDMSR and WRMSR
// reads are kept by number.
inline void store_msr(CpuState& state, u32 msr, u64 value) {
    Msrs& msrs = state.msrs;
    switch (msr) {
        case 0x10: state.tsc = value; return;
        case 0x1B: msrs.apic_base = value; return;
        case 0x3A: msrs.feature_control = value; return;
        case 0x48: msrs.spec_ctrl = value; return;
        case 0x49:
        case 0x10B: return;  // commands: nothing stays
        case 0x174: msrs.sysenter_cs = value & 0xFFFFFFFF; return;
        case 0x175: msrs.sysenter_esp = value; return;
        case 0x176: msrs.sysenter_eip = value; return;
        case 0x1A0: msrs.misc_enable = value; return;
        case 0x1CD:
        case 0x1CE:
        case 0x1CF:
        case 0x1D0:
        case 0x1D1:
        case 0x1D2:
        case 0x1D3: msrs.fred[msr - 0x1CC] = value; return;
        case 0x1D4: msrs.fred[0] = value; return;
        case 0x1D9: msrs.debugctl = value; return;
        case 0x277: msrs.pat = value; return;
        case 0x38F: msrs.perf_global_ctrl = value; return;
        case 0x570: msrs.rtit_ctl = value; return;
        case 0x6A2: msrs.s_cet = value; return;
        case 0x6A8: msrs.interrupt_ssp_table = value; return;
        case 0x6E1: msrs.pkrs = value; return;
        case 0xD90: msrs.bndcfgs = value; return;
        case 0xDA0: msrs.xss = value; return;
        case 0x14CE: msrs.lbr_ctl = value; return;
        // LMA follows LME and CR0.PG, never a write (SDM 2.2.1).
        case 0xC0000080: msrs.efer = (value & ~bit(10)) | (msrs.efer & bit(10)); return;
        case 0xC0000081: msrs.star = value; return;
        case 0xC0000082: msrs.lstar = value; return;
        case 0xC0000083: msrs.cstar = value; return;
        case 0xC0000084: msrs.fmask = value; return;
        case 0xC0000100: state[SegmentRegister::fs].base = value; return;
        case 0xC0000101: state[SegmentRegister::gs].base = value; return;
        case 0xC0000102: msrs.kernel_gs_base = value; return;
        case 0xC0000103: msrs.tsc_aux = value; return;
        default: msrs.others[msr] = value; return;
    }
}

}  // namespace vmxsim
