// SPDX-License-Identifier: MIT
#include "report/judgement.hpp"

#include <algorithm>
#include <functional>

#include "report/proof.hpp"

namespace vmxsim::report {

using import::DumpedVmcs;
using vmx::CheckIndex;
using vmx::PartialFinding;
using vmx::PartialVerdict;

namespace {

// Beyond proof: a hypervisor takes controls and host state from the processor it runs on, so that they fit it.
bool unlikely_to_fail(const vmx::Failure& failure, const Classified& classified) {
    return proven_to_pass(failure, classified) || (failure.is_vmfail() && !is_what_was_reported(failure, classified));
}

}  // namespace

const PartialFinding* Judgement::finding(CheckIndex check) const {
    for (const PartialFinding& finding : findings)
        if (finding.check == check) return &finding;
    return nullptr;
}

bool Judgement::refuses() const {
    return std::any_of(findings.begin(), findings.end(),
                       [](const auto& finding) { return finding.verdict == PartialVerdict::fails; });
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

void keep_plausible(std::vector<Judgement>& judgements, const Classified& classified) {
    const auto keep_if = [&](auto wanted) {
        if (std::any_of(judgements.begin(), judgements.end(), wanted))
            judgements.erase(std::remove_if(judgements.begin(), judgements.end(), std::not_fn(wanted)), judgements.end());
    };
    const auto least = [&](unsigned Judgement::*count) {
        const auto found = std::min_element(judgements.begin(), judgements.end(),
                                            [&](const auto& a, const auto& b) { return a.*count < b.*count; });
        return found == judgements.end() ? 0 : (*found).*count;
    };
    const bool vmfail = classified.entry_class == EntryClass::vmfail_valid;
    if (vmfail || classified.entry_class == EntryClass::entry_failure)
        keep_if([](const Judgement& judgement) { return judgement.can_explain; });
    keep_if([&, fewest = least(&Judgement::contradictions)](const Judgement& judgement) {
        return judgement.contradictions == fewest;
    });
    // One failing check is an explanation; many of them tell of a processor that the controls were not made for.
    if (vmfail)
        keep_if([&, most = std::max(1U, least(&Judgement::reported))](const Judgement& judgement) {
            return judgement.reported <= most;
        });
}

std::vector<Tally> tally(const std::vector<Judgement>& judgements) {
    std::vector<Tally> tallies(vmx::all_checks().size());
    for (const Judgement& judgement : judgements)
        for (const PartialFinding& finding : judgement.findings) {
            Tally& of_check = tallies[finding.check];
            switch (finding.verdict) {
                case PartialVerdict::fails: ++of_check.fails; break;
                case PartialVerdict::fails_if:
                    ++of_check.fails_if;
                    if (of_check.conditional == nullptr) of_check.conditional = &finding;
                    break;
                default: ++of_check.unknown;
            }
            const bool clearer = of_check.example == nullptr ||
                                 (finding.verdict != PartialVerdict::unknown && finding.verdict < of_check.example->verdict);
            if (!clearer) continue;
            of_check.example = &finding;
            of_check.of = &judgement;
        }
    return tallies;
}

std::vector<std::string> fails_on(const std::vector<Judgement>& judgements, CheckIndex check) {
    std::vector<std::string> names;
    for (const Judgement& judgement : judgements) {
        const PartialFinding* finding = judgement.finding(check);
        if (finding != nullptr && finding->verdict != PartialVerdict::unknown) names.push_back(judgement.cpu->name);
    }
    return names;
}

}  // namespace vmxsim::report
