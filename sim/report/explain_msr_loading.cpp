// SPDX-License-Identifier: MIT
#include "report/explain_msr_loading.hpp"

#include <algorithm>
#include <map>

#include "base/bits.hpp"
#include "base/number.hpp"
#include "report/likely_values.hpp"
#include "spec/known_msrs.hpp"

namespace vmxsim::report {
namespace {

using import::DumpedVmcs;
using vmx::MsrListEntry;
using vmx::MsrLoadFailure;
using vmx::MsrRuleIndex;

std::vector<FieldValue> fields_of_the_area(const DumpedVmcs& dump) {
    std::vector<FieldValue> fields;
    for (const Field field : {Field::vm_entry_msr_load_address, Field::vm_entry_msr_load_count})
        fields.push_back({field, dump.vmcs.knows(field) ? std::optional<u64>(dump.vmcs.vmcs[field]) : std::nullopt});
    return fields;
}

// The entry that the processor named, as far as the text shows it.
std::optional<MsrListEntry> refused_entry(const DumpedVmcs& dump, const Classified& classified) {
    if (dump.failing_msr) return MsrListEntry{dump.failing_msr->first, 0, dump.failing_msr->second};
    const u64 number = classified.outcome.qualification;  // from 1
    if (!classified.has_qualification || number == 0 || number > dump.entry_msr_load.size()) return std::nullopt;
    const import::DumpedMsr& msr = dump.entry_msr_load[number - 1];
    return MsrListEntry{msr.index, 0, msr.value};
}

vmx::MsrLoadConditions conditions_of(const Vmcs& vmcs, const DumpedVmcs& dump, const Capabilities& cpu) {
    return vmx::vm_entry_msr_load_conditions({vmcs, dump.vmcs.memory, cpu, {}});
}

MsrRuleIndex find_rule(std::string_view id) {
    const auto rules = vmx::msr_load_rules();
    return static_cast<MsrRuleIndex>(std::find_if(rules.begin(), rules.end(), [&](const auto& rule) { return rule.id == id; }) -
                                     rules.begin());
}

// The rule that the entry breaks on the most processors; nothing when it breaks none on any.
struct Broken {
    MsrRuleIndex rule;
    size_t on;
};
std::optional<Broken> most_broken_rule(const MsrListEntry& entry, const DumpedVmcs& dump,
                                       const std::vector<const Capabilities*>& cpus) {
    std::map<MsrRuleIndex, size_t> counts;
    for (const Capabilities* cpu : cpus)
        if (const auto rule = vmx::first_broken_rule(entry, conditions_of(likely_values(dump, *cpu), dump, *cpu)))
            ++counts[*rule];
    // A processor that lacks the MSR altogether is the less likely origin of a dump that lists it.
    if (const MsrRuleIndex absent = find_rule("msr_load.exists"); counts.size() > 1) counts.erase(absent);
    const auto most =
        std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most == counts.end()) return std::nullopt;
    return Broken{most->first, most->second};
}

Violation refused_for_an_unknown_reason(const Classified& classified, const std::optional<MsrListEntry>& entry,
                                        std::vector<FieldValue> fields) {
    Violation violation{"msr_load.accepted",
                        "26.4",
                        "Each entry of the VM-entry MSR-load area must be one that WRMSR would accept at CPL 0.",
                        std::move(fields),
                        {},
                        {},
                        true,
                        {},
                        {}};
    if (classified.has_qualification)
        violation.why = "entry " + std::to_string(classified.outcome.qualification) + " (counted from 1): ";
    if (entry) {
        violation.why += "MSR " + hex(entry->msr) + ", value " + hex(entry->value) +
                         "; the processor refused it, and no rule known here tells why";
        violation.fix = "compare the value with the MSR's reserved bits on this processor, or take the entry out of the area";
    } else {
        violation.why += "not shown";
        violation.fix = "print the VM-entry MSR-load area (VM_ENTRY_MSR_LOAD_ADDR) and look at this entry";
    }
    return violation;
}

void explain_the_refused_entry(const DumpedVmcs& dump, const Classified& classified, const std::vector<const Capabilities*>& cpus,
                               MsrListFindings& found) {
    const auto entry = refused_entry(dump, classified);
    const auto broken = entry ? most_broken_rule(*entry, dump, cpus) : std::nullopt;
    if (!broken) {
        found.violations.push_back(refused_for_an_unknown_reason(classified, entry, fields_of_the_area(dump)));
        return;
    }
    const auto number = static_cast<u32>(classified.has_qualification ? classified.outcome.qualification : 0);
    found.violations.push_back(describe_msr_violation({number, *entry, broken->rule}, fields_of_the_area(dump)));
    if (broken->on < cpus.size())
        found.notes.push_back(std::to_string(broken->on) + " of the " + std::to_string(cpus.size()) +
                              " plausible processors refuse this MSR value for that reason; the one of the dump did");
}

}  // namespace

