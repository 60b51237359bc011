// SPDX-License-Identifier: MIT
#include "report/capabilities_report.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/bits.hpp"
#include "base/number.hpp"
#include "spec/msrs.hpp"
#include "spec/register_bits.hpp"

namespace vmxsim::report {
namespace {

using spec::ControlWord;
using spec::VmxMsr;

// vmxcap's lines: two spaces, the name padded to 40 columns, one word.
void add_row(std::string& out, std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(out), "  {:<40} {}\n", name, value);
}

// Our names are longer than vmxcap's.
void add_wide_row(std::string& out, std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(out), "  {:<72} {}\n", name, value);
}

std::string value_of(const spec::VmxMsrFieldInfo& field, u64 msr_value) {
    const u64 value = field.extract(msr_value);
    switch (field.kind) {
        case spec::VmxMsrFieldKind::flag: return value != 0 ? "yes" : "no";
        case spec::VmxMsrFieldKind::number: return std::to_string(value);
        case spec::VmxMsrFieldKind::mask: return hex(value);
    }
    return {};
}

std::optional<ControlWord> word_reported_by(u32 msr) {
    for (size_t i = 0; i < spec::kControlWordCount; ++i)
        if (spec::msrs_of(static_cast<ControlWord>(i)).plain == msr) return static_cast<ControlWord>(i);
    return std::nullopt;
}

void add_controls(std::string& out, const VmxMsrs& msrs, ControlWord word) {
    for (size_t i = 0; i < spec::kControlCount; ++i) {
        const spec::ControlInfo& info = spec::kControls[i];
        if (info.word == word && !info.vmxcap_name.empty())
            add_row(out, info.vmxcap_name, to_string(setting_of(msrs, static_cast<spec::Control>(i))));
    }
}

// "PE NE PG": the bits that have a name.
std::string bit_names(spec::Register reg, u64 value) {
    std::string names;
    for (unsigned n = 0; n < 64; ++n) {
        if (!is_set(value, n)) continue;
        const spec::RegisterBitInfo* row = spec::find_register_bit(reg, n);
        if (row == nullptr) continue;  // reserved bits that the MSR nevertheless lets be 1
        names += (names.empty() ? "" : " ") + std::string(row->mnemonic);
    }
    return names.empty() ? "none" : names;
}

std::string_view title_of(ControlWord word) {
    constexpr std::string_view kTitles[] = {"pin-based controls",
                                            "primary processor-based controls",
                                            "secondary processor-based controls",
                                            "tertiary processor-based controls",
                                            "primary VM-exit controls",
                                            "secondary VM-exit controls",
                                            "VM-entry controls",
                                            "VM functions"};
    return kTitles[static_cast<size_t>(word)];
}

// --- What vmxcap does not show -----------------------------------------------------------------------------------

void add_processor(std::string& out, const CpuProfile& profile) {
    out += "Processor\n";
    add_wide_row(out, "Profile", profile.name);
    add_wide_row(out, "Source", profile.source);
    add_wide_row(out, "CPUID.1:EAX (signature)", hex(profile.cpuid_leaf(1).eax));
    add_wide_row(out, "Physical-address width", std::to_string(profile.physical_address_bits));
    add_wide_row(out, "Linear-address width", std::to_string(profile.linear_address_bits));
    std::string derived;
    for (const u32 msr : profile.derived_msrs) derived += (derived.empty() ? "" : ", ") + hex(msr);
    if (!derived.empty()) add_wide_row(out, "Derived from the rest, not read", derived);
}

void add_further_controls(std::string& out, const VmxMsrs& msrs, ControlWord word) {
    const spec::ControlMsrs numbers = spec::msrs_of(word);
    const std::optional<u64> plain = msrs.get(numbers.plain), exact = msrs.get(numbers.true_msr);
    fmt::format_to(std::back_inserter(out), "{}: MSR {}", title_of(word), hex(numbers.plain));
    if (!plain) {
        out += " does not exist\n";
        return;
    }
    fmt::format_to(std::back_inserter(out), " = {}", hex(*plain));
    if (exact) fmt::format_to(std::back_inserter(out), ", {} = {}", hex(numbers.true_msr), hex(*exact));
    out += '\n';
    for (size_t i = 0; i < spec::kControlCount; ++i) {
        const spec::ControlInfo& info = spec::kControls[i];
        if (info.word != word || !info.vmxcap_name.empty()) continue;
        const std::string_view setting = to_string(setting_of(msrs, static_cast<spec::Control>(i)));
        add_wide_row(out, fmt::format("bit {:>2}: {}", info.bit, info.name), setting);
    }
}

