// SPDX-License-Identifier: MIT
// What a host does between VMX instructions on the simulator: RDMSR, WRMSR, MOV to CR0, CR3 and CR4, at CPL 0.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/invariant.hpp"
#include "base/number.hpp"
#include "scenario/simulated_backend.hpp"

namespace vmxsim::scenario {
namespace {

using vmx::Outcome;
using vmx::OutcomeKind;

constexpr u64 kPg = bit(31), kPe = bit(0), kNw = bit(29), kCd = bit(30);
constexpr u64 kPae = bit(5), kVmxe = bit(13), kLa57 = bit(12), kPcide = bit(17), kSmxe = bit(14);
constexpr u64 kLme = bit(8), kLma = bit(10);

Outcome general_protection(const char* why, const char* sdm) {
    return {.kind = OutcomeKind::fault, .vector = vmx::kGeneralProtection, .error_code = 0, .why = why, .sdm = sdm};
}

struct MsrRow {
    u32 number;
    u64& (*value)(CpuState& state);
    bool canonical;  // WRMSR of an address that is not canonical is #GP(0)
};

#define MSR_AT(number, member, canonical)                                       \
    {                                                                           \
        number, [](CpuState& state) -> u64& { return state.member; }, canonical \
    }
const MsrRow kMsrs[] = {
    MSR_AT(0x10, tsc, false),
    MSR_AT(0x1B, msrs.apic_base, false),
    MSR_AT(kIa32FeatureControl, msrs.feature_control, false),
    MSR_AT(0x48, msrs.spec_ctrl, false),
    MSR_AT(0x174, msrs.sysenter_cs, false),
    MSR_AT(0x175, msrs.sysenter_esp, true),
    MSR_AT(0x176, msrs.sysenter_eip, true),
    MSR_AT(0x1A0, msrs.misc_enable, false),
    MSR_AT(0x1D9, msrs.debugctl, false),
    MSR_AT(0x277, msrs.pat, false),
    MSR_AT(0x38F, msrs.perf_global_ctrl, false),
    MSR_AT(0x6A2, msrs.s_cet, false),
    MSR_AT(0x6A8, msrs.interrupt_ssp_table, true),
    MSR_AT(0x6E1, msrs.pkrs, false),
    MSR_AT(0xDA0, msrs.xss, false),
    MSR_AT(0xC0000080, msrs.efer, false),
    MSR_AT(0xC0000081, msrs.star, false),
    MSR_AT(0xC0000082, msrs.lstar, true),
    MSR_AT(0xC0000083, msrs.cstar, true),
    MSR_AT(0xC0000084, msrs.fmask, false),
    MSR_AT(0xC0000100, segments[static_cast<size_t>(SegmentRegister::fs)].base, true),
    MSR_AT(0xC0000101, segments[static_cast<size_t>(SegmentRegister::gs)].base, true),
    MSR_AT(0xC0000102, msrs.kernel_gs_base, true),
    MSR_AT(0xC0000103, msrs.tsc_aux, false),
};
#undef MSR_AT

const MsrRow& msr_row(u32 msr) {
    const auto found = std::find_if(std::begin(kMsrs), std::end(kMsrs), [&](const MsrRow& row) { return row.number == msr; });
    if (found == std::end(kMsrs)) unmodelled(fmt::format("SDM Vol. 4: MSR {} of the host", hex(msr)));
    return *found;
}

// Memory types of IA32_PAT's eight bytes (SDM 11.12.2): UC, WC, WT, WP, WB, UC-.
bool valid_pat(u64 value) {
    for (unsigned i = 0; i < 64; i += 8) {
        const u64 type = value >> i & 0xFF;
        if (type > 7 || type == 2 || type == 3) return false;
    }
    return true;
}

}  // namespace

Read SimulatedBackend::rdmsr(u32 msr) {
    if (VmxMsrs::contains(msr) && msr != kIa32FeatureControl) {
        if (const auto value = profile_.msrs.get(msr)) return {{}, *value};
        return {general_protection("This processor does not have the MSR.", "A.1"), 0};
    }
    return {{}, msr_row(msr).value(processor_.state)};
}

Outcome SimulatedBackend::wrmsr(u32 msr, u64 value) {
    CpuState& state = processor_.state;
    if (VmxMsrs::contains(msr) && msr != kIa32FeatureControl)
        return general_protection("The VMX capability MSRs are read-only.", "A.1");
    const MsrRow& row = msr_row(msr);
    if (msr == kIa32FeatureControl) {
        if (is_set(state.msrs.feature_control, 0))
            return general_protection("IA32_FEATURE_CONTROL is locked until reset.", "23.7");
        if (is_set(value, 1) && !capabilities_.smx)
            return general_protection("Bit 1 of IA32_FEATURE_CONTROL needs a processor with SMX.", "23.7");
    }
    if (row.canonical && !capabilities_.canonical(value))
        return general_protection("The address is not canonical.", "Vol. 2, WRMSR");
    if (msr == 0x277 && !valid_pat(value)) return general_protection("A byte of IA32_PAT is not a memory type.", "11.12.2");
    if (msr == 0xC0000080) {
        if ((value & ~capabilities_.efer_bits) != 0) return general_protection("A reserved bit of IA32_EFER is 1.", "2.2.1");
        if (((value ^ state.msrs.efer) & kLme) != 0 && (state.cr0 & kPg) != 0)
            return general_protection("IA32_EFER.LME cannot change while paging is on.", "4.1.2");
        value = (value & ~kLma) | (state.msrs.efer & kLma);  // LMA is the processor's
    }
    row.value(state) = value;
    return {};
}

Outcome SimulatedBackend::write_cr0(u64 value) {
    CpuState& state = processor_.state;
    if (value >> 32 != 0) return general_protection("Bits 63:32 of CR0 are reserved.", "2.5");
    value = (value & 0xE005003F) | bit(4);  // the other reserved bits are ignored; ET is always 1
    if ((value & kPg) != 0 && (value & kPe) == 0) return general_protection("CR0.PG needs CR0.PE.", "2.5");
    if ((value & kNw) != 0 && (value & kCd) == 0) return general_protection("CR0.NW needs CR0.CD.", "2.5");
    if ((value & kPg) == 0 && state.bit64_mode()) return general_protection("CR0.PG cannot be cleared in 64-bit mode.", "4.1.2");
    if ((value & kPg) == 0 && (state.cr4 & kPcide) != 0)
        return general_protection("CR0.PG cannot be cleared while CR4.PCIDE is 1.", "4.10.1");
    if (processor_.vmx.in_vmx_operation &&
        ((capabilities_.cr0_fixed0 & ~value) != 0 || (value & 0xFFFFFFFF & ~capabilities_.cr0_fixed1) != 0))
        return general_protection("A bit of CR0 that is fixed in VMX operation would change.", "23.8");
    const bool paging_changes = ((value ^ state.cr0) & kPg) != 0;
    if (paging_changes && (value & kPg) != 0 && (state.msrs.efer & kLme) != 0 && (state.cr4 & kPae) == 0)
        return general_protection("Long-mode paging needs CR4.PAE.", "4.1.2");
    state.cr0 = value;
    if (paging_changes && (state.msrs.efer & kLme) != 0)
        state.msrs.efer = (value & kPg) != 0 ? state.msrs.efer | kLma : state.msrs.efer & ~kLma;
    return {};
}

Outcome SimulatedBackend::write_cr3(u64 value) {
    if ((processor_.state.cr4 & kPcide) != 0) value &= ~bit(63);
    if (value >> capabilities_.physical_address_bits != 0)
        return general_protection("CR3 has a bit beyond the physical-address width.", "4.5");
    processor_.state.cr3 = value;
    return {};
}

Outcome SimulatedBackend::write_cr4(u64 value) {
    CpuState& state = processor_.state;
    if ((value & ~capabilities_.cr4_fixed1) != 0)
        return general_protection("CR4 has a bit that this processor does not know.", "2.5");
    if (processor_.vmx.in_vmx_operation && (value & kVmxe) == 0)
        return general_protection("CR4.VMXE cannot be cleared in VMX operation.", "23.7");
    if (processor_.vmx.in_vmx_operation && (capabilities_.cr4_fixed0 & ~value) != 0)
        return general_protection("A bit of CR4 that is fixed in VMX operation would change.", "23.8");
    if (state.ia32e_mode() && ((value & kPae) == 0 || ((value ^ state.cr4) & kLa57) != 0))
        return general_protection("CR4.PAE and CR4.LA57 cannot change in IA-32e mode.", "4.1.2");
    if ((value & kPcide) != 0 && (state.cr4 & kPcide) == 0 && (!state.ia32e_mode() || bits(state.cr3, 11, 0) != 0))
        return general_protection("CR4.PCIDE needs IA-32e mode and bits 11:0 of CR3 to be 0.", "4.10.1");
    if ((value & kSmxe) != 0 && !capabilities_.smx) return general_protection("CR4.SMXE needs a processor with SMX.", "2.5");
    state.cr4 = value;
    return {};
}

}  // namespace vmxsim::scenario
