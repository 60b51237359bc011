// SPDX-License-Identifier: MIT
// What must be true of every VM-entry check, shown by the witnesses.
#include <boost/test/unit_test.hpp>

#include "vmcs/profiles.hpp"
#include "vmx/entry/witnesses/all.hpp"

using namespace vmxsim;
using namespace vmxsim::vmx;
using namespace vmxsim::vmx::tests;

namespace {

std::string ids(const std::vector<CheckIndex>& checks) {
    std::string text;
    for (const CheckIndex check : checks) text += (text.empty() ? "" : " ") + std::string(all_checks()[check].id);
    return text;
}

// A dump that shows everything: every field, and every page of memory that some check reads.
PartialVmcs show_everything(const Scene& scene) {
    PartialVmcs partial{scene.vmcs, FieldSet{}.set(), scene.memory, {}};
    size_t pages = 0;
    do {
        pages = partial.known_pages.size();
        for (const PartialFinding& finding : explain_partial(partial, scene.cpu, scene.processor))
            for (const u64 address : finding.missing_memory) partial.known_pages.insert(address / PhysicalMemory::kPageSize);
    } while (partial.known_pages.size() != pages);
    return partial;
}

// Reads a scene and remembers which fields it was asked for.
class Recorder {
public:
    explicit Recorder(const Scene& scene) : scene_(scene) {}

    u64 field(Field field) const {
        read.set(static_cast<size_t>(field));
        return scene_.vmcs[field];
    }
    u32 memory32(u64 address) const { return scene_.memory.read<u32>(address); }
    u64 memory64(u64 address) const { return scene_.memory.read<u64>(address); }

    mutable FieldSet read;

private:
    const Scene& scene_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(vm_entry_witnesses)

BOOST_AUTO_TEST_CASE(every_golden_variant_passes_every_check) {
    for (const Variant variant : kVariants) {
        const Scene scene = tests::make_scene(variant);
        BOOST_TEST(ids(all_failures(scene.inputs())) == "",
                   "variant " << static_cast<int>(variant) << ": " << ids(all_failures(scene.inputs())));
        BOOST_TEST(!first_failure(scene.inputs()).has_value());
    }
}

BOOST_AUTO_TEST_CASE(every_golden_variant_that_a_named_processor_allows_passes_on_it) {
    for (const CpuProfile& profile : all_profiles()) {
        const Capabilities cpu(profile);
        for (const Variant variant : kVariants) {
            if (!is_possible(variant, cpu)) continue;
            const Scene scene = tests::make_scene(variant, profile);
            const std::string failures = ids(all_failures(scene.inputs()));
            BOOST_TEST(failures == "", profile.name << ", variant " << static_cast<int>(variant) << ": " << failures);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_witness_fails_exactly_its_check) {
    for_each_witness([](const Witness& witness) {
        const Scene scene = tests::make_scene(witness);
        const std::string failures = ids(all_failures(scene.inputs()));
        BOOST_TEST(failures == witness.check);
        const auto first = first_failure(scene.inputs());
        BOOST_TEST((first && all_checks()[*first].id == witness.check), witness.check << " is not the first failure");
    });
}

BOOST_AUTO_TEST_CASE(every_fix_makes_the_entry_pass) {
    for_each_witness([](const Witness& witness) {
        Scene scene = tests::make_scene(witness);
        const Edit edit = fix(*find_check(witness.check), scene.inputs());
        if (edit.field == Field::none) return;
        BOOST_TEST((scene.vmcs[edit.field] != edit.value), witness.check << ": the fix changes nothing");
        scene.vmcs.set(edit.field, edit.value);
        BOOST_TEST(ids(all_failures(scene.inputs())) == "",
                   witness.check << ": after the fix: " << ids(all_failures(scene.inputs())));
    });
}

BOOST_AUTO_TEST_CASE(a_dump_that_shows_everything_is_judged_like_the_vmcs) {
    for_each_witness([](const Witness& witness) {
        const Scene scene = tests::make_scene(witness);
        const auto findings = explain_partial(show_everything(scene), scene.cpu, scene.processor);
        BOOST_REQUIRE_MESSAGE(findings.size() == 1, witness.check << ": " << findings.size() << " findings");
        BOOST_TEST(all_checks()[findings[0].check].id == witness.check);
        BOOST_TEST((findings[0].verdict == PartialVerdict::fails));
        const Edit expected = fix(findings[0].check, scene.inputs());
        BOOST_TEST((findings[0].fix.field == expected.field && findings[0].fix.value == expected.value));
    });
}

BOOST_AUTO_TEST_CASE(hiding_a_field_never_hides_the_failure) {
    for_each_witness([](const Witness& witness) {
        const Scene scene = tests::make_scene(witness);
        const PartialVmcs everything = show_everything(scene);
        for (const Field field : all_checks()[*find_check(witness.check)].fields) {
            PartialVmcs partial = everything;
            partial.known.reset(static_cast<size_t>(field));
            bool listed = false;
            for (const PartialFinding& finding : explain_partial(partial, scene.cpu, scene.processor))
                listed = listed || all_checks()[finding.check].id == witness.check;
            BOOST_TEST(listed, witness.check << " disappears without " << spec::info(field).name);
        }
    });
}

BOOST_AUTO_TEST_CASE(a_row_lists_the_fields_that_it_reads) {
    for_each_witness([](const Witness& witness) {
        const Scene scene = tests::make_scene(witness);
        const CheckIndex index = *find_check(witness.check);
        const FieldList& listed = all_checks()[index].fields;
        if (listed.size() == listed.fields.size()) return;  // a full list names the most telling ones
        const Recorder recorder(scene);
        const Context<Recorder> context(recorder, scene.cpu, scene.processor);
        const auto& row = kRows<Context<Recorder>>[index];
        BOOST_REQUIRE(row.applies(context));
        BOOST_REQUIRE(!row.holds(context));
        for (size_t i = 0; i < spec::kFieldCount; ++i)
            BOOST_TEST((!recorder.read[i] || std::find(listed.begin(), listed.end(), static_cast<Field>(i)) != listed.end()),
                       witness.check << " reads " << spec::kFields[i].name << " and does not list it");
    });
}

BOOST_AUTO_TEST_SUITE_END()