void add_fixed_bits(std::string& out, const VmxMsrs& msrs, std::string_view name, u32 fixed0, spec::Register reg) {
    const u64 must = msrs.get_or_zero(fixed0), may = msrs.get_or_zero(fixed0 + 1);
    fmt::format_to(std::back_inserter(out), "{} in VMX operation: MSR {} = {}, {} = {}\n", name, hex(fixed0), hex(must),
                   hex(fixed0 + 1), hex(may));
    add_wide_row(out, "Must be 1", bit_names(reg, must));
    add_wide_row(out, "May be 0 or 1", bit_names(reg, may & ~must));
    add_wide_row(out, "Must be 0 (of the bits with a name)", bit_names(reg, spec::defined_bits(reg) & ~may));
}

void add_fields(std::string& out, const VmxMsrs& msrs, const spec::VmxMsrInfo& msr) {
    const std::optional<u64> value = msrs.get(msr.number);
    fmt::format_to(std::back_inserter(out), "{}: MSR {}", msr.name, hex(msr.number));
    if (!value) {
        out += " does not exist\n";
        return;
    }
    fmt::format_to(std::back_inserter(out), " = {}\n", hex(*value));
    for (const spec::VmxMsrFieldInfo& field : spec::fields_of(static_cast<VmxMsr>(msr.number)))
        add_wide_row(out, field.name, value_of(field, *value));
}

}  // namespace

ControlSetting setting_of(const VmxMsrs& msrs, spec::Control control) {
    const spec::ControlInfo& info = spec::info(control);
    const spec::ControlMsrs numbers = spec::msrs_of(info.word);
    const bool may_be_one_only = spec::bit_count(info.word) == 64;
    const u64 plain = msrs.get_or_zero(numbers.plain);
    const bool may_be_one = is_set(may_be_one_only ? plain : plain >> 32, info.bit);
    const bool may_be_zero = may_be_one_only || !is_set(plain, info.bit);
    if (numbers.true_msr != 0 && may_be_one && !may_be_zero) {
        const u64 exact = msrs.get_or_zero(numbers.true_msr);  // an absent TRUE MSR frees nothing: it allows no 1
        if (!is_set(exact, info.bit) && is_set(exact >> 32, info.bit)) return ControlSetting::default1;
    }
    if (may_be_zero) return may_be_one ? ControlSetting::yes : ControlSetting::no;
    return may_be_one ? ControlSetting::forced : ControlSetting::unknown;
}

std::string_view to_string(ControlSetting setting) {
    constexpr std::string_view kWords[] = {"no", "default", "forced", "yes", "?"};
    return kWords[static_cast<size_t>(setting)];
}

std::string describe_capabilities_as_vmxcap(const VmxMsrs& msrs) {
    std::string out;
    for (const VmxMsr number : {VmxMsr::basic, VmxMsr::pinbased_ctls, VmxMsr::procbased_ctls, VmxMsr::procbased_ctls2,
                                VmxMsr::exit_ctls, VmxMsr::entry_ctls, VmxMsr::misc, VmxMsr::ept_vpid_cap, VmxMsr::vmfunc}) {
        const spec::VmxMsrInfo& msr = *spec::find_vmx_msr(static_cast<u64>(number));
        out += msr.vmxcap_heading;
        out += '\n';
        const u64 value = msrs.get_or_zero(msr.number);  // vmxcap takes an MSR that it cannot read as 0
        const std::optional<ControlWord> word = word_reported_by(msr.number);
        if (!word || *word == ControlWord::vmfunc) fmt::format_to(std::back_inserter(out), "  Hex: {}\n", hex(value));
        if (word)
            add_controls(out, msrs, *word);
        else
            for (const spec::VmxMsrFieldInfo& field : spec::fields_of(number))
                if (!field.vmxcap_name.empty()) add_row(out, field.vmxcap_name, value_of(field, value));
    }
    return out;
}

std::string describe_capabilities(const CpuProfile& profile) {
    const VmxMsrs& msrs = profile.msrs;
    std::string out = describe_capabilities_as_vmxcap(msrs);
    out += "\n--- What vmxcap does not show ---\n\n";
    add_processor(out, profile);
    for (size_t i = 0; i < spec::kControlWordCount; ++i) {
        out += '\n';
        add_further_controls(out, msrs, static_cast<ControlWord>(i));
    }
    out += '\n';
    add_fixed_bits(out, msrs, "CR0", 0x486, spec::Register::cr0);
    out += '\n';
    add_fixed_bits(out, msrs, "CR4", 0x488, spec::Register::cr4);
    for (const VmxMsr number : {VmxMsr::feature_control, VmxMsr::basic, VmxMsr::misc, VmxMsr::vmcs_enum, VmxMsr::ept_vpid_cap}) {
        out += '\n';
        add_fields(out, msrs, *spec::find_vmx_msr(static_cast<u64>(number)));
    }
    return out;
}

}  // namespace vmxsim::report
