// SPDX-License-Identifier: MIT
#include "vmx/entry/load_msrs.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/invariant.hpp"
#include "spec/known_msrs.hpp"
#include "state/msr_file.hpp"
#include "vmcs/msr_bits.hpp"

namespace vmxsim::vmx {
namespace {

using spec::Control;
using spec::KnownMsr;
using spec::MsrExistence;
using spec::MsrValues;

constexpr u32 kEntryBytes = 16;
constexpr u32 kFsBase = 0xC0000100, kGsBase = 0xC0000101, kSmmMonitorCtl = 0x9B, kBiosUpdtTrig = 0x79;

bool exists(MsrExistence existence, const Capabilities& cpu) {
    switch (existence) {
        case MsrExistence::always: return true;
        case MsrExistence::intel64: return cpu.intel64;
        case MsrExistence::performance_monitoring: return cpu.perf_global_ctrl_bits != 0;
        case MsrExistence::spec_ctrl: return cpu.spec_ctrl_bits != 0;
        case MsrExistence::legacy_lbr: return cpu.lbr_ctl_bits == 0;
        case MsrExistence::architectural_lbr: return cpu.lbr_ctl_bits != 0;
        case MsrExistence::processor_trace: return cpu.rtit_ctl_bits != 0;
        case MsrExistence::bounds_checks: return cpu.allows(Control::entry_load_ia32_bndcfgs);
        case MsrExistence::cet: return cpu.s_cet_bits != 0;
        case MsrExistence::protection_keys: return is_set(cpu.cr4_fixed1, 24);
        case MsrExistence::user_interrupts: return is_set(cpu.cr4_fixed1, 25);
        case MsrExistence::fred: return is_set(cpu.cr4_fixed1, 32);
    }
    return false;
}

// An entry, with what its MSR is on this processor.
struct Load {
    MsrListEntry entry;
    const MsrLoadConditions& conditions;
    const KnownMsr* known;  // null when the processor has no such MSR

