// SPDX-License-Identifier: MIT
#include "cpu/msr.hpp"

#include <algorithm>
#include <iterator>

#include "state/msr_file.hpp"
#include "vmx/entry/load_msrs.hpp"

namespace vmxsim::cpu {
namespace {

enum Msr : u32 {
    kTsc = 0x10,
    kApicBase = 0x1B,
    kFeatureControl = 0x3A,
    kTscAdjust = 0x3B,
    kPredCmd = 0x49,
    kBiosUpdtTrig = 0x79,
    kSmmMonitorCtl = 0x9B,
    kSmbase = 0x9E,
    kFlushCmd = 0x10B,
    kMiscEnable = 0x1A0,
    kTscDeadline = 0x6E0,
    kPkrs = 0x6E1,
    kEfer = 0xC0000080,
    kFsBase = 0xC0000100,
    kGsBase = 0xC0000101,
};

constexpr auto ebx = &CpuidLeaf::ebx, ecx = &CpuidLeaf::ecx, edx = &CpuidLeaf::edx, eax = &CpuidLeaf::eax;

// MSRs that come with a feature that CPUID shows (SDM volume 4, table 2-2), beyond what spec/known_msrs.def says.
struct WithFeature {
    u32 first, last, leaf, subleaf;
    u32 CpuidLeaf::*which;
    unsigned bit_number;
};
// clang-format off
constexpr WithFeature kWithFeatures[] = {
    {0x3B, 0x3B, 7, 0, ebx, 1},         // IA32_TSC_ADJUST
    {0x48, 0x49, 7, 0, edx, 26},        // IA32_SPEC_CTRL, IA32_PRED_CMD
    {0xE1, 0xE1, 7, 0, ecx, 5},         // IA32_UMWAIT_CONTROL: WAITPKG
    {0xE7, 0xE8, 6, 0, ecx, 0},         // IA32_MPERF, IA32_APERF
    {0x10A, 0x10A, 7, 0, edx, 29},      // IA32_ARCH_CAPABILITIES
    {0x10B, 0x10B, 7, 0, edx, 28},      // IA32_FLUSH_CMD
    {0x122, 0x122, 7, 0, ebx, 11},      // IA32_TSX_CTRL: RTM
    {0x174, 0x176, 1, 0, edx, 11},      // SYSENTER
    {0x1B0, 0x1B0, 6, 0, ecx, 3},       // IA32_ENERGY_PERF_BIAS
    {0x1C4, 0x1C5, 0xD, 1, eax, 4},     // IA32_XFD
    {0x280, 0x29F, 1, 0, edx, 30},      // MCi_CTL2: no banks
    {0x345, 0x345, 1, 0, ecx, 15},      // IA32_PERF_CAPABILITIES: PDCM
    {0x400, 0x47F, 1, 0, edx, 30},      // MCi: IA32_MCG_CAP says that there are none (bit 30 of EDX is never shown)
    {0x560, 0x587, 7, 0, ebx, 25},      // Intel PT
    {0x600, 0x600, 1, 0, edx, 21},      // IA32_DS_AREA
    {0x6A0, 0x6A8, 7, 0, ecx, 7},       // CET
    {0x6E0, 0x6E0, 1, 0, ecx, 24},      // IA32_TSC_DEADLINE
    {0xD90, 0xD90, 7, 0, ebx, 14},      // IA32_BNDCFGS
    {0xDA0, 0xDA0, 0xD, 1, eax, 3},     // IA32_XSS
    {0xC0000103, 0xC0000103, 0x80000001, 0, edx, 27},  // IA32_TSC_AUX
};

// Values at power-up or fixed, and of which bits a write is ignored.
struct Initial {
    u32 msr;
    u64 value, unchangeable;
};
constexpr Initial kInitial[] = {
    {0x8B, u64{1} << 32, 0},                             // microcode revision 1
    {0xCE, 10 << 8, ~u64{0}},                            // MSR_PLATFORM_INFO: 10 x 100 MHz, the TSC's rate
    {0xFE, 0x50A, ~u64{0}},                              // IA32_MTRRCAP: 10 variable ranges, fixed ranges, WC
    {0x10A, 0x16B, ~u64{0}},                             // IA32_ARCH_CAPABILITIES: no leaks between privilege levels here
    {0x198, 10 << 8, ~u64{0}},                           // IA32_PERF_STATUS
    {0x2FF, 0x806, 0},                                   // IA32_MTRR_DEF_TYPE as firmware leaves it: enabled, write-back
    {kMiscEnable, bit(0) | bit(3) | bit(11) | bit(12) | bit(16) | bit(18), bit(7) | bit(11) | bit(12)},
};
// clang-format on

vmx::MsrLoadConditions conditions(const Cpu& cpu) {
    const CpuState& state = cpu.state;
    return {cpu.processor.capabilities, is_set(state.cr0, 31), is_set(state.msrs.efer, 8), state.in_smm};
}

bool is_x2apic(u32 msr) { return msr >> 8 == 8; }

bool exists(const Cpu& cpu, u32 msr) {
    if (VmxMsrs::contains(msr)) return cpu.profile.msrs.get(msr).has_value();
    if (msr == kSmmMonitorCtl) return cpu.processor.capabilities.dual_monitor() || cpu.processor.capabilities.smx;
    for (const WithFeature& row : kWithFeatures)
        if (msr >= row.first && msr <= row.last && !cpu.cpuid.shows(row.leaf, row.subleaf, row.which, row.bit_number))
            return false;
    return vmx::msr_exists(msr, cpu.processor.capabilities);
}

// SDM 10.12.5, figure 10-27: the APIC's modes and the ways between them.
bool apic_mode_may_become(u64 old, u64 value) {
    const auto mode = [](u64 base) { return bits(base, 11, 10); };  // EN, EXTD
    constexpr u64 kDisabled = 0, kXapic = 2, kX2apic = 3;
    if (mode(old) == kX2apic) return mode(value) == kX2apic || mode(value) == kDisabled;
    if (mode(old) == kDisabled) return mode(value) == kDisabled || mode(value) == kXapic;
    return true;
}

Flow write_apic_base(Cpu& cpu, u64 value) {
    const u64 old = cpu.state.msrs.apic_base;
    if (!apic_mode_may_become(old, value)) return cpu.general_protection();
    if (is_set(value, 10) && !cpu.cpuid.shows(1, 0, ecx, 21)) return cpu.general_protection();
    cpu.state.msrs.apic_base = value;
    cpu.bus.apic_base_changed(old);
    cpu.flush_address_space();  // another page may be the APIC's now
    cpu.look_for_events();
    return Flow::next;
}

// SDM 17.17.3: what moves the TSC moves IA32_TSC_ADJUST by as much, and the other way round.
void move_tsc(Cpu& cpu, u64 tsc, u64 adjust) {
    cpu.set_tsc(tsc);
    cpu.state.msrs.others[kTscAdjust] = adjust;
    cpu.look_for_events();  // a deadline may be due now
}

}  // namespace

void reset_msrs(Cpu& cpu) {
    for (const Initial& row : kInitial) store_msr(cpu.state, row.msr, row.value);
    if (bits(cpu.profile.cpuid_leaf(0xA).eax, 7, 0) != 0) cpu.state.msrs.misc_enable |= bit(7);
    cpu.state.msrs.feature_control = cpu.profile.msrs.get_or_zero(kFeatureControl);
}

Result<u64> read_msr(Cpu& cpu, u32 msr) {
    if (is_x2apic(msr)) {
        const std::optional<u64> value = cpu.bus.read_apic_msr(msr);
        if (!value) return cpu.general_protection();
        return *value;
    }
    if (!exists(cpu, msr)) return cpu.general_protection();
    switch (msr) {
        case kTsc: return cpu.tsc();
        case kPredCmd:
        case kFlushCmd:
        case kBiosUpdtTrig: return cpu.general_protection();  // commands cannot be read
        case kSmbase:
            if (!cpu.state.in_smm) return cpu.general_protection();
            break;
        case kTscDeadline: return cpu.bus.read_apic_msr(msr).value_or(0);
        case kFeatureControl: return cpu.state.msrs.feature_control;
        default: break;
    }
    if (VmxMsrs::contains(msr)) return cpu.profile.msrs.get_or_zero(msr);
    return load_msr(cpu.state, msr);
}

Flow write_msr(Cpu& cpu, u32 msr, u64 value) {
    CpuState& state = cpu.state;
    if (is_x2apic(msr)) {
        if (!cpu.bus.write_apic_msr(msr, value)) return cpu.general_protection();
        cpu.look_for_events();
        return Flow::next;
    }
    if (!exists(cpu, msr) || !vmx::wrmsr_takes(msr, value, conditions(cpu))) return cpu.general_protection();
    for (const Initial& row : kInitial)
        if (row.msr == msr) value = (value & ~row.unchangeable) | (load_msr(state, msr) & row.unchangeable);
    switch (msr) {
        case kTsc: move_tsc(cpu, value, load_msr(state, kTscAdjust) + value - cpu.tsc()); return Flow::next;
        case kTscAdjust: move_tsc(cpu, cpu.tsc() + value - load_msr(state, kTscAdjust), value); return Flow::next;
        case kApicBase: return write_apic_base(cpu, value);
        case kFeatureControl:
            if (is_set(state.msrs.feature_control, 0)) return cpu.general_protection();  // locked
            break;
        case kSmmMonitorCtl:
            if (!state.in_smm) return cpu.general_protection();
            break;
        case kBiosUpdtTrig: return Flow::next;  // no update is newer than what is here
        case kTscDeadline:
            (void)cpu.bus.write_apic_msr(msr, value);
            cpu.look_for_events();
            return Flow::next;
        default: break;
    }
    store_msr(state, msr, value);
    switch (msr) {
        case kEfer:
        case kPkrs:
            cpu.flush_address_space();
            cpu.refresh_mode();
            break;
        case kFsBase: cpu.refresh_segment(SegmentRegister::fs); break;
        case kGsBase: cpu.refresh_segment(SegmentRegister::gs); break;
        default: break;
    }
    return Flow::next;
}

}  // namespace vmxsim::cpu