Violation describe_msr_violation(const MsrLoadFailure& failure, std::vector<FieldValue> fields) {
    const vmx::CheckInfo& rule = vmx::msr_load_rules()[failure.rule];
    Violation violation{rule.id, rule.sdm, rule.rule, std::move(fields), {}, {}, true, {}, {}};
    const auto* known = spec::find_known_msr(failure.entry.msr);
    const std::string which = failure.index == 0 ? "the entry" : "entry " + std::to_string(failure.index);
    violation.why = which + (failure.index == 0 ? "" : " (counted from 1)") + " of the VM-entry MSR-load area: MSR " +
                    hex(failure.entry.msr) + (known != nullptr ? " (" + std::string(known->name) + ")" : "") + ", value " +
                    hex(failure.entry.value);
    if (failure.entry.reserved != 0) violation.why += ", bits 63:32 of the entry " + hex(failure.entry.reserved);
    violation.fix = "correct " + which + ", or take it out of the area";
    if (rule.id == "msr_load.branch_from" || rule.id == "msr_load.canonical") {
        const u64 value = static_cast<u64>(static_cast<i64>(failure.entry.value << 16) >> 16);
        violation.fix = "write the value sign-extended from bit 47 (" + hex(failure.entry.value) + " -> " + hex(value) +
                        ") into " + which + ", or take it out of the area";
    }
    return violation;
}

bool is_judgeable(const vmx::MsrList& list, const Capabilities& cpu) {
    return list.count != 0 && bits(list.address, 3, 0) == 0 && cpu.physical_address_in_range(list.address);
}

MsrListFindings explain_msr_loading(const DumpedVmcs& dump, const Classified& classified,
                                    const std::vector<const Capabilities*>& cpus) {
    MsrListFindings result;
    const bool refused = classified.entry_class == EntryClass::entry_failure &&
                         classified.basic_reason() == static_cast<unsigned>(spec::ExitReason::entry_failure_msr_loading);
    if (refused) {
        explain_the_refused_entry(dump, classified, cpus, result);
        return result;
    }
    // Nothing was observed: what the given memory shows of the area is judged, for one processor.
    if (classified.entry_class != EntryClass::unknown || cpus.size() != 1) return result;
    if (!dump.vmcs.knows(Field::vm_entry_msr_load_address) || !dump.vmcs.knows(Field::vm_entry_msr_load_count)) return result;
    const vmx::MsrList list = vmx::vm_entry_msr_load_list(dump.vmcs.vmcs);
    if (!is_judgeable(list, *cpus[0])) return result;
    const auto found = vmx::explain_msr_load(list, dump.vmcs, conditions_of(likely_values(dump, *cpus[0]), dump, *cpus[0]));
    for (const MsrLoadFailure& failure : found.failures)
        result.violations.push_back(describe_msr_violation(failure, fields_of_the_area(dump)));
    if (!found.failures.empty()) result.first = found.failures.front();
    if (!found.missing_memory.empty())
        result.notes.push_back("the VM-entry MSR-load area at " + hex(list.address) + " is not given: it could not be judged");
    return result;
}

}  // namespace vmxsim::report
