// SPDX-License-Identifier: MIT
#include "vmx/entry/check_engine.hpp"

#include <bit>

#include "vmx/entry/check_list.hpp"

namespace vmxsim::vmx {
namespace {

using Full = Context<Values>;
using Partial = Context<KnownValues>;

// --- Complete VMCSs. The rows are unrolled at compile time, so that the predicates are inlined and share their loads; in
// blocks, so that neither the compiler nor the instruction cache meets one huge function.
constexpr size_t kRowsInBlock = 32;
constexpr size_t kBlockCount = (kCheckCount<Full> + kRowsInBlock - 1) / kRowsInBlock;

template <size_t Row>
[[gnu::always_inline]] inline u32 fails(const Full& c) {
    constexpr Check<Full> kRow = kRows<Full>[Row];
    return kRow.applies(c) && !kRow.holds(c) ? 1 : 0;
}

// Bit n is set when row n of the block fails.
template <size_t Block>
[[gnu::noinline]] u32 failures_in_block(const Full& c) {
    constexpr size_t kFirst = Block * kRowsInBlock;
    constexpr size_t kCount = std::min(kRowsInBlock, kCheckCount<Full> - kFirst);
    return [&]<size_t... I>(std::index_sequence<I...>) { return ((fails<kFirst + I>(c) << I) | ...); }
    (std::make_index_sequence<kCount>{});
}

constexpr auto kBlocks = []<size_t... Block>(std::index_sequence<Block...>) { return std::array{&failures_in_block<Block>...}; }
(std::make_index_sequence<kBlockCount>{});

// --- Partial VMCSs. A row is evaluated with every unknown value read as zeros; only when that guessed, with all-ones too.
class Judge {
public:
    Judge(const PartialVmcs& partial, const Capabilities& cpu, const ProcessorAtEntry& processor)
        : zeros_(partial, 0), ones_(partial, ~u64{0}), with_zeros_(zeros_, cpu, processor), with_ones_(ones_, cpu, processor) {}

    // False when the check holds or does not apply.
    bool find(CheckIndex index, PartialFinding& finding) {
        const Check<Partial>& row = kRows<Partial>[index];
        zeros_.forget();
        const bool applies = row.applies(with_zeros_);
        const bool settled = !zeros_.guessed();
        if (settled && !applies) return false;

        bool may_apply = applies;
        if (!settled) {
            note_missing(finding);
            ones_.forget();
            may_apply = row.applies(with_ones_) || applies;
            finding.missing_fields |= ones_.missing_fields();
            zeros_.forget();
        }
        const bool holds = row.holds(with_zeros_);
        finding.check = index;
        if (zeros_.guessed()) {
            finding.verdict = PartialVerdict::unknown;
            note_missing(finding);
        } else if (holds) {
            return false;
        } else {
            finding.verdict = settled ? PartialVerdict::fails : may_apply ? PartialVerdict::fails_if : PartialVerdict::unknown;
        }
        if (finding.verdict != PartialVerdict::unknown) finding.fix = row.fix(with_zeros_);
        // Memory at an address that is itself a guess is not what is missing.
        if (finding.missing_fields.any()) finding.missing_memory.clear();
        return true;
    }

private:
    void note_missing(PartialFinding& finding) const {
        finding.missing_fields |= zeros_.missing_fields();
        finding.missing_memory.insert(zeros_.missing_memory().begin(), zeros_.missing_memory().end());
    }

    KnownValues zeros_, ones_;
    Partial with_zeros_, with_ones_;
};

}  // namespace

std::span<const CheckInfo> all_checks() { return kAllChecks; }

std::optional<CheckIndex> find_check(std::string_view id) {
    for (size_t i = 0; i < kAllChecks.size(); ++i)
        if (kAllChecks[i].id == id) return static_cast<CheckIndex>(i);
    return std::nullopt;
}

std::optional<CheckIndex> first_failure(const EntryInputs& inputs) {
    const Values values(inputs.vmcs, inputs.memory);
    const Full context(values, inputs.cpu, inputs.processor);
    for (size_t block = 0; block < kBlockCount; ++block)
        if (const u32 failures = kBlocks[block](context))
            return static_cast<CheckIndex>(block * kRowsInBlock + static_cast<size_t>(std::countr_zero(failures)));
    return std::nullopt;
}

std::vector<CheckIndex> all_failures(const EntryInputs& inputs) {
    const Values values(inputs.vmcs, inputs.memory);
    const Full context(values, inputs.cpu, inputs.processor);
    std::vector<CheckIndex> found;
    for (size_t block = 0; block < kBlockCount; ++block)
        for (u32 failures = kBlocks[block](context); failures != 0; failures &= failures - 1)
            found.push_back(static_cast<CheckIndex>(block * kRowsInBlock + static_cast<size_t>(std::countr_zero(failures))));
    return found;
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
    Judge judge(partial, cpu, processor);
    std::vector<PartialFinding> findings;
    findings.reserve(kRows<Partial>.size());  // moving a set of addresses costs more than the space
    PartialFinding finding{};
    for (size_t i = 0; i < kRows<Partial>.size(); ++i) {
        if (!judge.find(static_cast<CheckIndex>(i), finding)) {
            if (finding.missing_fields.any()) finding.missing_fields.reset();
            if (!finding.missing_memory.empty()) finding.missing_memory.clear();
            continue;
        }
        findings.push_back(std::move(finding));
        finding = PartialFinding{};
    }
    return findings;
}

}  // namespace vmxsim::vmx
