// SPDX-License-Identifier: MIT
#include "report/explain_entry.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

#include "base/number.hpp"
#include "report/classify_entry.hpp"
#include "report/describe_violation.hpp"
#include "report/explain_msr_loading.hpp"
#include "report/hints.hpp"
#include "report/likely_values.hpp"
#include "report/proof.hpp"

namespace vmxsim::report {
namespace {

using import::DumpedVmcs;
using vmx::CheckIndex;
using vmx::PartialFinding;
using vmx::PartialVerdict;

// One processor's view of the dump.
struct Judgement {
    const JudgedCpu* cpu;
    std::vector<PartialFinding> findings;
    unsigned contradictions = 0;  // failing checks that what happened proves to have passed, or makes unlikely to fail
    unsigned reported = 0;        // failing checks of the kind that the processor reported
    bool can_explain = false;     // some check of that kind fails or is undecided
};

// Beyond proof: a hypervisor takes controls and host state from the processor it runs on, so that they fit it.
bool unlikely_to_fail(const vmx::Failure& failure, const Classified& classified) {
    return proven_to_pass(failure, classified) || (failure.is_vmfail() && !is_what_was_reported(failure, classified));
}

// Whether the host is in IA-32e mode is not in the VMCS. An entry that got as far as the guest state has shown that the
// control agrees with it (SDM 26.2.4); else a 64-bit host is assumed, so that a forgotten control is found.
vmx::ProcessorAtEntry processor_of(const DumpedVmcs& dump, const Classified& classified) {
    vmx::ProcessorAtEntry processor;
    const bool accepted =
        classified.entry_class == EntryClass::entry_failure || classified.entry_class == EntryClass::ordinary_exit;
    if (accepted && dump.vmcs.knows(Field::primary_vm_exit_controls))
        processor.ia32e_mode = ExitControls{dump.vmcs.vmcs[Field::primary_vm_exit_controls]}.host_address_space_size();
    return processor;
}

Judgement judge(const DumpedVmcs& dump, const JudgedCpu& cpu, const vmx::ProcessorAtEntry& processor,
                const Classified& classified) {
    Judgement judgement{&cpu, vmx::explain_partial(dump.vmcs, cpu.capabilities, processor)};
    for (const PartialFinding& finding : judgement.findings) {
        const vmx::Failure& failure = vmx::all_checks()[finding.check].failure;
        const bool fails = finding.verdict == PartialVerdict::fails;
        if (fails && unlikely_to_fail(failure, classified)) ++judgement.contradictions;
        if (is_what_was_reported(failure, classified)) {
            judgement.can_explain = true;
            if (fails) ++judgement.reported;
        }
    }
    return judgement;
}

// Keeps the processors that fit best with what happened.
void keep_plausible(std::vector<Judgement>& judgements, const Classified& classified) {
    const auto keep_if = [&](auto wanted) {
        if (std::any_of(judgements.begin(), judgements.end(), wanted))
            judgements.erase(std::remove_if(judgements.begin(), judgements.end(), std::not_fn(wanted)), judgements.end());
    };
    const auto keep_least = [&](unsigned Judgement::*count) {
        const auto least = std::min_element(judgements.begin(), judgements.end(),
                                            [&](const auto& a, const auto& b) { return a.*count < b.*count; });
        if (least == judgements.end()) return;
        const unsigned value = (*least).*count;
        keep_if([&](const Judgement& judgement) { return judgement.*count == value; });
    };
    const bool failed = classified.entry_class == EntryClass::entry_failure || classified.entry_class == EntryClass::vmfail_valid;
    if (failed) keep_if([](const Judgement& judgement) { return judgement.can_explain; });
    keep_least(&Judgement::contradictions);
    if (classified.entry_class == EntryClass::vmfail_valid) keep_least(&Judgement::reported);
}

// What all plausible processors together say of one check.
struct Tally {
    std::vector<const Judgement*> fails, fails_if, unknown;
    const PartialFinding* example = nullptr;
    const Judgement* of = nullptr;
};

std::vector<Tally> tally(const std::vector<Judgement>& judgements) {
    std::vector<Tally> tallies(vmx::all_checks().size());
    for (const Judgement& judgement : judgements)
        for (const PartialFinding& finding : judgement.findings) {
            Tally& of_check = tallies[finding.check];
            auto& list = finding.verdict == PartialVerdict::fails      ? of_check.fails
                         : finding.verdict == PartialVerdict::fails_if ? of_check.fails_if
                                                                       : of_check.unknown;
            list.push_back(&judgement);
            // The clearest verdict is the example: a failure, then a conditional one.
            const bool clearer = of_check.example == nullptr ||
                                 (finding.verdict != PartialVerdict::unknown && finding.verdict < of_check.example->verdict);
            if (clearer) {
                of_check.example = &finding;
                of_check.of = &judgement;
            }
        }
    return tallies;
}

void add_fields(FieldSet& set, const std::vector<Judgement>& judgements) {
    for (const Judgement& judgement : judgements)
        for (const PartialFinding& finding : judgement.findings) set |= finding.missing_fields;
}

std::vector<Field> to_list(const FieldSet& set) {
    std::vector<Field> fields;
    for (size_t i = 0; i < spec::kFieldCount; ++i)
        if (set[i]) fields.push_back(static_cast<Field>(i));
    return fields;
}

// The first failure decides what the processor answers.
EntryOutcome outcome_of(const vmx::Failure& failure) {
    if (failure.is_vmfail()) return {vmx::OutcomeKind::fail_valid, static_cast<u32>(failure.error), 0, 0};
    return {vmx::OutcomeKind::entry_failure, 0, static_cast<u32>(failure.reason) | spec::kEntryFailureBit, failure.qualification};
}

class DumpExplainer {
public:
    DumpExplainer(const DumpedVmcs& dump, const ExplainContext& context)
        : dump_(dump), context_(context), classified_(classify_entry(dump)), processor_(processor_of(dump, classified_)) {}
    DumpExplainer(const DumpedVmcs& dump, const ExplainContext& context, const vmx::ProcessorAtEntry& processor)
        : dump_(dump), context_(context), processor_(processor) {}