    Load(const MsrListEntry& of, const MsrLoadConditions& under)
        : entry(of), conditions(under), known(spec::find_known_msr(of.msr)) {
        if (known && !exists(known->existence, under.cpu)) known = nullptr;
    }
    const Capabilities& cpu() const { return conditions.cpu; }
    u64 value() const { return entry.value; }
    bool takes(MsrValues values) const { return known && known->values == values; }
    bool canonical() const { return cpu().canonical(value()); }
};

constexpr bool is_mtrr_type(u64 type) { return type <= 6 && type != 2 && type != 3; }

// SDM 17.4.8.1: the record holds the linear address in its low part, MISPRED in bit 63, and with RTM IN_TSX and TSX_ABORT in
// bits 62:61. The bits between are copies of the address's top bit, and without RTM 62:61 are such copies, too.
bool is_branch_from(const Load& load) {
    const unsigned high = load.cpu().rtm ? 60 : 62;
    const unsigned low = load.cpu().linear_address_bits - 1;
    const u64 copies = bits(load.value(), high, low);
    return copies == 0 || copies == mask(high - low, 0);
}

struct Rule {
    const char* id;
    const char* rule;
    bool (*applies)(const Load&);
    bool (*holds)(const Load&);
};

// clang-format off
constexpr Rule kRules[] = {
    {"msr_load.fs_base", "IA32_FS_BASE (C0000100H) cannot be in an MSR-load area: use the FS base field.",
     [](const Load&) { return true; },
     [](const Load& l) { return l.entry.msr != kFsBase; }},
    {"msr_load.gs_base", "IA32_GS_BASE (C0000101H) cannot be in an MSR-load area: use the GS base field.",
     [](const Load&) { return true; },
     [](const Load& l) { return l.entry.msr != kGsBase; }},
    {"msr_load.x2apic", "An x2APIC register (an MSR whose bits 31:8 are 000008H) cannot be in an MSR-load area.",
     [](const Load&) { return true; },
     [](const Load& l) { return l.entry.msr >> 8 != 8; }},
    {"msr_load.smm_only", "IA32_SMM_MONITOR_CTL (9BH) can be loaded only in SMM.",
     [](const Load& l) { return !l.conditions.in_smm; },
     [](const Load& l) { return l.entry.msr != kSmmMonitorCtl; }},
    {"msr_load.microcode_update", "IA32_BIOS_UPDT_TRIG (79H) cannot be in an MSR-load area: no microcode update is loaded there.",
     [](const Load&) { return true; },
     [](const Load& l) { return l.entry.msr != kBiosUpdtTrig; }},
    {"msr_load.reserved", "Bits 63:32 of an entry are reserved and must be 0.",
     [](const Load&) { return true; },
     [](const Load& l) { return l.entry.reserved == 0; }},
    {"msr_load.exists", "WRMSR raises #GP for an MSR that the processor does not have.",
     [](const Load& l) { return l.entry.msr >> 8 != 8; },
     [](const Load& l) { return l.known != nullptr; }},
    {"msr_load.read_only", "WRMSR raises #GP for an MSR that can only be read.",
     [](const Load& l) { return l.known != nullptr; },
     [](const Load& l) { return !l.takes(MsrValues::read_only); }},
    {"msr_load.locked", "IA32_FEATURE_CONTROL is locked in VMX operation: WRMSR raises #GP.",
     [](const Load& l) { return l.known != nullptr; },
     [](const Load& l) { return !l.takes(MsrValues::locked); }},
    {"msr_load.canonical", "The MSR holds a linear address, which must be canonical.",
     [](const Load& l) {
         return l.takes(MsrValues::canonical) || l.takes(MsrValues::cet) || l.takes(MsrValues::shadow_stack) ||
                l.takes(MsrValues::bndcfgs) || l.takes(MsrValues::fred_config) || l.takes(MsrValues::fred_stack) ||
                l.takes(MsrValues::fred_shadow_stack);
     },
     [](const Load& l) { return l.canonical(); }},
    {"msr_load.branch_from",
     "The source of a branch record must be sign-extended: up to bit 62 on processors without RTM, whose records have no IN_TSX "
     "and TSX_ABORT bits, else up to bit 60.",
     [](const Load& l) { return l.takes(MsrValues::branch_from); },
     [](const Load& l) { return is_branch_from(l); }},
    {"msr_load.upper_half", "Bits 63:32 of the MSR are reserved and must be 0.",
     [](const Load& l) { return l.takes(MsrValues::low_half); },
     [](const Load& l) { return l.value() >> 32 == 0; }},
    {"msr_load.ia32_efer.reserved", "Reserved bits of IA32_EFER must be 0.",
     [](const Load& l) { return l.takes(MsrValues::efer); },
     [](const Load& l) { return (l.value() & ~l.cpu().efer_bits) == 0; }},
    {"msr_load.ia32_efer.lme", "With CR0.PG = 1, IA32_EFER.LME (bit 8) cannot change.",
     [](const Load& l) { return l.takes(MsrValues::efer) && l.conditions.paging; },
     [](const Load& l) { return is_set(l.value(), 8) == l.conditions.lme; }},
    {"msr_load.ia32_pat.memory_types", "Each of the eight bytes of IA32_PAT must be a memory type: 0, 1, 4, 5, 6 or 7.",
     [](const Load& l) { return l.takes(MsrValues::pat); },
     [](const Load& l) { return reserved_pat_entries(l.value()) == 0; }},
    {"msr_load.mtrr_fixed.memory_types", "Each of the eight bytes of a fixed-range MTRR must be a memory type: 0, 1, 4, 5 or 6.",
     [](const Load& l) { return l.takes(MsrValues::mtrr_fixed); },
     [](const Load& l) {
         for (unsigned low = 0; low < 64; low += 8)
             if (!is_mtrr_type(l.value() >> low & 0xFF)) return false;
         return true;
     }},
    {"msr_load.mtrr_variable.reserved",
     "A variable-range MTRR must set no bit beyond the physical-address width; a base needs a memory type and zeros in bits 11:8, "
     "a mask zeros in bits 10:0.",
     [](const Load& l) { return l.takes(MsrValues::mtrr_variable); },
     [](const Load& l) {
         if (!l.cpu().physical_address_in_range(l.value())) return false;
         const bool is_base = l.entry.msr % 2 == 0;
         return is_base ? is_mtrr_type(l.value() & 0xFF) && bits(l.value(), 11, 8) == 0 : bits(l.value(), 10, 0) == 0;
     }},
    {"msr_load.ia32_mtrr_def_type.reserved", "IA32_MTRR_DEF_TYPE needs a memory type and zeros in bits 9:8 and 63:12.",
     [](const Load& l) { return l.takes(MsrValues::mtrr_def_type); },
     [](const Load& l) { return is_mtrr_type(l.value() & 0xFF) && (l.value() & (mask(9, 8) | mask(63, 12))) == 0; }},
    {"msr_load.ia32_apic_base.reserved",
     "IA32_APIC_BASE bits 7:0, 9 and those beyond the physical-address width must be 0, and EXTD (bit 10) needs EN (bit 11).",
     [](const Load& l) { return l.takes(MsrValues::apic_base); },
     [](const Load& l) {
         return (l.value() & (mask(7, 0) | bit(9))) == 0 && l.cpu().physical_address_in_range(l.value()) &&
                (!is_set(l.value(), 10) || is_set(l.value(), 11));
     }},
    {"msr_load.ia32_debugctl.reserved", "Reserved bits of IA32_DEBUGCTL must be 0.",
     [](const Load& l) { return l.takes(MsrValues::debugctl); },
     [](const Load& l) { return (l.value() & ~l.cpu().debugctl_bits) == 0; }},
    {"msr_load.ia32_perf_global_ctrl.reserved", "IA32_PERF_GLOBAL_CTRL may set only bits of counters that the processor has.",
     [](const Load& l) { return l.takes(MsrValues::perf_global_ctrl); },
     [](const Load& l) { return (l.value() & ~l.cpu().perf_global_ctrl_bits) == 0; }},
    {"msr_load.ia32_spec_ctrl.reserved", "Reserved bits of IA32_SPEC_CTRL must be 0.",
     [](const Load& l) { return l.takes(MsrValues::spec_ctrl); },
     [](const Load& l) { return (l.value() & ~l.cpu().spec_ctrl_bits) == 0; }},
    {"msr_load.command.reserved", "Bits 63:1 of a command MSR (IA32_PRED_CMD, IA32_FLUSH_CMD) must be 0.",
     [](const Load& l) { return l.takes(MsrValues::command); },
     [](const Load& l) { return l.value() >> 1 == 0; }},
    {"msr_load.ia32_tsx_ctrl.reserved", "Bits 63:2 of IA32_TSX_CTRL must be 0.",
     [](const Load& l) { return l.takes(MsrValues::bits_1_0); },
     [](const Load& l) { return l.value() >> 2 == 0; }},
    {"msr_load.ia32_umwait_control.reserved", "Bits 1 and 63:32 of IA32_UMWAIT_CONTROL must be 0.",
     [](const Load& l) { return l.takes(MsrValues::umwait_control); },
     [](const Load& l) { return !is_set(l.value(), 1) && l.value() >> 32 == 0; }},
    {"msr_load.ia32_rtit_ctl.reserved", "Reserved bits of IA32_RTIT_CTL must be 0.",
     [](const Load& l) { return l.takes(MsrValues::rtit_ctl); },
     [](const Load& l) { return (l.value() & ~l.cpu().rtit_ctl_bits) == 0; }},
    {"msr_load.ia32_lbr_ctl.reserved", "Reserved bits of IA32_LBR_CTL must be 0.",
     [](const Load& l) { return l.takes(MsrValues::lbr_ctl); },
     [](const Load& l) { return (l.value() & ~l.cpu().lbr_ctl_bits) == 0; }},
    {"msr_load.ia32_bndcfgs.reserved", "Bits 11:2 of IA32_BNDCFGS must be 0.",
     [](const Load& l) { return l.takes(MsrValues::bndcfgs); },
     [](const Load& l) { return bits(l.value(), 11, 2) == 0; }},
    {"msr_load.cet.reserved", "Reserved bits of IA32_S_CET and IA32_U_CET must be 0.",
     [](const Load& l) { return l.takes(MsrValues::cet); },
     [](const Load& l) { return (l.value() & ~l.cpu().s_cet_bits) == 0; }},
    {"msr_load.cet.suppress_and_tracker", "SUPPRESS (bit 10) and TRACKER (bit 11) of IA32_S_CET and IA32_U_CET cannot both be 1.",
     [](const Load& l) { return l.takes(MsrValues::cet); },
     [](const Load& l) { return bits(l.value(), 11, 10) != 3; }},
    {"msr_load.shadow_stack.aligned", "Bits 1:0 of a shadow-stack pointer (IA32_PL0_SSP to IA32_PL3_SSP) must be 0.",
     [](const Load& l) { return l.takes(MsrValues::shadow_stack); },
     [](const Load& l) { return bits(l.value(), 1, 0) == 0; }},
    {"msr_load.ia32_fred_config.reserved", "Bits 2, 5:4 and 11 of IA32_FRED_CONFIG must be 0.",
     [](const Load& l) { return l.takes(MsrValues::fred_config); },
     [](const Load& l) { return (l.value() & (bit(2) | mask(5, 4) | bit(11))) == 0; }},
    {"msr_load.fred_stack.aligned", "Bits 5:0 of IA32_FRED_RSP0 to IA32_FRED_RSP3 must be 0.",
     [](const Load& l) { return l.takes(MsrValues::fred_stack); },
     [](const Load& l) { return bits(l.value(), 5, 0) == 0; }},
    {"msr_load.fred_shadow_stack.aligned", "Bits 2:0 of IA32_FRED_SSP1 to IA32_FRED_SSP3 must be 0.",
     [](const Load& l) { return l.takes(MsrValues::fred_shadow_stack); },
     [](const Load& l) { return bits(l.value(), 2, 0) == 0; }},
};
// clang-format on

constexpr auto kInfos = [] {
    std::array<CheckInfo, std::size(kRules)> infos{};
    std::transform(std::begin(kRules), std::end(kRules), infos.begin(), [](const Rule& row) {
        return CheckInfo{
            row.id, "26.4", {Field::vm_entry_msr_load_address, Field::vm_entry_msr_load_count}, row.rule, kMsrLoadingFailed};
    });
    return infos;
}();

// The rules from here on are WRMSR's own; those before concern MSR lists. One is about VMX operation.
constexpr std::string_view kFirstOfWrmsr = "msr_load.exists", kLockedInVmxOperation = "msr_load.locked";

bool breaks(const Rule& rule, const Load& load) { return rule.applies(load) && !rule.holds(load); }

MsrListEntry read_entry(const PhysicalMemory& memory, u64 address) {
    const u64 low = memory.read<u64>(address);
    return {static_cast<u32>(low), static_cast<u32>(low >> 32), memory.read<u64>(address + 8)};
}

u32 judged_count(const MsrList& list, const Capabilities& cpu) { return std::min(list.count, cpu.recommended_msr_list_count()); }

}  // namespace

MsrLoadConditions vm_entry_msr_load_conditions(const EntryInputs& inputs) {
    const Values values(inputs.vmcs, inputs.memory);
    const Context<Values> c(values, inputs.cpu, inputs.processor);
    const bool lme = c.entry().load_ia32_efer() ? is_set(c[Field::guest_ia32_efer], 8) : c.ia32e_mode_guest();
    return {inputs.cpu, c.guest_pg(), lme, inputs.processor.in_smm};
}

std::span<const CheckInfo> msr_load_rules() { return kInfos; }

bool wrmsr_takes(u32 msr, u64 value, const MsrLoadConditions& conditions) {
    const Load load({msr, 0, value}, conditions);
    const auto* first =
        std::find_if(std::begin(kRules), std::end(kRules), [](const Rule& rule) { return rule.id == kFirstOfWrmsr; });
    return std::none_of(first, std::end(kRules),
                        [&](const Rule& rule) { return rule.id != kLockedInVmxOperation && breaks(rule, load); });
}

bool msr_exists(u32 msr, const Capabilities& cpu) {
    const KnownMsr* known = spec::find_known_msr(msr);
    return known != nullptr && exists(known->existence, cpu);
}

std::optional<MsrRuleIndex> first_broken_rule(const MsrListEntry& entry, const MsrLoadConditions& conditions) {
    const Load load(entry, conditions);
    const auto* found = std::find_if(std::begin(kRules), std::end(kRules), [&](const Rule& rule) { return breaks(rule, load); });
    if (found == std::end(kRules)) return std::nullopt;
    return static_cast<MsrRuleIndex>(found - std::begin(kRules));
}

std::vector<MsrRuleIndex> broken_rules(const MsrListEntry& entry, const MsrLoadConditions& conditions) {
    const Load load(entry, conditions);
    std::vector<MsrRuleIndex> broken;
    for (size_t i = 0; i < std::size(kRules); ++i)
        if (breaks(kRules[i], load)) broken.push_back(static_cast<MsrRuleIndex>(i));
    return broken;
}

std::optional<MsrLoadFailure> first_msr_load_failure(const MsrList& list, const PhysicalMemory& memory,
                                                     const MsrLoadConditions& conditions) {
    for (u32 i = 0; i < judged_count(list, conditions.cpu); ++i) {
        const MsrListEntry entry = read_entry(memory, list.address + u64{i} * kEntryBytes);
        if (const auto rule = first_broken_rule(entry, conditions)) return MsrLoadFailure{i + 1, entry, *rule};
    }
    return std::nullopt;
}

std::vector<MsrLoadFailure> all_msr_load_failures(const MsrList& list, const PhysicalMemory& memory,
                                                  const MsrLoadConditions& conditions) {
    std::vector<MsrLoadFailure> failures;
    for (u32 i = 0; i < judged_count(list, conditions.cpu); ++i) {
        const MsrListEntry entry = read_entry(memory, list.address + u64{i} * kEntryBytes);
        for (const MsrRuleIndex rule : broken_rules(entry, conditions)) failures.push_back({i + 1, entry, rule});
    }
    return failures;
}

PartialMsrLoad explain_msr_load(const MsrList& list, const PartialVmcs& partial, const MsrLoadConditions& conditions) {
    PartialMsrLoad found;
    for (u32 i = 0; i < judged_count(list, conditions.cpu); ++i) {
        const u64 address = list.address + u64{i} * kEntryBytes;  // 16-byte aligned (SDM 26.2.1.3): within one page
        const u64 page = address / PhysicalMemory::kPageSize;
        if (!partial.known_pages.contains(page)) {
            found.missing_memory.insert(page * PhysicalMemory::kPageSize);
            continue;
        }
        const MsrListEntry entry = read_entry(partial.memory, address);
        for (const MsrRuleIndex rule : broken_rules(entry, conditions)) found.failures.push_back({i + 1, entry, rule});
    }
    return found;
}

std::optional<MsrLoadFailure> load_msrs(const MsrList& list, const PhysicalMemory& memory, const Capabilities& cpu,
                                        CpuState& state) {
    const u32 count = judged_count(list, cpu);
    for (u32 i = 0; i < count; ++i) {
        const MsrLoadConditions conditions{cpu, is_set(state.cr0, 31), is_set(state.msrs.efer, 8), state.in_smm};
        const MsrListEntry entry = read_entry(memory, list.address + u64{i} * kEntryBytes);
        if (const auto rule = first_broken_rule(entry, conditions)) return MsrLoadFailure{i + 1, entry, *rule};
        store_msr(state, entry.msr, entry.value);
    }
    if (count != list.count) unmodelled("SDM 24.8.2: an MSR list longer than IA32_VMX_MISC recommends");
    return std::nullopt;
}

}  // namespace vmxsim::vmx
