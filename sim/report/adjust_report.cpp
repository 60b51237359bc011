// SPDX-License-Identifier: MIT
#include "report/adjust_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/bits.hpp"
#include "base/number.hpp"
#include "spec/msrs.hpp"
#include "vmcs/capabilities.hpp"

namespace vmxsim::report {
namespace {

using spec::ControlWord;

std::string msr_title(u32 msr) {
    const spec::VmxMsrInfo* info = spec::find_vmx_msr(u64{msr});
    return fmt::format("{} ({})", info != nullptr ? info->name : "MSR", hex(msr));
}

std::string reason(const CpuProfile& profile, const Adjustment& adjustment, unsigned n, bool to_one) {
    const std::string msr = msr_title(adjustment.msr);
    if (!profile.msrs.get(adjustment.msr)) return fmt::format("{} does not exist on this processor, so no bit may be 1", msr);
    if (spec::bit_count(adjustment.word) == 64) return fmt::format("bit {} of {} is 0: the 1-setting is not allowed", n, msr);
    if (to_one) return fmt::format("bit {} of the low half of {} is 1: the 0-setting is not allowed", n, msr);
    return fmt::format("bit {} of the high half of {} (bit {} of the MSR) is 0: the 1-setting is not allowed", n, msr, n + 32);
}

}  // namespace

Adjustment adjust_controls(const CpuProfile& profile, ControlWord word, u64 value) {
    const AllowedSettings settings = Capabilities(profile).allowed(word);
    const spec::ControlMsrs numbers = spec::msrs_of(word);
    const bool true_rules =
        numbers.true_msr != 0 && is_set(profile.msrs.get_or_zero(kIa32VmxBasic), 55) && profile.msrs.get(numbers.true_msr);

    Adjustment result{profile.name, word, true_rules ? numbers.true_msr : numbers.plain, value, 0, {}};
    // A bit that may be neither 0 nor 1 exists only in values that no processor reports: 1 is kept as the lesser evil.
    result.allowed = (value & settings.may_be_one) | settings.must_be_one;
    for (unsigned n = 0; n < 64; ++n) {
        if (is_set(value, n) == is_set(result.allowed, n)) continue;
        const auto control = spec::find_control(word, n);
        result.changes.push_back({n, is_set(result.allowed, n), control ? std::string(spec::info(*control).name) : "reserved",
                                  reason(profile, result, n, is_set(result.allowed, n))});
    }
    return result;
}

std::string to_text(const Adjustment& adjustment) {
    std::string out = fmt::format("{} on {}: {} -> {} (by {})\n", spec::to_string(adjustment.word), adjustment.cpu,
                                  hex(adjustment.asked), hex(adjustment.allowed), msr_title(adjustment.msr));
    if (adjustment.changes.empty()) out += "  nothing to change\n";
    for (const AdjustedBit& change : adjustment.changes)
        out +=
            fmt::format("  bit {:>2} {:<40} forced {}: {}\n", change.bit, change.name, change.to_one ? "on " : "off", change.why);
    return out;
}

std::string to_json(const Adjustment& adjustment) {
    nlohmann::ordered_json document{{"cpu", adjustment.cpu},
                                    {"word", spec::to_string(adjustment.word)},
                                    {"msr", hex(adjustment.msr)},
                                    {"value", hex(adjustment.asked)},
                                    {"adjusted", hex(adjustment.allowed)},
                                    {"changes", nlohmann::ordered_json::array()}};
    for (const AdjustedBit& change : adjustment.changes)
        document["changes"].push_back(
            {{"bit", change.bit}, {"name", change.name}, {"to", change.to_one ? 1 : 0}, {"why", change.why}});
    return document.dump(2) + "\n";
}

}  // namespace vmxsim::report