    EntryExplanation explain() {
        explanation_.id = dump_.id;
        explanation_.entry_class = classified_.entry_class;
        explanation_.message = classified_.message;
        explanation_.outcome = classified_.outcome;
        explanation_.notes = classified_.notes;
        judge_all();
        if (classified_.entry_class == EntryClass::entry_failure) explain_msr_loading(dump_, classified_, explanation_);
        const auto tallies = tally(plausible_);
        for (size_t check = 0; check < tallies.size(); ++check) consider(static_cast<CheckIndex>(check), tallies[check]);
        add_the_one_that_was_named(tallies);
        order_violations();
        FieldSet unknown;
        add_fields(unknown, plausible_);
        explanation_.unknown = to_list(unknown);
        follow_checks_where_nothing_was_observed();
        add_hints(tallies);
        explanation_.notes.insert(explanation_.notes.end(), dump_.notes.begin(), dump_.notes.end());
        return std::move(explanation_);
    }

private:
    void judge_all() {
        for (const JudgedCpu& cpu : context_.all) {
            plausible_.push_back(judge(dump_, cpu, processor_, classified_));
            const auto& findings = plausible_.back().findings;
            if (std::any_of(findings.begin(), findings.end(), [](const auto& f) { return f.verdict == PartialVerdict::fails; }))
                explanation_.refused_by.push_back(cpu.name);
        }
        if (context_.cpu != nullptr) {
            plausible_.clear();
            plausible_.push_back(judge(dump_, *context_.cpu, processor_, classified_));
            explanation_.cpu = context_.cpu->name;
            return;
        }
        keep_plausible(plausible_, classified_);
        for (const Judgement& judgement : plausible_) explanation_.plausible.push_back(judgement.cpu->name);
    }

    void consider(CheckIndex check, const Tally& of_check) {
        if (of_check.fails.empty() && of_check.fails_if.empty()) return;
        const vmx::Failure& failure = vmx::all_checks()[check].failure;
        if (proven_to_pass(failure, classified_)) {
            contradict(check, of_check);
            if (context_.cpu == nullptr || of_check.fails.empty()) return;
        }
        if (of_check.fails.empty() && !likely_to_apply(check, *of_check.of)) return;
        Violation violation = describe_violation(check, of_check.example->fix, context_.mentions, [&](Field field) {
            return dump_.vmcs.knows(field) ? std::optional<u64>(dump_.vmcs.vmcs[field]) : std::nullopt;
        });
        violation.certain = of_check.fails.size() == plausible_.size();
        if (!of_check.fails_if.empty()) violation.depends_on = to_list(missing(check, *of_check.fails_if.front()));
        if (!violation.certain && of_check.fails.size() + of_check.fails_if.size() < plausible_.size()) {
            for (const auto* list : {&of_check.fails, &of_check.fails_if})
                for (const Judgement* judgement : *list) violation.fails_on.push_back(judgement->cpu->name);
        }
        checks_.push_back(check);
        explanation_.violations.push_back(std::move(violation));
    }

    static FieldSet missing(CheckIndex check, const Judgement& judgement) {
        for (const PartialFinding& finding : judgement.findings)
            if (finding.check == check) return finding.missing_fields;
        return {};
    }

    // A failure that cannot have been: the named processor is another one, or the dump was taken after a change.
    void contradict(CheckIndex check, const Tally& of_check) {
        if (of_check.fails.size() != plausible_.size()) return;
        const std::string id(vmx::all_checks()[check].id);
        if (context_.cpu == nullptr)
            explanation_.notes.push_back("the check " + id +
                                         " does not hold for any processor known here, yet the entry got past it");
        else
            explanation_.notes.push_back(
                "on " + context_.cpu->name + " the check " + id +
                " would fail, yet the entry got past it: the dump is from another processor, or was taken later");
    }

