// SPDX-License-Identifier: MIT
#include "report/dump_checker.hpp"

#include "base/number.hpp"
#include "import/profile_file.hpp"
#include "vmcs/golden.hpp"
#include "vmcs/profiles.hpp"

namespace vmxsim::report {
namespace {

// Without the basic information and the four plain control MSRs, nothing can be judged by them.
bool describe_a_processor(const std::map<u32, u64>& msrs) {
    for (const u32 msr : {0x480U, 0x481U, 0x482U, 0x483U, 0x484U})
        if (!msrs.contains(msr)) return false;
    return true;
}

CpuProfile profile_from(const std::map<u32, u64>& msrs) {
    std::string text;
    for (const auto& [msr, value] : msrs) text += hex(msr) + " " + hex(value) + "\n";
    CpuProfile profile = import::parse_profile(text, "capability MSRs").profile;
    profile.name = "the processor whose capability MSRs the text shows";
    return profile;
}

// A case that starts from the golden VMCS shows every field.
import::DumpedVmcs completed(const import::DumpedVmcs& dump, const Capabilities& cpu){import::DumpedVmcs complete = dump;
const Vmcs golden = golden_vmcs(cpu);
for (size_t i = 0; i < spec::kFieldCount; ++i)
    if (!dump.vmcs.known[i]) complete.vmcs.set(static_cast<Field>(i), golden[static_cast<Field>(i)]);
return complete;
}  // namespace

}  // namespace vmxsim::report

DumpChecker::DumpChecker(Resolve resolve, const std::string& cpu) : resolve_(std::move(resolve)) {
    for (const CpuProfile& profile : all_profiles()) all_.push_back({profile.name, Capabilities(profile)});
    if (!cpu.empty()) {
        const CpuProfile profile = resolve_(cpu);
        cpu_ = JudgedCpu{profile.name, Capabilities(profile)};
    }
}

std::optional<JudgedCpu> DumpChecker::cpu_of(const import::DumpedVmcs& dump) const {
    if (cpu_) return cpu_;
    std::optional<CpuProfile> profile;
    if (dump.cpu)
        profile = resolve_(*dump.cpu);
    else if (describe_a_processor(dump.capability_msrs))
        profile = profile_from(dump.capability_msrs);
    else if (dump.base)
        profile = default_profile();
    if (!profile) return std::nullopt;
    return JudgedCpu{profile->name, Capabilities(*profile)};
}

EntryExplanation DumpChecker::explain(const import::DumpedVmcs& dump) const {
    const auto cpu = cpu_of(dump);
    const ExplainContext context{mentions_, all_, cpu ? &*cpu : nullptr};
    if (!dump.base) return explain_entry(dump, context);
    return explain_entry(completed(dump, cpu->capabilities), context);
}

}  // namespace vmxsim::report
