// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "base/number.hpp"
#include "report/capabilities_report.hpp"
#include "spec/msrs.hpp"

namespace vmxsim::report {
namespace {

using Json = nlohmann::ordered_json;

// Only fields that are not control words: those are under "controls", bit by bit.
bool is_control_word_msr(u32 msr) {
    for (size_t i = 0; i < spec::kControlWordCount; ++i) {
        const spec::ControlMsrs numbers = spec::msrs_of(static_cast<spec::ControlWord>(i));
        if (msr == numbers.plain || (numbers.true_msr != 0 && msr == numbers.true_msr)) return true;
    }
    return false;
}

Json value_of(const spec::VmxMsrFieldInfo& field, u64 msr_value) {
    const u64 value = field.extract(msr_value);
    switch (field.kind) {
        case spec::VmxMsrFieldKind::flag: return value != 0;
        case spec::VmxMsrFieldKind::number: return value;
        case spec::VmxMsrFieldKind::mask: return hex(value);
    }
    return nullptr;
}

}  // namespace

std::string capabilities_json(const CpuProfile& profile) {
    Json document{{"cpu", profile.name}};
    Json& msrs = document["msrs"] = Json::object();
    Json fields = Json::array();
    for (const spec::VmxMsrInfo& msr : spec::kVmxMsrs) {
        const std::optional<u64> value = profile.msrs.get(msr.number);
        if (!value) continue;
        msrs[hex(msr.number)] = hex(*value);
        if (is_control_word_msr(msr.number)) continue;
        for (const spec::VmxMsrFieldInfo& field : spec::fields_of(static_cast<spec::VmxMsr>(msr.number)))
            fields.push_back({{"msr", hex(msr.number)}, {"name", field.name}, {"value", value_of(field, *value)}});
    }
    Json& controls = document["controls"] = Json::array();
    for (size_t i = 0; i < spec::kControlCount; ++i) {
        const auto control = static_cast<spec::Control>(i);
        const spec::ControlInfo& info = spec::info(control);
        controls.push_back({{"word", spec::to_string(info.word)},
                            {"bit", info.bit},
                            {"name", info.name},
                            {"setting", to_string(setting_of(profile.msrs, control))}});
    }
    document["fields"] = std::move(fields);
    Json derived = Json::array();
    for (const u32 msr : profile.derived_msrs) derived.push_back(hex(msr));
    document["derived"] = std::move(derived);
    document["physical_address_bits"] = profile.physical_address_bits;
    document["linear_address_bits"] = profile.linear_address_bits;
    return document.dump(2) + "\n";
}

}  // namespace vmxsim::report