    bool likely_to_apply(CheckIndex check, const Judgement& judgement) {
        const Capabilities& cpu = judgement.cpu->capabilities;
        const Vmcs likely = likely_values(dump_.vmcs, cpu);
        return vmx::evaluate(check, {likely, dump_.vmcs.memory, cpu, processor_}) == vmx::Verdict::fails;
    }

    // A qualification that belongs to one check only is the processor's own verdict, even if the fields are not shown.
    void add_the_one_that_was_named(const std::vector<Tally>& tallies) {
        if (classified_.entry_class != EntryClass::entry_failure || classified_.outcome.qualification == 0) return;
        std::vector<CheckIndex> possible;
        for (size_t check = 0; check < tallies.size(); ++check) {
            if (!is_what_was_reported(vmx::all_checks()[check].failure, classified_)) continue;
            if (tallies[check].fails.size() == plausible_.size()) return;
            if (tallies[check].example != nullptr) possible.push_back(static_cast<CheckIndex>(check));
        }
        if (possible.size() != 1) return;
        for (size_t i = 0; i < checks_.size(); ++i)
            if (checks_[i] == possible[0]) {
                explanation_.violations[i].certain = true;
                return;
            }
        Violation violation = describe_violation(possible[0], vmx::kNoSingleEdit, context_.mentions, [&](Field field) {
            return dump_.vmcs.knows(field) ? std::optional<u64>(dump_.vmcs.vmcs[field]) : std::nullopt;
        });
        violation.why = "the processor said so with qualification " + std::to_string(classified_.outcome.qualification) + "; " +
                        violation.why;
        violation.fix = "make true what the rule says: the values to change are not shown";
        checks_.push_back(possible[0]);
        explanation_.violations.push_back(std::move(violation));
    }

    // What the processor reported, then what else is certain, then the rest; within these the SDM's order.
    void order_violations() {
        std::vector<size_t> order(checks_.size());
        for (size_t i = 0; i < order.size(); ++i) order[i] = i;
        const auto rank = [&](size_t i) {
            const bool reported = is_what_was_reported(vmx::all_checks()[checks_[i]].failure, classified_);
            return std::tuple(explanation_.violations[msr_violations() + i].certain ? 0 : 1, reported ? 0 : 1, checks_[i]);
        };
        std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return rank(a) < rank(b); });
        std::vector<Violation> ordered;
        for (size_t i = 0; i < msr_violations(); ++i) ordered.push_back(std::move(explanation_.violations[i]));
        const size_t first = ordered.size();
        for (const size_t i : order) ordered.push_back(std::move(explanation_.violations[first + i]));
        explanation_.violations = std::move(ordered);
    }
    size_t msr_violations() const { return explanation_.violations.size() - checks_.size(); }

    void follow_checks_where_nothing_was_observed() {
        if (classified_.entry_class != EntryClass::unknown) return;
        for (const Violation& violation : explanation_.violations)
            if (violation.certain) {
                explanation_.outcome = outcome_of(vmx::all_checks()[*vmx::find_check(violation.check)].failure);
                return;
            }
    }

    void add_hints(const std::vector<Tally>& tallies) {
        if (classified_.entry_class == EntryClass::ordinary_exit) return;
        for (const Violation& violation : explanation_.violations)
            if (violation.certain) return;
        std::vector<bool> undecided;
        for (const Tally& of_check : tallies) undecided.push_back(of_check.example != nullptr);
        explanation_.hints = hints_for(dump_, classified_, undecided);
    }

    const DumpedVmcs& dump_;
    const ExplainContext& context_;
    Classified classified_;
    vmx::ProcessorAtEntry processor_;
    EntryExplanation explanation_;
    std::vector<Judgement> plausible_;
    std::vector<CheckIndex> checks_;  // of explanation_.violations, behind those of the MSR lists
};

}  // namespace

EntryExplanation explain_entry(const DumpedVmcs& dump, const ExplainContext& context) {
    return DumpExplainer(dump, context).explain();
}

EntryExplanation explain_case(const DumpedVmcs& dump, const JudgedCpu& cpu, const vmx::ProcessorAtEntry& processor,
                              const RuleMentions& mentions) {
    return DumpExplainer(dump, {mentions, {}, &cpu}, processor).explain();
}

EntryExplanation explain_complete(const vmx::EntryInputs& inputs, const RuleMentions& mentions) {
    EntryExplanation explanation;
    const auto failures = vmx::all_failures(inputs);
    if (failures.empty()) return explanation;
    explanation.outcome = outcome_of(vmx::all_checks()[failures.front()].failure);
    explanation.violations.reserve(failures.size());
    for (const CheckIndex check : failures)
        explanation.violations.push_back(describe_violation(check, vmx::fix(check, inputs), mentions,
                                                            [&](Field field) { return std::optional<u64>(inputs.vmcs[field]); }));
    return explanation;
}

}  // namespace vmxsim::report
