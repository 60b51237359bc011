// SPDX-License-Identifier: MIT
#include "vmx/entry/check_engine.hpp"

#include "vmx/entry/check_list.hpp"

namespace vmxsim::vmx {
namespace {

using Full = Context<Values>;
using Partial = Context<KnownValues>;

template <size_t I>
[[gnu::always_inline]] inline bool fails(const Full& c) {
    constexpr Check<Full> kRow = kRows<Full>[I];
    return kRow.applies(c) && !kRow.holds(c);
}

// Unrolled at compile time in blocks, so that neither the compiler nor the instruction cache meets one huge function.
template <size_t Begin, size_t... I>
[[gnu::noinline]] int first_failure_in(const Full& c, std::index_sequence<I...>) {
    int found = -1;
    (void)((fails<Begin + I>(c) ? (found = static_cast<int>(Begin + I), true) : false) || ...);
    return found;
}

constexpr size_t kBlock = 32;

template <size_t Begin>
int first_failure_from(const Full& c) {
    if constexpr (Begin >= kCheckCount<Full>) {
        return -1;
    } else {
        constexpr size_t kCount = std::min(kBlock, kCheckCount<Full> - Begin);
        const int found = first_failure_in<Begin>(c, std::make_index_sequence<kCount>{});
        return found >= 0 ? found : first_failure_from<Begin + kBlock>(c);
    }
}

PartialFinding judge(CheckIndex index, const PartialVmcs& partial, const Capabilities& cpu, const ProcessorAtEntry& processor) {
    const Check<Partial>& row = kRows<Partial>[index];
    const KnownValues zeros(partial, 0), ones(partial, ~u64{0});
    const Partial with_zeros(zeros, cpu, processor), with_ones(ones, cpu, processor);
    PartialFinding finding{index, PartialVerdict::holds, kNoSingleEdit, {}, {}};

    const bool applies = row.applies(with_zeros);
    const bool applies_if_ones = row.applies(with_ones);
    const bool settled = !zeros.guessed() && !ones.guessed();
    finding.missing_fields = zeros.missing_fields() | ones.missing_fields();
    finding.missing_memory = zeros.missing_memory();
    if (settled && !applies) {
        finding.verdict = PartialVerdict::does_not_apply;
        return finding;
    }

    zeros.forget();
    const bool holds = row.holds(with_zeros);
    if (zeros.guessed()) {
        finding.verdict = PartialVerdict::unknown;
        finding.missing_fields |= zeros.missing_fields();
        finding.missing_memory.insert(zeros.missing_memory().begin(), zeros.missing_memory().end());
    } else if (holds) {
        finding.verdict = PartialVerdict::holds;
    } else if (settled) {
        finding.verdict = PartialVerdict::fails;
    } else {
        finding.verdict = applies || applies_if_ones ? PartialVerdict::fails_if : PartialVerdict::unknown;
    }
    if (finding.verdict == PartialVerdict::fails || finding.verdict == PartialVerdict::fails_if) finding.fix = row.fix(with_zeros);
    return finding;
}

}  // namespace

std::span<const CheckInfo> all_checks() { return kAllChecks; }

std::optional<CheckIndex> find_check(std::string_view id) {
    for (size_t i = 0; i < kAllChecks.size(); ++i)
        if (kAllChecks[i].id == id) return static_cast<CheckIndex>(i);
    return std::nullopt;
}

std::optional<CheckIndex> first_failure(const EntryInputs& inputs) {
    const Values values(inputs.vmcs, inputs.memory);
    const int found = first_failure_from<0>(Full(values, inputs.cpu, inputs.processor));
    if (found < 0) return std::nullopt;
    return static_cast<CheckIndex>(found);
}

std::vector<CheckIndex> all_failures(const EntryInputs& inputs) {
    const Values values(inputs.vmcs, inputs.memory);
    const Full context(values, inputs.cpu, inputs.processor);
    std::vector<CheckIndex> failures;
    for (size_t i = 0; i < kRows<Full>.size(); ++i)
        if (kRows<Full>[i].applies(context) && !kRows<Full>[i].holds(context)) failures.push_back(static_cast<CheckIndex>(i));
    return failures;
}

Verdict evaluate(CheckIndex check, const EntryInputs& inputs) {
    const Values values(inputs.vmcs, inputs.memory);
    const Full context(values, inputs.cpu, inputs.processor);
    const Check<Full>& row = kRows<Full>[check];
    if (!row.applies(context)) return Verdict::does_not_apply;
    return row.holds(context) ? Verdict::holds : Verdict::fails;
}

Edit fix(CheckIndex check, const EntryInputs& inputs) {
    const Values values(inputs.vmcs, inputs.memory);
    return kRows<Full>[check].fix(Full(values, inputs.cpu, inputs.processor));
}

std::vector<PartialFinding> explain_partial(const PartialVmcs& partial, const Capabilities& cpu,
                                            const ProcessorAtEntry& processor) {
    std::vector<PartialFinding> findings;
    for (size_t i = 0; i < kRows<Partial>.size(); ++i) {
        PartialFinding finding = judge(static_cast<CheckIndex>(i), partial, cpu, processor);
        if (finding.verdict != PartialVerdict::holds && finding.verdict != PartialVerdict::does_not_apply)
            findings.push_back(std::move(finding));
    }
    return findings;
}

}  // namespace vmxsim::vmx
