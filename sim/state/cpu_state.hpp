// SPDX-License-Identifier: MIT
// The architectural state of one logical processor: plain, copyable, comparable. It IS the snapshot.
// The VMX part (pointers, the decoded current VMCS) is vmx/vmx_state.hpp; memory is memory/physical_memory.hpp.
#pragma once

#include <array>
#include <map>

#include "state/segment.hpp"

namespace vmxsim {

enum class Register : u8 { rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15 };  // SDM 2.1.5

// MSRs that VM entry and VM exit load and save (SDM 26.3.2.1, 27.5.1).
struct Msrs {
    u64 efer = 0, pat = 0x0007040600070406, debugctl = 0, sysenter_cs = 0, sysenter_esp = 0, sysenter_eip = 0;
    u64 perf_global_ctrl = 0, bndcfgs = 0, rtit_ctl = 0, lbr_ctl = 0, pkrs = 0, spec_ctrl = 0, s_cet = 0, ssp = 0,
        interrupt_ssp_table = 0, uinv = 0, apic_base = 0xFEE00900, feature_control = 0, kernel_gs_base = 0;
    u64 star = 0, lstar = 0, cstar = 0, fmask = 0, tsc_aux = 0, misc_enable = 1, xss = 0;
    std::array<u64, 8> fred{};  // CONFIG, RSP1-3, STKLVLS, SSP1-3: the order of their VMCS fields
    std::map<u32, u64> others;  // by number: what only RDMSR and WRMSR read (state/msr_file.hpp)

    friend bool operator==(const Msrs&, const Msrs&) = default;
};

enum class ActivityState : u8 { active, hlt, shutdown, wait_for_sipi };  // SDM 24.4.2

struct CpuState {
    std::array<u64, 17> general{};  // by Register; [16] stays 0: what an absent base or index register reads as
    u64 rip = 0, rflags = 2;
    std::array<Segment, kSegmentRegisterCount> segments{};  // by SegmentRegister
    DescriptorTable gdtr, idtr;
    u64 cr0 = 0, cr2 = 0, cr3 = 0, cr4 = 0, cr8 = 0, xcr0 = 1;
    u32 pkru = 0;
    std::array<u64, 4> dr{};
    u64 dr6 = 0xFFFF0FF0, dr7 = 0x400;
    std::array<u64, 4> pdptes{};           // the PDPTE registers of PAE paging (SDM 4.4.1)
    u64 pending_debug_exceptions = 0;      // in the format of SDM 24.4.2
    bool address_range_monitored = false;  // armed by MONITOR (SDM 8.10.3)
    Msrs msrs;
    ActivityState activity = ActivityState::active;
    bool blocking_by_sti = false, blocking_by_mov_ss = false, blocking_by_nmi = false, blocking_by_smi = false;
    bool in_smm = false, in_smx = false, a20m = false;
    u64 tsc = 0;
    u64 random = 0;  // what RDRAND and RDSEED have come to: their numbers are the same in every run

    u64& operator[](Register r) { return general[static_cast<size_t>(r)]; }
    u64 operator[](Register r) const { return general[static_cast<size_t>(r)]; }
    Segment& operator[](SegmentRegister r) { return segments[static_cast<size_t>(r)]; }
    const Segment& operator[](SegmentRegister r) const { return segments[static_cast<size_t>(r)]; }

    bool protected_mode() const { return is_set(cr0, 0); }
    bool ia32e_mode() const { return is_set(msrs.efer, 10); }
    bool virtual_8086() const { return is_set(rflags, 17) && protected_mode(); }
    bool bit64_mode() const { return ia32e_mode() && (*this)[SegmentRegister::cs].rights.l(); }
    // SDM 5.5: CPL is the DPL of SS (0 in real-address mode, 3 in virtual-8086 mode).
    unsigned cpl() const { return (*this)[SegmentRegister::ss].rights.dpl(); }

    friend bool operator==(const CpuState&, const CpuState&) = default;
};

}  // namespace vmxsim
