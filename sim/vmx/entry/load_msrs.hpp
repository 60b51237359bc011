// SPDX-License-Identifier: MIT
// SDM 26.4, Loading MSRs: the VM-entry MSR-load area. The rules are rows, as the other VM-entry checks are; the VM-exit
// MSR-load area (SDM 27.6) follows the same ones.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <vector>

#include "state/cpu_state.hpp"
#include "vmcs/partial_vmcs.hpp"
#include "vmx/entry/check.hpp"
#include "vmx/entry/check_engine.hpp"

namespace vmxsim::vmx {

// SDM 26.8: the exit qualification is the number of the entry, the first being 1.
inline constexpr Failure kMsrLoadingFailed{spec::VmInstructionError::none, spec::ExitReason::entry_failure_msr_loading, 0};

// SDM 24.8.2, table 24-15: 16 bytes.
struct MsrListEntry {
    u32 msr = 0;
    u32 reserved = 0;  // bits 63:32
    u64 value = 0;     // bits 127:64

    friend bool operator==(const MsrListEntry&, const MsrListEntry&) = default;
};

struct MsrList {
    u64 address = 0;
    u32 count = 0;
};
inline MsrList vm_entry_msr_load_list(const Vmcs& vmcs) {
    return {vmcs[spec::Field::vm_entry_msr_load_address], static_cast<u32>(vmcs[spec::Field::vm_entry_msr_load_count])};
}
inline MsrList vm_exit_msr_load_list(const Vmcs& vmcs) {
    return {vmcs[spec::Field::vm_exit_msr_load_address], static_cast<u32>(vmcs[spec::Field::vm_exit_msr_load_count])};
}

// What decides, apart from the entry itself, whether it can be loaded: the state that the transition has established.
struct MsrLoadConditions {
    const Capabilities& cpu;
    bool paging = true;   // CR0.PG: IA32_EFER.LME cannot change then
    bool lme = true;      // IA32_EFER.LME before the list
    bool in_smm = false;  // for a VM entry: while it executes; for a VM exit: after it
};
MsrLoadConditions vm_entry_msr_load_conditions(const EntryInputs& inputs);

using MsrRuleIndex = u8;  // a place in msr_load_rules()

// The rules, in the order in which they are judged.
std::span<const CheckInfo> msr_load_rules();

// The first rule that an entry breaks, and all of them.
std::optional<MsrRuleIndex> first_broken_rule(const MsrListEntry& entry, const MsrLoadConditions& conditions);
std::vector<MsrRuleIndex> broken_rules(const MsrListEntry& entry, const MsrLoadConditions& conditions);

// Whether WRMSR outside VMX operation takes the value: the rules that are not of MSR lists alone. Not for x2APIC registers.
bool wrmsr_takes(u32 msr, u64 value, const MsrLoadConditions& conditions);
// Whether the processor has this MSR; false for x2APIC registers.
bool msr_exists(u32 msr, const Capabilities& cpu);

struct MsrLoadFailure {
    u32 index = 0;  // from 1: the exit qualification
    MsrListEntry entry;
    MsrRuleIndex rule = 0;
};

// Lists longer than IA32_VMX_MISC[27:25] recommends have no defined behaviour (SDM 24.8.2): entries beyond are not judged.
std::optional<MsrLoadFailure> first_msr_load_failure(const MsrList& list, const PhysicalMemory& memory,
                                                     const MsrLoadConditions& conditions);
// Every broken rule of every entry.
std::vector<MsrLoadFailure> all_msr_load_failures(const MsrList& list, const PhysicalMemory& memory,
                                                  const MsrLoadConditions& conditions);

// What a dump shows of its list: the failures among the entries that are known, and the pages that are not.
struct PartialMsrLoad {
    std::vector<MsrLoadFailure> failures;
    std::set<u64> missing_memory;  // addresses of 4-KByte pages
};
PartialMsrLoad explain_msr_load(const MsrList& list, const PartialVmcs& partial, const MsrLoadConditions& conditions);

// Loads entry by entry up to the first that fails, which it returns: the ones before stay loaded, as SDM 26.8 has it.
std::optional<MsrLoadFailure> load_msrs(const MsrList& list, const PhysicalMemory& memory, const Capabilities& cpu,
                                        CpuState& state);

}  // namespace vmxsim::vmx
