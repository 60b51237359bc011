// SPDX-License-Identifier: MIT
#include "vmx/entry/check_engine.hpp"

#include <algorithm>
#include <set>

#include <boost/test/unit_test.hpp>

using namespace vmxsim;
using namespace vmxsim::vmx;

BOOST_AUTO_TEST_SUITE(vm_entry_check_engine)

BOOST_AUTO_TEST_CASE(a_partial_vmcs_is_judged_only_on_what_it_shows) {
    PartialVmcs partial;
    partial.set(Field::guest_rflags, 0x2);
    const Capabilities cpu{CpuProfile{}};
    const auto check = *find_check("guest.rflags.if_for_external_interrupt");
    const auto verdict_of = [&](CheckIndex index) {
        for (const auto& finding : explain_partial(partial, cpu))
            if (finding.check == index) return finding.verdict;
        return PartialVerdict::holds;
    };
    BOOST_TEST((verdict_of(check) == PartialVerdict::unknown));
    partial.set(Field::vm_entry_interruption_information, 0x800000D1);
    BOOST_TEST((verdict_of(check) == PartialVerdict::fails));
    partial.set(Field::vm_entry_interruption_information, 0x000000D1);
    BOOST_TEST((verdict_of(check) == PartialVerdict::holds));
}

BOOST_AUTO_TEST_CASE(a_missing_field_makes_a_broken_rule_conditional) {
    // TPR threshold 10H breaks its rule, which applies if "use TPR shadow" is 1: the primary controls are not shown.
    PartialVmcs partial;
    partial.set(Field::tpr_threshold, 0x10);
    const auto findings = explain_partial(partial, Capabilities{CpuProfile{}});
    const auto check = *find_check("exec.tpr_threshold.reserved");
    const auto found =
        std::find_if(findings.begin(), findings.end(), [&](const auto& finding) { return finding.check == check; });
    BOOST_REQUIRE(found != findings.end());
    BOOST_TEST((found->verdict == PartialVerdict::fails_if || found->verdict == PartialVerdict::unknown));
    BOOST_TEST(found->missing_fields[static_cast<size_t>(Field::primary_processor_based_controls)]);
}

BOOST_AUTO_TEST_CASE(memory_that_is_not_shown_is_named) {
    PartialVmcs partial;
    partial.known.set();
    partial.set(Field::primary_processor_based_controls, bit(21));
    partial.set(Field::virtual_apic_address, 0x10000);
    partial.set(Field::tpr_threshold, 5);
    const auto check = *find_check("exec.tpr_threshold.not_above_vtpr");
    const auto finding_of = [&] {
        const auto findings = explain_partial(partial, Capabilities{CpuProfile{}});
        const auto found =
            std::find_if(findings.begin(), findings.end(), [&](const auto& finding) { return finding.check == check; });
        return found == findings.end() ? PartialFinding{} : *found;
    };
    BOOST_TEST((finding_of().verdict == PartialVerdict::unknown));
    BOOST_TEST(finding_of().missing_memory.contains(0x10080));
    partial.known_pages.insert(0x10);
    BOOST_TEST((finding_of().verdict == PartialVerdict::fails));
    BOOST_TEST(finding_of().fix.value == 0);
}

BOOST_AUTO_TEST_CASE(controls_are_reported_before_host_state_and_host_state_before_guest_state) {
    const auto stage = [](const Failure& failure) {
        return failure == kInvalidControls ? 0 : failure == kInvalidHostState ? 1 : 2;
    };
    const auto checks = all_checks();
    for (size_t i = 1; i < checks.size(); ++i) BOOST_TEST(stage(checks[i - 1].failure) <= stage(checks[i].failure), checks[i].id);
}

BOOST_AUTO_TEST_CASE(every_row_says_what_it_is) {
    std::set<std::string_view> rules;
    for (const CheckInfo& check : all_checks()) {
        BOOST_TEST(std::count(check.id.begin(), check.id.end(), '.') == 2, check.id << " is not area.field.rule");
        BOOST_TEST(check.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string_view::npos, check.id);
        BOOST_TEST((check.sdm.starts_with("26.2.") || check.sdm.starts_with("26.3.")),
                   check.id << " names section " << check.sdm);
        BOOST_TEST(check.fields.size() > 0, check.id << " names no field");
        BOOST_TEST(rules.insert(check.rule).second, check.id << " says what another rule says");
        BOOST_TEST((check.rule.ends_with('.') || check.rule.ends_with(".)")), check.id << ": " << check.rule);
    }
}

BOOST_AUTO_TEST_SUITE_END()
