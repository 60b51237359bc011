// SPDX-License-Identifier: MIT
#include "report/prerequisites_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/bits.hpp"
#include "base/number.hpp"
#include "spec/register_bits.hpp"
#include "vmcs/capabilities.hpp"

namespace vmxsim::report {
namespace {

constexpr u64 kVmxe = bit(13);

std::string names_of(spec::Register reg, u64 value) {
    std::string names;
    for (unsigned n = 0; n < 64; ++n) {
        if (!is_set(value, n)) continue;
        const spec::RegisterBitInfo* row = spec::find_register_bit(reg, n);
        const std::string_view register_name = spec::info(reg).name;
        names += names.empty() ? "" : ", ";
        names += row != nullptr ? fmt::format("{}.{} (bit {})", register_name, row->mnemonic, n)
                                : fmt::format("{} bit {} (reserved)", register_name, n);
    }
    return names;
}

Verdict judge(bool holds) { return holds ? Verdict::ok : Verdict::not_ok; }

Prerequisite check_cpuid(const CpuProfile& profile, const VmxonSituation& situation) {
    const u32 ecx = situation.cpuid_1_ecx.value_or(profile.cpuid_leaf(1).ecx);
    const bool vmx = is_set(ecx, 5);
    return {
        "cpuid.vmx",
        "23.6",
        "CPUID.1:ECX.VMX (bit 5) is 1",
        judge(vmx),
        "CPUID.1:ECX = " + hex(ecx),
        vmx ? ""
            : "the processor, or the hypervisor that this machine runs under, offers no VMX: enable nested virtualization there"};
}

void check_feature_control(const CpuProfile& profile, const VmxonSituation& situation, std::vector<Prerequisite>& list) {
    const std::optional<u64> value =
        situation.feature_control ? situation.feature_control : profile.msrs.get(kIa32FeatureControl);
    const std::string found = value ? "IA32_FEATURE_CONTROL = " + hex(*value) : "";
    const auto add = [&](std::string id, std::string rule, unsigned n, std::string to_do) {
        const Verdict verdict = !value ? Verdict::unknown : judge(is_set(*value, n));
        list.push_back({std::move(id), "23.7", std::move(rule), verdict, found,
                        verdict == Verdict::ok        ? ""
                        : verdict == Verdict::unknown ? "read MSR 0x3a"
                                                      : std::move(to_do)});
    };
    const bool locked = value && is_set(*value, 0);
    const std::string where =
        locked ? "it is locked until the next reset: change the setting in the firmware (\"Intel Virtualization Technology\")"
               : "the MSR is not locked: write it as " + hex(value.value_or(0) | bit(0) | (situation.in_smx ? bit(1) : bit(2))) +
                     ", or enable VT-x in the firmware";
    add("feature_control.lock", "IA32_FEATURE_CONTROL.lock (bit 0) is 1, or VMXON raises #GP(0)", 0,
        "firmware left the MSR unlocked: " + where);
    if (situation.in_smx)
        add("feature_control.vmx_in_smx", "In SMX operation, IA32_FEATURE_CONTROL bit 1 is 1, or VMXON raises #GP(0)", 1, where);
    else
        add("feature_control.vmx_outside_smx", "Outside SMX operation, IA32_FEATURE_CONTROL bit 2 is 1, or VMXON raises #GP(0)",
            2, where);
}

struct FixedBits {
    std::string id;
    spec::Register reg;
    u64 fixed0, fixed1;
    std::string note;  // what to know of the bits that must be 1
};

void check_fixed_bits(const FixedBits& fixed, std::optional<u64> value, std::vector<Prerequisite>& list) {
    const std::string name(spec::info(fixed.reg).name);
    const u64 missing = fixed.fixed0 & ~value.value_or(~u64{0}), forbidden = value.value_or(0) & ~fixed.fixed1;
    const std::string found = value ? name + " = " + hex(*value) : "";
    const auto verdict = [&](u64 wrong) { return !value ? Verdict::unknown : judge(wrong == 0); };
    const std::string ask = "give the register with --" + fixed.id;

    list.push_back({fixed.id + ".fixed_to_1", "23.8",
                    fmt::format("{} has every bit of IA32_VMX_{}_FIXED0 = {}: {}", name, name, hex(fixed.fixed0),
                                names_of(fixed.reg, fixed.fixed0)),
                    verdict(missing), found,
                    (missing != 0 ? "set " + names_of(fixed.reg, missing) +
                                        ", or VMXON faults (#UD without CR0.PE, #GP(0) without the others)"
                     : value ? ""
                             : ask) +
                        (fixed.note.empty() ? "" : (missing != 0 || !value ? "; " : "") + fixed.note)});
    list.push_back({fixed.id + ".fixed_to_0", "23.8",
                    fmt::format("{} has no bit that IA32_VMX_{}_FIXED1 = {} lacks", name, name, hex(fixed.fixed1)),
                    verdict(forbidden), found,
                    forbidden != 0 ? "clear " + names_of(fixed.reg, forbidden) + ", or VMXON raises #GP(0)"
                    : value        ? ""
                                   : ask});
}

Prerequisite check_vmxe(std::optional<u64> cr4) {
    constexpr const char* kRule = "CR4.VMXE (bit 13) is still 0, so that nobody else is in VMX operation";
    if (!cr4) return {"cr4.vmxe_clear", "23.7", kRule, Verdict::unknown, "", "give the register with --cr4"};
    if (!is_set(*cr4, 13))
        return {"cr4.vmxe_clear",
                "23.7",
                kRule,
                Verdict::ok,
                "CR4 = " + hex(*cr4),
                "set CR4.VMXE right before VMXON, which raises #UD without it"};
    return {"cr4.vmxe_clear",
            "23.7",
            kRule,
            Verdict::unknown,
            "CR4 = " + hex(*cr4),
            "already set: if your program did not do it, another hypervisor (KVM, Hyper-V, VirtualBox) holds VMX operation; "
            "a second VMXON then fails with VM-instruction error 15. Stop it first"};
}

std::string_view to_string(Verdict verdict) {
    constexpr std::string_view kWords[] = {"ok", "not ok", "unknown"};
    return kWords[static_cast<size_t>(verdict)];
}

}  // namespace

std::vector<Prerequisite> vmxon_prerequisites(const CpuProfile& profile, const VmxonSituation& situation) {
    const Capabilities cpu(profile);
    std::vector<Prerequisite> list;
    list.push_back(check_cpuid(profile, situation));
    check_feature_control(profile, situation, list);

    const bool unrestricted = cpu.allows(spec::Control::secondary_unrestricted_guest);
    check_fixed_bits({"cr0", spec::Register::cr0, cpu.cr0_fixed0, cpu.cr0_fixed1,
                      unrestricted ? "\"unrestricted guest\" is no exception here: it frees PE and PG of the GUEST's CR0 only"
                                   : "this processor has no \"unrestricted guest\": guests, too, need PE and PG"},
                     situation.cr0, list);
    list.push_back(check_vmxe(situation.cr4));
    // VMXE is the program's own last step, so the register is judged as it will be then.
    const std::optional<u64> with_vmxe = situation.cr4 ? std::optional<u64>(*situation.cr4 | kVmxe) : std::nullopt;
    check_fixed_bits({"cr4", spec::Register::cr4, cpu.cr4_fixed0, cpu.cr4_fixed1, ""}, with_vmxe, list);
    return list;
}

bool vmxon_would_fail(const std::vector<Prerequisite>& prerequisites) {
    return std::any_of(prerequisites.begin(), prerequisites.end(),
                       [](const Prerequisite& entry) { return entry.verdict == Verdict::not_ok; });
}

std::string to_text(const std::vector<Prerequisite>& prerequisites, const CpuProfile& profile) {
    std::string out = "VMXON on " + profile.name + "\n";
    for (const Prerequisite& entry : prerequisites) {
        out += fmt::format("  {:<8} {} (SDM {})\n", to_string(entry.verdict), entry.rule, entry.sdm);
        if (!entry.found.empty()) out += fmt::format("  {:<8}   {}\n", "", entry.found);
        if (!entry.to_do.empty()) out += fmt::format("  {:<8}   -> {}\n", "", entry.to_do);
    }
    const u64 basic = profile.msrs.get_or_zero(kIa32VmxBasic);
    out += fmt::format(
        "The VMXON region: {} bytes, 4-KByte aligned, below bit {}, its first 4 bytes {} (the revision identifier).\n",
        bits(basic, 44, 32), profile.physical_address_bits, hex(bits(basic, 30, 0)));
    return out;
}

std::string to_json(const std::vector<Prerequisite>& prerequisites, const CpuProfile& profile) {
    nlohmann::ordered_json document{{"cpu", profile.name},
                                    {"vmxon", vmxon_would_fail(prerequisites) ? "fails" : "may succeed"},
                                    {"prerequisites", nlohmann::ordered_json::array()}};
    for (const Prerequisite& entry : prerequisites)
        document["prerequisites"].push_back({{"check", entry.id},
                                             {"sdm", entry.sdm},
                                             {"rule", entry.rule},
                                             {"verdict", to_string(entry.verdict)},
                                             {"found", entry.found},
                                             {"to_do", entry.to_do}});
    return document.dump(2) + "\n";
}

}  // namespace vmxsim::report
