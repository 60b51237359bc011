// SPDX-License-Identifier: MIT
// What each known processor would say of a dump, and which of them it can be from.
#pragma once

#include "report/classify_entry.hpp"
#include "report/explain_entry.hpp"

namespace vmxsim::report {

// One processor's view of the dump.
struct Judgement {
    const JudgedCpu* cpu;
    std::vector<vmx::PartialFinding> findings;
    unsigned contradictions = 0;  // failing checks that what happened proves to have passed, or makes unlikely to fail
    unsigned reported = 0;        // failing checks of the kind that the processor reported
    bool can_explain = false;     // some check of that kind fails or is undecided

    const vmx::PartialFinding* finding(vmx::CheckIndex check) const;
    bool refuses() const;  // some check fails for certain
};
Judgement judge(const import::DumpedVmcs& dump, const JudgedCpu& cpu, const vmx::ProcessorAtEntry& processor,
                const Classified& classified);

// Keeps the processors that fit best with what happened.
void keep_plausible(std::vector<Judgement>& judgements, const Classified& classified);

// What all plausible processors together say of one check.
struct Tally {
    unsigned fails = 0, fails_if = 0, unknown = 0;     // how many processors
    const vmx::PartialFinding* example = nullptr;      // of the clearest verdict: a failure, then a conditional one
    const Judgement* of = nullptr;                     // whose example it is
    const vmx::PartialFinding* conditional = nullptr;  // the first that is fails_if

    bool undecided() const { return fails_if + unknown != 0; }
};
std::vector<Tally> tally(const std::vector<Judgement>& judgements);  // by check

// The processors on which the check fails, or would if it applies.
std::vector<std::string> fails_on(const std::vector<Judgement>& judgements, vmx::CheckIndex check);

}  // namespace vmxsim::report
