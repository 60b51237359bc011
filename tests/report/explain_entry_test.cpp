// SPDX-License-Identifier: MIT
#include "report/explain_entry.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "report/classify_entry.hpp"
#include "report/hints.hpp"
#include "vmcs/golden.hpp"
#include "vmcs/profiles.hpp"

using namespace vmxsim;
using namespace vmxsim::report;
using import::DumpedVmcs;

namespace {

struct Everything {
    RuleMentions mentions;
    std::vector<JudgedCpu> all;

    Everything() {
        for (const CpuProfile& profile : all_profiles()) all.push_back({profile.name, Capabilities(profile)});
    }
    EntryExplanation explain(const DumpedVmcs& dump) const { return explain_entry(dump, {mentions, all}); }
    const JudgedCpu& cpu(std::string_view name) const {
        return *std::find_if(all.begin(), all.end(), [&](const JudgedCpu& cpu) { return cpu.name == name; });
    }
    EntryExplanation explain(const DumpedVmcs& dump, std::string_view name) const {
        return explain_entry(dump, {mentions, all, &cpu(name)});
    }
    DumpedVmcs golden(std::string_view name) const {
        DumpedVmcs dump;
        dump.vmcs.vmcs = golden_vmcs(cpu(name).capabilities);
        dump.vmcs.known.set();
        return dump;
    }
};

const Violation* find(const EntryExplanation& explanation, std::string_view check) {
    for (const Violation& violation : explanation.violations)
        if (violation.check == check) return &violation;
    return nullptr;
}

DumpedVmcs with_reason(u32 reason, std::optional<u64> qualification = {}) {
    DumpedVmcs dump;
    dump.exit_reason = reason;
    dump.qualification = qualification;
    return dump;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

constexpr char kSkylake[] = "skylake-i7-6700k";

}  // namespace

BOOST_AUTO_TEST_SUITE(entry_class)

BOOST_AUTO_TEST_CASE(bit_31_of_the_exit_reason_is_a_failed_entry) {
    const auto c = classify_entry(with_reason(0x80000021, 0));
    BOOST_TEST((c.entry_class == EntryClass::entry_failure));
    BOOST_TEST(c.outcome.reason == 0x80000021);
    BOOST_TEST(has(c.message, "invalid guest state"));
}

BOOST_AUTO_TEST_CASE(the_basic_reasons_33_34_and_41_are_failed_entries_even_without_bit_31) {
    for (const u32 basic : {33U, 34U, 41U}) {
        const auto c = classify_entry(with_reason(basic));
        BOOST_TEST((c.entry_class == EntryClass::entry_failure));
        BOOST_TEST(c.outcome.reason == (0x80000000U | basic));
    }
}

BOOST_AUTO_TEST_CASE(qualifications_of_invalid_guest_state_are_decoded) {
    BOOST_TEST(has(classify_entry(with_reason(0x80000021, 2)).message, "PDPTE"));
    BOOST_TEST(has(classify_entry(with_reason(0x80000021, 3)).message, "NMI"));
    BOOST_TEST(has(classify_entry(with_reason(0x80000021, 4)).message, "link pointer"));
}

BOOST_AUTO_TEST_CASE(any_other_reason_is_an_ordinary_exit) {
    const auto c = classify_entry(with_reason(0x30, 0x184));
    BOOST_TEST((c.entry_class == EntryClass::ordinary_exit));
    BOOST_TEST((c.outcome.kind == vmx::OutcomeKind::entered));
    BOOST_TEST(has(c.message, "Nothing failed"));
    BOOST_TEST(has(c.message, "EPT violation"));
    BOOST_TEST(has(c.message, "instruction fetch"));
}

BOOST_AUTO_TEST_CASE(a_vm_instruction_error_of_an_entry_makes_the_exit_fields_stale) {
    DumpedVmcs dump = with_reason(0x30);
    dump.vm_instruction_error = 7;
    const auto c = classify_entry(dump);
    BOOST_TEST((c.entry_class == EntryClass::vmfail_valid));
    BOOST_TEST(c.outcome.error == 7U);
    BOOST_TEST(has(c.message, "stale"));
}

BOOST_AUTO_TEST_CASE(an_error_that_vmread_left_behind_says_nothing_of_the_entry) {
    DumpedVmcs dump = with_reason(0x30);
    dump.vm_instruction_error = 12;
    BOOST_TEST((classify_entry(dump).entry_class == EntryClass::ordinary_exit));
}

BOOST_AUTO_TEST_CASE(the_hypervisors_number_is_an_exit_reason_an_error_or_an_artefact) {
    const auto number = [](u64 value, std::optional<u32> reason = {}) {
        DumpedVmcs dump;
        dump.hypervisor_number = value;
        dump.exit_reason = reason;
        return classify_entry(dump);
    };
    BOOST_TEST((number(0x80000021).entry_class == EntryClass::entry_failure));
    BOOST_TEST((number(0x7).entry_class == EntryClass::vmfail_valid));
    BOOST_TEST(number(0x7).outcome.error == 7U);
    BOOST_TEST((number(0xffffffff).entry_class == EntryClass::vmfail_invalid));
    BOOST_TEST(has(number(0xffffffff).notes.at(0), "enlightened VMCS"));
    BOOST_TEST((number(0).entry_class == EntryClass::unknown));
    BOOST_TEST(has(number(0).notes.at(0), "2020"));
    BOOST_TEST((number(0, 0x30).entry_class == EntryClass::ordinary_exit));
    BOOST_TEST((number(0, 0x80000021).entry_class == EntryClass::entry_failure));
    BOOST_TEST((number(0x1234).entry_class == EntryClass::unknown));
}

BOOST_AUTO_TEST_CASE(reason_0_without_an_exception_is_a_vmcs_that_never_exited) {
    DumpedVmcs dump = with_reason(0);
    dump.vmcs.set(Field::vm_exit_interruption_information, 0);
    BOOST_TEST((classify_entry(dump).entry_class == EntryClass::unknown));
    dump.vmcs.set(Field::vm_exit_interruption_information, 0x80000b0e);
    BOOST_TEST((classify_entry(dump).entry_class == EntryClass::ordinary_exit));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(explaining_an_entry, Everything)

BOOST_AUTO_TEST_CASE(the_cause_is_first_with_its_values_in_words_and_its_fix) {
    DumpedVmcs dump = golden(kSkylake);
    dump.exit_reason = 0x80000021;
    dump.vmcs.set(Field::vm_entry_interruption_information, 0x800000d1);
    const auto e = explain(dump);
    BOOST_REQUIRE(!e.violations.empty());
    const Violation& first = e.violations.front();
    BOOST_TEST(first.check == "guest.rflags.if_for_external_interrupt");
    BOOST_TEST(first.certain);
    BOOST_TEST(first.why ==
               "GUEST_RFLAGS is 0x2: IF (bit 9) is 0; VM_ENTRY_INTR_INFO_FIELD is 0x800000d1: external interrupt, vector 0xd1");
    BOOST_TEST(first.fix == "set bit 9 of GUEST_RFLAGS (0x2 -> 0x202)");
    BOOST_TEST(e.failed());
}

BOOST_AUTO_TEST_CASE(all_failing_checks_are_listed) {
    DumpedVmcs dump = golden(kSkylake);
    dump.exit_reason = 0x80000021;
    dump.vmcs.set(Field::vm_entry_interruption_information, 0x800000d1);
    dump.vmcs.set(Field::guest_cr3, u64{1} << 63);
    dump.vmcs.set(Field::guest_ds_access_rights, 0xC092);
    BOOST_TEST(explain(dump).violations.size() == 3);
}

BOOST_AUTO_TEST_CASE(an_ordinary_exit_has_no_violations_whatever_the_processor_was) {
    DumpedVmcs dump = golden(kSkylake);
    dump.exit_reason = 0x0c;
    dump.vmcs.set(Field::guest_cr4, 0x2020 | bit(14) | bit(12));
    const auto e = explain(dump);
    BOOST_TEST(e.violations.empty());
    BOOST_TEST(!e.failed());
}

BOOST_AUTO_TEST_CASE(a_check_that_fails_on_some_plausible_processors_names_them) {
    DumpedVmcs dump = golden(kSkylake);
    dump.exit_reason = 0x80000021;
    dump.vmcs.set(Field::guest_cr4, 0x2020 | bit(14));
    dump.vmcs.known.reset(static_cast<size_t>(Field::guest_pending_debug_exceptions));  // another possible cause
    const auto e = explain(dump);
    const Violation* smxe = find(e, "guest.cr4.fixed_to_0");
    BOOST_REQUIRE(smxe != nullptr);
    BOOST_TEST(!smxe->certain);
    BOOST_TEST(!smxe->fails_on.empty());
    BOOST_TEST(smxe->fails_on.size() < e.plausible.size());
    BOOST_TEST(has(smxe->why, "SMXE (bit 14) is 1"));
}

BOOST_AUTO_TEST_CASE(a_check_that_alone_can_explain_the_failure_is_certain) {
    DumpedVmcs dump = golden(kSkylake);
    dump.exit_reason = 0x80000021;
    dump.vmcs.set(Field::guest_cr4, 0x2020 | bit(14));
    const auto e = explain(dump);
    BOOST_REQUIRE(e.violations.size() == 1);
    BOOST_TEST(e.violations[0].certain);
    for (const std::string& name : e.plausible) BOOST_TEST(!is_set(cpu(name).capabilities.cr4_fixed1, 14), name);
}

BOOST_AUTO_TEST_CASE(processors_that_would_have_refused_the_controls_are_not_plausible) {
    DumpedVmcs dump = golden(kSkylake);
    dump.exit_reason = 0x80000021;
    dump.vmcs.set(Field::vmcs_link_pointer, 0x123);
    dump.vmcs.set(Field::secondary_processor_based_controls, bit(11));  // RDRAND exiting
    dump.vmcs.set(Field::primary_processor_based_controls, dump.vmcs.vmcs[Field::primary_processor_based_controls] | bit(31));
    const auto e = explain(dump);
    BOOST_TEST(e.plausible.size() < all.size());
    BOOST_TEST(std::count(e.plausible.begin(), e.plausible.end(), kSkylake) == 1);
    for (const std::string& name : e.plausible)
        BOOST_TEST(cpu(name).capabilities.allows(spec::Control::secondary_rdrand_exiting), name);
}

BOOST_AUTO_TEST_CASE(a_rule_whose_condition_is_not_shown_is_listed_as_not_certain) {
    DumpedVmcs dump = with_reason(0x80000021, 0);
    dump.vmcs.set(Field::guest_dr7, 0x4000000000000001);
    const auto e = explain(dump);
    const Violation* dr7 = find(e, "guest.dr7.upper_half");
    BOOST_REQUIRE(dr7 != nullptr);
    BOOST_TEST(!dr7->certain);
    BOOST_TEST((dr7->depends_on == std::vector{Field::vm_entry_controls}));
    BOOST_TEST(dr7->fix == "clear bit 62 of GUEST_DR7 (0x4000000000000001 -> 0x1)");
}

BOOST_AUTO_TEST_CASE(a_rule_of_a_rare_mode_that_nothing_points_to_is_not_listed) {
    DumpedVmcs dump = with_reason(0x80000021, 0);
    dump.vmcs.set(Field::guest_cs_selector, 0x10);  // in virtual-8086 mode, the base would have to be 100H
    dump.vmcs.set(Field::guest_cs_base, 0);
    dump.vmcs.set(Field::guest_cs_limit, 0xFFFFFFFF);
    const auto e = explain(dump);
    BOOST_TEST(std::none_of(e.violations.begin(), e.violations.end(),
                            [](const Violation& v) { return has(std::string(v.check), "cs_"); }));
}

BOOST_AUTO_TEST_CASE(a_qualification_that_one_check_has_names_it_though_no_field_is_shown) {
    const auto e = explain(with_reason(0x80000021, 3));
    BOOST_REQUIRE(e.violations.size() == 1);
    BOOST_TEST(e.violations[0].check == "guest.interruptibility_state.sti_with_nmi");
    BOOST_TEST(e.violations[0].certain);
    BOOST_TEST(has(e.violations[0].why, "qualification 3"));
}

BOOST_AUTO_TEST_CASE(a_refused_msr_is_named_with_what_is_wrong_with_its_value) {
    DumpedVmcs dump = with_reason(0x80000022, 2);
    dump.failing_msr = std::pair(0x1ddU, u64{0x1ffff80676f52be5});
    const auto e = explain(dump);
    BOOST_REQUIRE(e.violations.size() == 1);
    BOOST_TEST(e.violations[0].sdm == "26.4");
    BOOST_TEST(has(e.violations[0].why, "entry 2"));
    BOOST_TEST(has(e.violations[0].why, "MSR_LER_FROM_LIP"));
    BOOST_TEST(e.violations[0].check == "msr_load.branch_from");
    BOOST_TEST(has(e.violations[0].fix, "0xfffff80676f52be5"));
    BOOST_TEST(has(e.message, "entry 2 of the VM-entry MSR-load area"));
}

BOOST_AUTO_TEST_CASE(without_a_certain_violation_likely_causes_are_given) {
    DumpedVmcs dump = with_reason(33);
    dump.vmcs.set(Field::vm_entry_controls, 0x93ff);
    dump.vmcs.set(Field::guest_rip, 0x9e019);
    const auto e = explain(dump);
    BOOST_REQUIRE(!e.hints.empty());
    BOOST_TEST(e.hints.front().check == "guest.cr0.pg_for_ia32e_mode");
    BOOST_TEST(has(e.hints.front().text, "trampoline"));
}

BOOST_AUTO_TEST_CASE(for_error_7_without_controls_the_answer_is_what_to_collect) {
    DumpedVmcs dump;
    dump.hypervisor_number = 7;
    dump.registers_only = true;
    const auto e = explain(dump);
    BOOST_TEST(e.violations.empty());
    BOOST_REQUIRE(e.hints.size() == 2);
    BOOST_TEST(has(e.hints[0].text, "capability MSRs"));
    BOOST_TEST(has(e.hints[1].text, "dump_invalid_vmcs=1"));
}

BOOST_AUTO_TEST_CASE(a_named_processor_that_contradicts_the_dump_is_told_of) {
    DumpedVmcs dump = golden(kSkylake);
    dump.exit_reason = 0x0c;
    dump.vmcs.set(Field::secondary_processor_based_controls, bit(11));
    dump.vmcs.set(Field::primary_processor_based_controls, dump.vmcs.vmcs[Field::primary_processor_based_controls] | bit(31));
    const auto e = explain(dump, find_profile("conroe")->name);
    BOOST_TEST(find(e, "exec.secondary.may_be_1") != nullptr);
    BOOST_REQUIRE(!e.notes.empty());
    BOOST_TEST(has(e.notes.front(), "another processor"));
}

BOOST_AUTO_TEST_CASE(a_host_bit_that_some_processors_forbid_can_explain_error_8) {
    DumpedVmcs dump;
    dump.vm_instruction_error = 8;
    dump.vmcs.set(Field::host_cr4, 0x2020 | bit(16));  // FSGSBASE
    const auto e = explain(dump);
    const Violation* cr4 = find(e, "host.cr4.may_be_1");
    BOOST_REQUIRE(cr4 != nullptr);
    BOOST_TEST(!cr4->certain);
    BOOST_TEST(std::any_of(cr4->fails_on.begin(), cr4->fails_on.end(),
                           [](const std::string& name) { return has(name, "sandybridge"); }));
}

BOOST_AUTO_TEST_CASE(every_hint_is_about_a_check_that_exists) {
    for (const HintRow& row : hint_rows())
        if (!row.check.empty()) BOOST_TEST(vmx::find_check(row.check).has_value(), row.check);
}

BOOST_AUTO_TEST_SUITE_END()
