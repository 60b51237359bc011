// SPDX-License-Identifier: MIT
#include "report/explain_entry.hpp"

#include <algorithm>
#include <tuple>

#include "report/describe_violation.hpp"
#include "report/explain_msr_loading.hpp"
#include "report/hints.hpp"
#include "report/judgement.hpp"
#include "report/likely_values.hpp"
#include "report/proof.hpp"

namespace vmxsim::report {
namespace {

using import::DumpedVmcs;
using vmx::CheckIndex;

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
EntryOutcome outcome_of(const vmx::MsrLoadFailure& failure) {
    vmx::Failure loading = vmx::kMsrLoadingFailed;
    loading.qualification = failure.index;
    return outcome_of(loading);
}

class DumpExplainer {
public:
    DumpExplainer(const DumpedVmcs& dump, const ExplainContext& context, Classified classified,
                  const vmx::ProcessorAtEntry& processor)
        : dump_(dump), context_(context), classified_(std::move(classified)), processor_(processor) {}

    EntryExplanation explain() {
        explanation_.id = dump_.id;
        explanation_.entry_class = classified_.entry_class;
        explanation_.message = classified_.message;
        explanation_.outcome = classified_.outcome;
        explanation_.notes = classified_.notes;
        judge_all();
        tallies_ = tally(plausible_);
        for (size_t check = 0; check < tallies_.size(); ++check) consider(static_cast<CheckIndex>(check));
        note_contradictions();
        add_the_one_that_was_named();
        follow_the_checks();
        order_violations();
        explain_the_msr_list();
        list_unknown_fields();
        suspect_likely_causes();
        explanation_.notes.insert(explanation_.notes.end(), dump_.notes.begin(), dump_.notes.end());
        return std::move(explanation_);
    }

private:
    void judge_all() {
        for (const JudgedCpu& cpu : context_.all) {
            plausible_.push_back(judge(dump_, cpu, processor_, classified_));
            if (plausible_.back().refuses()) explanation_.refused_by.push_back(cpu.name);
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

    void consider(CheckIndex check) {
        const Tally& of_check = tallies_[check];
        if (of_check.fails + of_check.fails_if == 0) return;
        if (proven_to_pass(vmx::all_checks()[check].failure, classified_)) {
            if (of_check.fails == plausible_.size()) contradictions_.push_back(vmx::all_checks()[check].id);
            // A processor that was named is asked about all the same; one that was guessed is not held against the dump.
            if (context_.cpu == nullptr || of_check.fails == 0) return;
        }
        if (of_check.fails == 0 && !likely_to_apply(check, *of_check.of)) return;
        Violation violation = describe(check, of_check.example->fix);
        violation.certain = of_check.fails == plausible_.size();
        if (of_check.conditional != nullptr) violation.depends_on = to_list(of_check.conditional->missing_fields);
        if (of_check.fails + of_check.fails_if < plausible_.size()) violation.fails_on = fails_on(plausible_, check);
        add(check, std::move(violation));
    }

    Violation describe(CheckIndex check, const vmx::Edit& edit) const {
        return describe_violation(check, edit, context_.mentions, [&](Field field) {
            return dump_.vmcs.knows(field) ? std::optional<u64>(dump_.vmcs.vmcs[field]) : std::nullopt;
        });
    }
    void add(CheckIndex check, Violation violation) {
        checks_.push_back(check);
        explanation_.violations.push_back(std::move(violation));
    }
    bool is_listed(CheckIndex check) const { return std::find(checks_.begin(), checks_.end(), check) != checks_.end(); }
    bool is_reported(CheckIndex check) const { return is_what_was_reported(vmx::all_checks()[check].failure, classified_); }
    bool any_certain() const {
        return std::any_of(explanation_.violations.begin(), explanation_.violations.end(),
                           [](const Violation& v) { return v.certain; });
    }

    // Failures that cannot have been: the processor is another one, or the dump was taken after a change.
    void note_contradictions() {
        if (contradictions_.empty()) return;
        const std::string last =
            contradictions_.size() == 1 ? " fails, yet the entry got past it: " : " fail, yet the entry got past them: ";
        std::string ids;
        for (const std::string_view id : contradictions_) ids.append(ids.empty() ? "" : ", ").append(id);
        explanation_.notes.push_back("on " + (context_.cpu == nullptr ? "every processor that fits best" : context_.cpu->name) +
                                     " " + ids + last +
                                     (context_.cpu == nullptr ? "the processor is not one of those known here"
                                                              : "the dump is from another processor, or was taken later"));
    }

    bool likely_to_apply(CheckIndex check, const Judgement& judgement) const {
        const Capabilities& cpu = judgement.cpu->capabilities;
        const Vmcs likely = likely_values(dump_, cpu);
        return vmx::evaluate(check, {likely, dump_.vmcs.memory, cpu, processor_}) == vmx::Verdict::fails;
    }

    // A qualification that belongs to one check only is the processor's own verdict, even if the fields are not shown.
    void add_the_one_that_was_named() {
        if (classified_.entry_class != EntryClass::entry_failure || classified_.outcome.qualification == 0) return;
        std::vector<CheckIndex> possible;
        for (size_t i = 0; i < tallies_.size(); ++i) {
            const auto check = static_cast<CheckIndex>(i);
            if (!is_reported(check)) continue;
            if (tallies_[i].fails == plausible_.size()) return;
            if (tallies_[i].example != nullptr) possible.push_back(check);
        }
        const std::string said =
            "the processor said so with qualification " + std::to_string(classified_.outcome.qualification) + "; ";
        if (possible.size() == 1 && is_listed(possible[0])) {
            const auto at = std::find(checks_.begin(), checks_.end(), possible[0]) - checks_.begin();
            Violation& violation = explanation_.violations[static_cast<size_t>(at)];
            violation.certain = true;
            violation.why = said + violation.why;
            return;
        }
        for (const CheckIndex check : possible) {
            if (is_listed(check)) continue;
            Violation violation = describe(check, vmx::kNoSingleEdit);
            violation.certain = possible.size() == 1;
            if (!violation.certain) violation.depends_on = to_list(tallies_[check].example->missing_fields);
            violation.why =
                (violation.certain ? said : "the qualification says that this or one of its like fails; ") + violation.why;
            violation.fix = "make true what the rule says: the values to change are not shown";
            add(check, std::move(violation));
        }
    }

    void follow_the_checks() {
        if (classified_.entry_class != EntryClass::unknown) return;
        for (size_t i = 0; i < checks_.size(); ++i)
            if (explanation_.violations[i].certain) {
                explanation_.outcome = outcome_of(vmx::all_checks()[checks_[i]].failure);
                return;
            }
    }

    // What is certain, then the rest; in both, what the processor reported comes first, then the SDM's order.
    void order_violations() {
        std::vector<size_t> order(checks_.size());
        for (size_t i = 0; i < order.size(); ++i) order[i] = i;
        const auto rank = [&](size_t i) {
            return std::tuple(!explanation_.violations[i].certain, !is_reported(checks_[i]), checks_[i]);
        };
        std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return rank(a) < rank(b); });
        std::vector<Violation> violations;
        std::vector<CheckIndex> checks;
        for (const size_t i : order) {
            violations.push_back(std::move(explanation_.violations[i]));
            checks.push_back(checks_[i]);
        }
        explanation_.violations = std::move(violations);
        checks_ = std::move(checks);
    }

