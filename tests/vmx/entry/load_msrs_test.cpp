// SPDX-License-Identifier: MIT
#include "vmx/entry/load_msrs.hpp"

#include <boost/test/unit_test.hpp>

#include "vmx/entry/enter.hpp"
#include "vmx/entry/golden_variants.hpp"

using namespace vmxsim;
using namespace vmxsim::vmx;

namespace {

// An entry that breaks exactly this rule.
struct Witness {
    std::string_view rule;
    MsrListEntry entry;
    void (*processor)(Capabilities&) = nullptr;
};

constexpr u64 kNotCanonical = bit(63);
void without_architectural_lbr(Capabilities& cpu) {
    cpu.lbr_ctl_bits = 0;
    cpu.linear_address_bits = 48;
    cpu.rtm = false;
}

const Witness kWitnesses[] = {
    {"msr_load.fs_base", {0xC0000100, 0, 0}},
    {"msr_load.gs_base", {0xC0000101, 0, 0}},
    {"msr_load.x2apic", {0x808, 0, 0}},
    {"msr_load.smm_only", {0x9B, 0, 0}},
    {"msr_load.microcode_update", {0x79, 0, 0}},
    {"msr_load.reserved", {0x277, 1, 0x0007040600070406}},
    {"msr_load.exists", {0x12345678, 0, 0}},
    {"msr_load.read_only", {0x480, 0, 0}},
    {"msr_load.locked", {0x3A, 0, 5}},
    {"msr_load.canonical", {0xC0000082, 0, kNotCanonical}},
    // The value that a real machine refused: the address is sign-extended up to bit 60 only.
    {"msr_load.branch_from", {0x1DD, 0, 0x1FFFF80676F52BE5}, without_architectural_lbr},
    {"msr_load.upper_half", {0xC0000103, 0, bit(32)}},
    {"msr_load.ia32_efer.reserved", {0xC0000080, 0, 0x502}},
    {"msr_load.ia32_efer.lme", {0xC0000080, 0, 0x400}},
    {"msr_load.ia32_pat.memory_types", {0x277, 0, 0x0207040600070406}},
    {"msr_load.mtrr_fixed.memory_types", {0x250, 0, 0x0606060606060607}},
    {"msr_load.mtrr_variable.reserved", {0x201, 0, bit(46) | 0x800}},
    {"msr_load.ia32_mtrr_def_type.reserved", {0x2FF, 0, 0x1C06}},
    {"msr_load.ia32_apic_base.reserved", {0x1B, 0, 0xFEE00400}},
    {"msr_load.ia32_debugctl.reserved", {0x1D9, 0, bit(4)}},
    {"msr_load.ia32_perf_global_ctrl.reserved", {0x38F, 0, bit(31)}},
    {"msr_load.ia32_spec_ctrl.reserved", {0x48, 0, bit(63)}},
    {"msr_load.command.reserved", {0x49, 0, 2}},
    {"msr_load.ia32_tsx_ctrl.reserved", {0x122, 0, 4}},
    {"msr_load.ia32_umwait_control.reserved", {0xE1, 0, 2}},
    {"msr_load.ia32_rtit_ctl.reserved", {0x570, 0, bit(18)}},
    {"msr_load.ia32_lbr_ctl.reserved", {0x14CE, 0, bit(4)}},
    {"msr_load.ia32_bndcfgs.reserved", {0xD90, 0, 4}},
    {"msr_load.cet.reserved", {0x6A2, 0, bit(6)}},
    {"msr_load.cet.suppress_and_tracker", {0x6A0, 0, 0xC00}},
    {"msr_load.shadow_stack.aligned", {0x6A4, 0, 2}},
    {"msr_load.ia32_fred_config.reserved", {0x1D4, 0, 4}},
    {"msr_load.fred_stack.aligned", {0x1CD, 0, 0x20}},
    {"msr_load.fred_shadow_stack.aligned", {0x1D1, 0, 4}},
};

std::string_view id(MsrRuleIndex rule) { return msr_load_rules()[rule].id; }

constexpr MsrList kList{0x40000, 3};

void write_list(PhysicalMemory& memory, std::initializer_list<MsrListEntry> entries) {
    u64 address = kList.address;
    for (const MsrListEntry& entry : entries) {
        memory.write<u32>(address, entry.msr);
        memory.write<u32>(address + 4, entry.reserved);
        memory.write<u64>(address + 8, entry.value);
        address += 16;
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(vm_entry_msr_loading)

BOOST_AUTO_TEST_CASE(every_rule_has_a_witness_that_breaks_it_alone) {
    for (const CheckInfo& rule : msr_load_rules()) {
        const auto* witness = std::find_if(std::begin(kWitnesses), std::end(kWitnesses),
                                           [&](const Witness& candidate) { return candidate.rule == rule.id; });
        BOOST_REQUIRE_MESSAGE(witness != std::end(kWitnesses), rule.id << " has no witness");
        Capabilities cpu(tests::everything_allowed());
        if (witness->processor) witness->processor(cpu);
        const MsrLoadConditions conditions{cpu};
        const auto broken = broken_rules(witness->entry, conditions);
        BOOST_REQUIRE_MESSAGE(broken.size() == 1, rule.id << ": " << broken.size() << " rules are broken");
        BOOST_TEST(id(broken[0]) == rule.id);
        BOOST_TEST(id(*first_broken_rule(witness->entry, conditions)) == rule.id);
        BOOST_TEST((rule.failure == kMsrLoadingFailed));
    }
    BOOST_TEST(msr_load_rules().size() == std::size(kWitnesses));
}

BOOST_AUTO_TEST_CASE(good_entries_break_no_rule) {
    const Capabilities cpu(tests::everything_allowed());
    const MsrLoadConditions conditions{cpu};
    const MsrListEntry kGood[] = {{0x10, 0, ~u64{0}},
                                  {0x1D9, 0, 1},
                                  {0x8B, 0, 0},
                                  {0x38F, 0, 0xF},
                                  {0x17A, 0, 0},
                                  {0x400, 0, ~u64{0}},
                                  {0x277, 0, 0},
                                  {0x174, 0, 0x10},
                                  {0xC0000080, 0, 0xD01},
                                  {0xC0000103, 0, 7},
                                  {0xC0000081, 0, ~u64{0}},
                                  {0x6A7, 0, 0x1000},
                                  {0x200, 0, 6},
                                  {0x201, 0, 0x3FFFFFFFF800},
                                  {0x1B, 0, 0xFEE00D00},
                                  {0xC0000084, 0, 0x47700},
                                  {0x2FF, 0, 0xC06}};
    for (const MsrListEntry& entry : kGood) {
        const auto broken = first_broken_rule(entry, conditions);
        BOOST_TEST(!broken.has_value(), "MSR " << std::hex << entry.msr << ": " << (broken ? id(*broken) : ""));
    }
}

BOOST_AUTO_TEST_CASE(a_branch_source_needs_two_more_sign_bits_without_rtm) {
    Capabilities cpu(tests::everything_allowed());
    without_architectural_lbr(cpu);
    const MsrLoadConditions conditions{cpu};
    const MsrListEntry refused{0x1DD, 0, 0x1FFFF80676F52BE5}, extended{0x1DD, 0, 0x7FFFF80676F52BE5},
        mispredicted{0x680, 0, 0xFFFFF80676F52BE5};
    BOOST_TEST(id(*first_broken_rule(refused, conditions)) == "msr_load.branch_from");
    BOOST_TEST(!first_broken_rule(extended, conditions).has_value());
    BOOST_TEST(!first_broken_rule(mispredicted, conditions).has_value());
    cpu.rtm = true;
    BOOST_TEST(!first_broken_rule(refused, conditions).has_value());
}

BOOST_AUTO_TEST_CASE(efer_lme_may_change_without_paging) {
    const Capabilities cpu(tests::everything_allowed());
    MsrLoadConditions conditions{cpu};
    conditions.paging = false;
    BOOST_TEST(!first_broken_rule({0xC0000080, 0, 0}, conditions).has_value());
}

BOOST_AUTO_TEST_CASE(the_first_entry_has_number_1) {
    const Capabilities cpu(tests::everything_allowed());
    PhysicalMemory memory;
    write_list(memory, {{0xC0000081, 0, 1}, {0xC0000100, 0, 0}, {0x808, 1, 0}});
    const auto first = first_msr_load_failure(kList, memory, {cpu});
    BOOST_REQUIRE(first.has_value());
    BOOST_TEST(first->index == 2u);
    BOOST_TEST(first->entry.msr == 0xC0000100);
    const auto all = all_msr_load_failures(kList, memory, {cpu});
    BOOST_REQUIRE(all.size() == 3u);
    BOOST_TEST(all[1].index == 3u);
    BOOST_TEST(id(all[1].rule) == "msr_load.x2apic");
    BOOST_TEST(id(all[2].rule) == "msr_load.reserved");
}

BOOST_AUTO_TEST_CASE(a_dump_without_the_list_says_which_page_is_missing) {
    const Capabilities cpu(tests::everything_allowed());
    PartialVmcs partial;
    write_list(partial.memory, {{0xC0000081, 0, 1}, {0x277, 0, 2}, {0x10, 0, 0}});
    const auto unknown = explain_msr_load(kList, partial, {cpu});
    BOOST_TEST(unknown.failures.empty());
    BOOST_TEST((unknown.missing_memory == std::set<u64>{kList.address}));
    partial.known_pages.insert(kList.address / PhysicalMemory::kPageSize);
    const auto known = explain_msr_load(kList, partial, {cpu});
    BOOST_TEST(known.missing_memory.empty());
    BOOST_REQUIRE(known.failures.size() == 1u);
    BOOST_TEST(known.failures[0].index == 2u);
}

BOOST_AUTO_TEST_CASE(conditions_come_from_the_guest_that_is_entered) {
    const auto scene = tests::make_scene(tests::Variant::protected_32);
    const auto conditions = vm_entry_msr_load_conditions(scene.inputs());
    BOOST_TEST(conditions.paging);
    BOOST_TEST(!conditions.lme);
    const auto real_mode = tests::make_scene(tests::Variant::real_mode);
    BOOST_TEST(!vm_entry_msr_load_conditions(real_mode.inputs()).paging);
}

BOOST_AUTO_TEST_CASE(an_entry_loads_the_list) {
    auto scene = tests::make_scene(tests::Variant::long_mode);
    write_list(scene.memory, {{0xC0000081, 0, 0x1234}, {0xC0000080, 0, 0x901}, {0x140, 0, 1}});
    scene.vmcs.set(Field::vm_entry_msr_load_address, kList.address);
    scene.vmcs.set(Field::vm_entry_msr_load_count, kList.count);
    Processor cpu{{}, {}, scene.memory, scene.cpu};
    cpu.state.msrs.efer = 0x500;
    cpu.vmx.current = scene.vmcs;
    cpu.vmx.current_vmcs_pointer = scene.processor.current_vmcs;
    BOOST_TEST((enter(cpu).kind == OutcomeKind::entered));
    BOOST_TEST(cpu.state.msrs.star == 0x1234u);
    BOOST_TEST(cpu.state.msrs.efer == 0xD01u);  // LMA stays
    BOOST_TEST(cpu.state.msrs.others.at(0x140) == 1u);
}

BOOST_AUTO_TEST_CASE(an_entry_fails_with_reason_34_and_the_number_of_the_entry) {
    auto scene = tests::make_scene(tests::Variant::long_mode);
    write_list(scene.memory, {{0xC0000081, 0, 0x1234}, {0xC0000082, 0, kNotCanonical}, {0xC0000084, 0, 1}});
    scene.vmcs.set(Field::vm_entry_msr_load_address, kList.address);
    scene.vmcs.set(Field::vm_entry_msr_load_count, kList.count);
    Processor cpu{{}, {}, scene.memory, scene.cpu};
    cpu.state.msrs.efer = 0x500;
    cpu.vmx.current = scene.vmcs;
    cpu.vmx.current_vmcs_pointer = scene.processor.current_vmcs;
    const Outcome outcome = enter(cpu);
    BOOST_TEST((outcome.kind == OutcomeKind::entry_failure));
    BOOST_TEST(outcome.reason == 0x80000022u);
    BOOST_TEST(outcome.qualification == 2u);
    BOOST_TEST(cpu.vmx.current[Field::exit_reason] == 0x80000022u);
    BOOST_TEST(cpu.state.msrs.star == 0x1234u);
    BOOST_TEST(cpu.state.msrs.fmask == 0u);
}

BOOST_AUTO_TEST_CASE(a_failed_entry_loads_the_exit_list_or_aborts) {
    auto scene = tests::make_scene(tests::Variant::long_mode);
    scene.vmcs.set(Field::guest_rflags, 0);
    scene.vmcs.set(Field::vm_exit_msr_load_address, kList.address);
    scene.vmcs.set(Field::vm_exit_msr_load_count, kList.count);
    const auto entered = [&](u64 lstar) {
        write_list(scene.memory, {{0xC0000081, 0, 0x1234}, {0xC0000082, 0, lstar}, {0xC0000084, 0, 1}});
        Processor cpu{{}, {}, scene.memory, scene.cpu};
        cpu.state.msrs.efer = 0x500;
        cpu.vmx.current = scene.vmcs;
        cpu.vmx.current_vmcs_pointer = scene.processor.current_vmcs;
        const Outcome outcome = enter(cpu);
        BOOST_TEST(cpu.state.msrs.star == 0x1234u);
        return outcome;
    };
    BOOST_TEST(entered(0x5678).reason == 0x80000021u);
    const Outcome aborted = entered(kNotCanonical);
    BOOST_TEST((aborted.kind == OutcomeKind::vmx_abort));
    BOOST_TEST(aborted.abort_indicator == 4u);
}

BOOST_AUTO_TEST_SUITE_END()
