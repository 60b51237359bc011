// SPDX-License-Identifier: MIT
#include "report/explain_msr_loading.hpp"

#include "base/bits.hpp"
#include "base/number.hpp"

namespace vmxsim::report {
namespace {

// SDM 26.4 and what the MSRs themselves refuse (a value at which WRMSR would raise #GP cannot be loaded).
struct MsrRule {
    std::string_view check;
    bool (*refuses)(u32 index, u64 value);
    std::string_view rule, why, fix;
};

bool is_in(u32 index, u32 first, u32 last) { return index >= first && index <= last; }

// Last-branch and last-exception records: addresses that branches came from and went to (SDM 17.4.8, 17.7).
bool is_branch_record(u32 index) {
    return is_in(index, 0x1DB, 0x1DE) || is_in(index, 0x680, 0x69F) || is_in(index, 0x6C0, 0x6DF) || is_in(index, 0x40, 0x47) ||
           is_in(index, 0x60, 0x67);
}
// FROM_IP records: with TSX, bits 62:61 hold flags of the transaction, and bits 60:48 the sign of the address.
bool is_branch_source(u32 index) {
    return index == 0x1DB || index == 0x1DD || is_in(index, 0x680, 0x69F) || is_in(index, 0x40, 0x47);
}

bool holds_linear_address(u32 index) {
    return index == 0x175 || index == 0x176 || index == 0xC0000082 || index == 0xC0000083 ||
           is_in(index, 0xC0000100, 0xC0000102) || is_in(index, 0x6A4, 0x6A8) || index == 0x600;
}

constexpr MsrRule kRules[] = {
    {"msr_load.fs_gs_base", [](u32 index, u64) { return index == 0xC0000100 || index == 0xC0000101; },
     "IA32_FS_BASE and IA32_GS_BASE must not be in the VM-entry MSR-load area.",
     "VM entry takes both from GUEST_FS_BASE and GUEST_GS_BASE", "remove the entry and write GUEST_FS_BASE or GUEST_GS_BASE"},
    {"msr_load.x2apic", [](u32 index, u64) { return index >> 8 == 8; },
     "An x2APIC MSR (800H to 8FFH) must not be loaded while the local APIC is in x2APIC mode.", "the index is an x2APIC MSR's",
     "remove the entry"},
    {"msr_load.smm_monitor", [](u32 index, u64) { return index == 0x9B; }, "IA32_SMM_MONITOR_CTL can be loaded in SMM only.",
     "the index is that of IA32_SMM_MONITOR_CTL", "remove the entry"},
    {"msr_load.microcode", [](u32 index, u64) { return index == 0x79 || index == 0x8B; },
     "The microcode-update MSRs cannot be loaded by a VM entry.", "the index is that of a microcode-update MSR",
     "remove the entry"},
    {"msr_load.branch_source_canonical", [](u32 index, u64 value) { return is_branch_source(index) && !is_canonical(value, 48); },
     "A branch-record FROM value must be canonical where the processor has TSX switched off: bits 62:61 are part of the sign "
     "there.",
     "the value is not canonical: it was saved with bits 63:61 as transaction flags, and the processor takes them as address "
     "bits",
     "sign-extend the value from bit 47 before the entry, or leave the record out of the area"},
    {"msr_load.branch_record_canonical", [](u32 index, u64 value) { return is_branch_record(index) && !is_canonical(value, 48); },
     "A branch record must hold a canonical address.", "the value is not canonical", "sign-extend the value from bit 47"},
    {"msr_load.address_canonical", [](u32 index, u64 value) { return holds_linear_address(index) && !is_canonical(value, 48); },
     "An MSR that holds a linear address must be given a canonical one.", "the value is not canonical",
     "sign-extend the value from bit 47"},
    {"msr_load.pat_types",
     [](u32 index, u64 value) {
         if (index != 0x277) return false;
         for (unsigned entry = 0; entry < 8; ++entry) {
             const u64 type = bits(value, entry * 8 + 7, entry * 8);
             if (type > 7 || type == 2 || type == 3) return true;
         }
         return false;
     },
     "Each byte of IA32_PAT must be a memory type: 0, 1, 4, 5, 6 or 7.", "a byte of the value is no memory type",
     "write a valid IA32_PAT"},
    {"msr_load.efer_reserved",
     [](u32 index, u64 value) { return index == 0xC0000080 && (value & ~(bit(0) | bit(8) | bit(10) | bit(11))) != 0; },
     "Reserved bits of IA32_EFER must be 0.", "a reserved bit of the value is 1", "clear the reserved bits"},
};

const MsrRule kUnknownReason{
    "msr_load.accepted", nullptr, "Each entry of the VM-entry MSR-load area must be one that WRMSR would accept at CPL 0.",
    "the processor refused the entry; no rule known here tells why (a reserved bit, or an MSR that the processor lacks)",
    "compare the value with the MSR's reserved bits on this processor, or remove the entry"};

std::optional<std::pair<u32, u64>> refused_entry(const import::DumpedVmcs& dump, const Classified& classified) {
    if (dump.failing_msr) return dump.failing_msr;
    const u64 number = classified.outcome.qualification;  // from 1
    if (!classified.has_qualification || number == 0 || number > dump.entry_msr_load.size()) return std::nullopt;
    const import::DumpedMsr& msr = dump.entry_msr_load[number - 1];
    return std::pair(msr.index, msr.value);
}

}  // namespace

void explain_msr_loading(const import::DumpedVmcs& dump, const Classified& classified, EntryExplanation& explanation) {
    if (classified.basic_reason() != static_cast<unsigned>(spec::ExitReason::entry_failure_msr_loading)) return;
    const auto msr = refused_entry(dump, classified);
    const MsrRule* broken = &kUnknownReason;
    std::string which = "the entry is not shown: print the VM-entry MSR-load area at VM_ENTRY_MSR_LOAD_ADDR";
    if (msr) {
        for (const MsrRule& rule : kRules)
            if (rule.refuses(msr->first, msr->second)) {
                broken = &rule;
                break;
            }
        which = "MSR " + hex(msr->first) + ", value " + hex(msr->second);
    }
    Violation violation{broken->check, "26.4", broken->rule, {}, {}, {}, true, {}, {}};
    const auto shown = [&](Field field) {
        violation.fields.push_back({field, dump.vmcs.knows(field) ? std::optional<u64>(dump.vmcs.vmcs[field]) : std::nullopt});
    };
    shown(Field::vm_entry_msr_load_address);
    shown(Field::vm_entry_msr_load_count);
    if (classified.has_qualification)
        violation.why = "entry " + std::to_string(classified.outcome.qualification) + " (counted from 1, so [" +
                        std::to_string(classified.outcome.qualification - 1) + "]): ";
    violation.why.append(which).append("; ").append(broken->why);
    violation.fix = broken->fix;
    explanation.violations.push_back(std::move(violation));
}

}  // namespace vmxsim::report