    // SDM 26.4 comes behind all checks; the entry that the processor named comes first.
    void explain_the_msr_list() {
        std::vector<const Capabilities*> cpus;
        for (const Judgement& judgement : plausible_) cpus.push_back(&judgement.cpu->capabilities);
        MsrListFindings found = explain_msr_loading(dump_, classified_, cpus);
        if (classified_.entry_class == EntryClass::unknown && !any_certain() && found.first)
            explanation_.outcome = outcome_of(*found.first);
        auto& violations = explanation_.violations;
        const auto at = classified_.entry_class == EntryClass::entry_failure ? violations.begin() : violations.end();
        violations.insert(at, std::make_move_iterator(found.violations.begin()), std::make_move_iterator(found.violations.end()));
        explanation_.notes.insert(explanation_.notes.end(), found.notes.begin(), found.notes.end());
    }

    // A field that none of the plausible processors has is not missed.
    void list_unknown_fields() {
        FieldSet unknown;
        for (const Judgement& judgement : plausible_)
            for (const vmx::PartialFinding& finding : judgement.findings) unknown |= finding.missing_fields;
        for (const Field field : to_list(unknown))
            if (std::any_of(plausible_.begin(), plausible_.end(),
                            [&](const Judgement& judgement) { return judgement.cpu->capabilities.field_exists(field); }))
                explanation_.unknown.push_back(field);
    }

