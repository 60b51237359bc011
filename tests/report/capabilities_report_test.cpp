// SPDX-License-Identifier: MIT
#include "report/capabilities_report.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "spec/msrs.hpp"
#include "vmcs/profiles.hpp"

using namespace vmxsim;
using namespace vmxsim::report;
using spec::Control;

namespace {

// IA32_VMX_PROCBASED_CTLS and its TRUE form with bit 15 in the given halves.
VmxMsrs primary_bit_15(bool must, bool may, bool true_must, bool true_may) {
    VmxMsrs msrs;
    msrs.set(0x482, u64{must} << 15 | u64{may} << 47);
    msrs.set(0x48E, u64{true_must} << 15 | u64{true_may} << 47);
    return msrs;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(capabilities_report)

BOOST_AUTO_TEST_CASE(the_four_halves_give_vmxcap_s_five_words) {
    const auto setting = [](bool must, bool may, bool true_must, bool true_may) {
        return to_string(setting_of(primary_bit_15(must, may, true_must, true_may), Control::primary_cr3_load_exiting));
    };
    BOOST_TEST(setting(false, false, false, false) == "no");
    BOOST_TEST(setting(false, true, false, true) == "yes");
    BOOST_TEST(setting(true, true, true, true) == "forced");
    BOOST_TEST(setting(true, true, false, true) == "default");
    BOOST_TEST(setting(true, true, false, false) == "forced");
    BOOST_TEST(setting(true, false, true, true) == "?");
    BOOST_TEST(setting(true, false, false, true) == "?");
}

BOOST_AUTO_TEST_CASE(an_absent_true_msr_frees_nothing) {
    VmxMsrs msrs;
    msrs.set(0x482, u64{1} << 15 | u64{1} << 47);
    BOOST_TEST(to_string(setting_of(msrs, Control::primary_cr3_load_exiting)) == "forced");
}

BOOST_AUTO_TEST_CASE(words_of_64_bits_are_not_halved) {
    VmxMsrs msrs;
    msrs.set(0x492, 0x2);
    BOOST_TEST(to_string(setting_of(msrs, Control::tertiary_enable_hlat)) == "yes");
    BOOST_TEST(to_string(setting_of(msrs, Control::tertiary_loadiwkey_exiting)) == "no");
}

BOOST_AUTO_TEST_CASE(json_holds_every_control_and_every_field_of_the_msrs_that_exist) {
    for (const CpuProfile& cpu : all_profiles()) {
        BOOST_TEST_CONTEXT(cpu.name) {
            const auto document = nlohmann::json::parse(capabilities_json(cpu));
            BOOST_TEST(document["cpu"] == cpu.name);
            BOOST_TEST(document["controls"].size() == spec::kControlCount);
            for (const auto& [number, value] : document["msrs"].items())
                BOOST_TEST(cpu.msrs.get(static_cast<u32>(std::stoul(number, nullptr, 16))).has_value());
            for (const auto& field : document["fields"]) BOOST_TEST(document["msrs"].contains(field["msr"].get<std::string>()));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_text_shows_every_control_and_every_field_of_basic_misc_and_ept_vpid_cap) {
    const std::string text = describe_capabilities(default_profile());
    for (const spec::ControlInfo& control : spec::kControls) {
        const std::string_view name = control.vmxcap_name.empty() ? control.name : control.vmxcap_name;
        BOOST_CHECK_MESSAGE(text.find(name) != std::string::npos, name);
    }
    for (const spec::VmxMsr msr :
         {spec::VmxMsr::basic, spec::VmxMsr::misc, spec::VmxMsr::ept_vpid_cap, spec::VmxMsr::feature_control})
        for (const spec::VmxMsrFieldInfo& field : spec::fields_of(msr))
            BOOST_CHECK_MESSAGE(text.find(field.name) != std::string::npos, field.name);
}

BOOST_AUTO_TEST_SUITE_END()
