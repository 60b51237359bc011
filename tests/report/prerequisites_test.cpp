// SPDX-License-Identifier: MIT
#include "report/prerequisites_report.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "vmcs/profiles.hpp"

using namespace vmxsim;
using namespace vmxsim::report;

namespace {

const CpuProfile& skylake() { return *find_profile("skylake"); }

Verdict verdict_of(const VmxonSituation& situation, std::string_view id, const CpuProfile& cpu = skylake()) {
    for (const Prerequisite& entry : vmxon_prerequisites(cpu, situation))
        if (entry.id == id) return entry.verdict;
    BOOST_FAIL("no prerequisite " << id);
    return Verdict::unknown;
}

// A kernel that has not touched VMX, on firmware that enabled it.
VmxonSituation ready() {
    VmxonSituation situation;
    situation.cr0 = 0x80050033;
    situation.cr4 = 0x3506F8;
    return situation;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prerequisites)

BOOST_AUTO_TEST_CASE(a_ready_machine_has_nothing_against_it) {
    const auto list = vmxon_prerequisites(skylake(), ready());
    BOOST_TEST(!vmxon_would_fail(list));
    for (const Prerequisite& entry : list) BOOST_CHECK_MESSAGE(entry.verdict == Verdict::ok, entry.id);
}

BOOST_AUTO_TEST_CASE(what_is_not_given_is_unknown_and_does_not_fail) {
    const auto list = vmxon_prerequisites(skylake(), {});
    BOOST_TEST(!vmxon_would_fail(list));
    BOOST_CHECK(verdict_of({}, "cr0.fixed_to_1") == Verdict::unknown);
    BOOST_CHECK(verdict_of({}, "cr4.vmxe_clear") == Verdict::unknown);
}

BOOST_AUTO_TEST_CASE(cpuid_without_vmx_fails) {
    VmxonSituation situation = ready();
    situation.cpuid_1_ecx = 0x7FFAFBBF & ~u32{0x20};
    BOOST_CHECK(verdict_of(situation, "cpuid.vmx") == Verdict::not_ok);
}

BOOST_AUTO_TEST_CASE(feature_control_needs_its_lock_and_the_bit_of_the_mode) {
    VmxonSituation situation = ready();
    for (const auto& [value, lock, outside] :
         {std::tuple{5, Verdict::ok, Verdict::ok}, std::tuple{4, Verdict::not_ok, Verdict::ok},
          std::tuple{1, Verdict::ok, Verdict::not_ok}, std::tuple{3, Verdict::ok, Verdict::not_ok},
          std::tuple{0, Verdict::not_ok, Verdict::not_ok}}) {
        situation.feature_control = static_cast<u64>(value);
        BOOST_CHECK(verdict_of(situation, "feature_control.lock") == lock);
        BOOST_CHECK(verdict_of(situation, "feature_control.vmx_outside_smx") == outside);
    }
    situation.in_smx = true;
    situation.feature_control = 3;
    BOOST_CHECK(verdict_of(situation, "feature_control.vmx_in_smx") == Verdict::ok);
    situation.feature_control = 5;
    BOOST_CHECK(verdict_of(situation, "feature_control.vmx_in_smx") == Verdict::not_ok);
}

BOOST_AUTO_TEST_CASE(each_fixed_cr0_bit_that_is_missing_is_named) {
    VmxonSituation situation = ready();
    situation.cr0 = 0x80050033 & ~u64{0x20};
    const auto list = vmxon_prerequisites(skylake(), situation);
    const auto found =
        std::find_if(list.begin(), list.end(), [](const Prerequisite& entry) { return entry.id == "cr0.fixed_to_1"; });
    BOOST_CHECK(found->verdict == Verdict::not_ok);
    BOOST_TEST(found->to_do.find("set CR0.NE (bit 5)") != std::string::npos);
    BOOST_TEST(found->to_do.find("unrestricted guest") != std::string::npos);
    BOOST_TEST(vmxon_would_fail(list));
}

BOOST_AUTO_TEST_CASE(a_cr4_bit_that_the_processor_lacks_is_refused) {
    VmxonSituation situation = ready();
    situation.cr4 = 0x1'0000'0000;  // CR4.FRED
    BOOST_CHECK(verdict_of(situation, "cr4.fixed_to_0") == Verdict::not_ok);
    situation.cr4 = 0x10000;  // CR4.FSGSBASE, which Sandy Bridge lacks
    BOOST_CHECK(verdict_of(situation, "cr4.fixed_to_0", *find_profile("sandybridge")) == Verdict::not_ok);
    BOOST_CHECK(verdict_of(situation, "cr4.fixed_to_0") == Verdict::ok);
}

BOOST_AUTO_TEST_CASE(vmxe_that_is_already_set_means_that_somebody_may_be_there) {
    VmxonSituation situation = ready();
    situation.cr4 = 0x3526F8;
    BOOST_CHECK(verdict_of(situation, "cr4.vmxe_clear") == Verdict::unknown);
    BOOST_CHECK(verdict_of(situation, "cr4.fixed_to_1") == Verdict::ok);
}

BOOST_AUTO_TEST_SUITE_END()