    // Something failed, and nothing shown proves what: the check that the signs point to is listed as a suspicion.
    void suspect_likely_causes() {
        if (classified_.entry_class == EntryClass::ordinary_exit || any_certain()) return;
        std::vector<bool> undecided;
        for (const Tally& of_check : tallies_) undecided.push_back(of_check.undecided());
        std::vector<FoundHint> found = hints_for(dump_, classified_, undecided);
        const bool signs =
            std::any_of(found.begin(), found.end(), [](const FoundHint& hint) { return hint.kind == HintKind::sign; });
        const bool only_guesses = !signs && explanation_.violations.empty();
        for (FoundHint& hint : found) {
            if (hint.kind == HintKind::frequent && !only_guesses) continue;
            suspect(hint, only_guesses && explanation_.violations.empty());
            explanation_.hints.push_back(std::move(hint.hint));
        }
    }

    void suspect(const FoundHint& found, bool first_guess) {
        const auto check = vmx::find_check(found.hint.check);
        if (!check || classified_.entry_class != EntryClass::entry_failure || is_listed(*check)) return;
        if (found.kind != HintKind::sign && !first_guess) return;
        Violation violation = describe(*check, vmx::kNoSingleEdit);
        violation.certain = false;
        violation.depends_on = to_list(tallies_[*check].example->missing_fields);
        violation.why = "suspected: " + violation.why + ". " + found.hint.text;
        violation.fix = "make true what the rule says: the values to change are not shown";
        add(*check, std::move(violation));
    }

    const DumpedVmcs& dump_;
    const ExplainContext& context_;
    Classified classified_;
    vmx::ProcessorAtEntry processor_;
    EntryExplanation explanation_;
    std::vector<Judgement> plausible_;
    std::vector<Tally> tallies_;
    std::vector<CheckIndex> checks_;  // of explanation_.violations
    std::vector<std::string_view> contradictions_;
};

void explain_msr_list(const vmx::EntryInputs& inputs, EntryExplanation& explanation) {
    const vmx::MsrList list = vmx::vm_entry_msr_load_list(inputs.vmcs);
    if (!is_judgeable(list, inputs.cpu)) return;
    const auto failures = vmx::all_msr_load_failures(list, inputs.memory, vmx::vm_entry_msr_load_conditions(inputs));
    if (failures.empty()) return;
    if (explanation.violations.empty()) explanation.outcome = outcome_of(failures.front());
    for (const vmx::MsrLoadFailure& failure : failures)
        explanation.violations.push_back(describe_msr_violation(
            failure, {{Field::vm_entry_msr_load_address, list.address}, {Field::vm_entry_msr_load_count, u64{list.count}}}));
}

}  // namespace

EntryExplanation explain_entry(const DumpedVmcs& dump, const ExplainContext& context) {
    Classified classified = classify_entry(dump);
    const vmx::ProcessorAtEntry processor = processor_of(dump, classified);
    return DumpExplainer(dump, context, std::move(classified), processor).explain();
}

EntryExplanation explain_case(const DumpedVmcs& dump, const JudgedCpu& cpu, const vmx::ProcessorAtEntry& processor,
                              const RuleMentions& mentions) {
    return DumpExplainer(dump, {mentions, {}, &cpu}, {}, processor).explain();
}

EntryExplanation explain_complete(const vmx::EntryInputs& inputs, const RuleMentions& mentions) {
    EntryExplanation explanation;
    const auto failures = vmx::all_failures(inputs);
    if (!failures.empty()) explanation.outcome = outcome_of(vmx::all_checks()[failures.front()].failure);
    explanation.violations.reserve(failures.size());
    for (const CheckIndex check : failures)
        explanation.violations.push_back(describe_violation(check, vmx::fix(check, inputs), mentions,
                                                            [&](Field field) { return std::optional<u64>(inputs.vmcs[field]); }));
    explain_msr_list(inputs, explanation);
    return explanation;
}

}  // namespace vmxsim::report
