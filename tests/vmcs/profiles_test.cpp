// SPDX-License-Identifier: MIT
#include "vmcs/profiles.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "base/bits.hpp"

using namespace vmxsim;

BOOST_AUTO_TEST_SUITE(profiles)

BOOST_AUTO_TEST_CASE(no_two_real_processors_have_the_same_msrs) {
    for (const CpuProfile& a : all_profiles())
        for (const CpuProfile& b : all_profiles())
            BOOST_CHECK_MESSAGE(&a == &b || !(a.msrs == b.msrs), a.name << " and " << b.name);
}

BOOST_AUTO_TEST_CASE(every_alias_names_a_profile_and_no_name_is_taken_twice) {
    std::set<std::string_view> names;
    for (const CpuProfile& profile : all_profiles()) BOOST_CHECK_MESSAGE(names.insert(profile.name).second, profile.name);
    for (const ProfileAlias& alias : profile_aliases()) {
        BOOST_CHECK_MESSAGE(names.insert(alias.alias).second, alias.alias);
        const CpuProfile* found = find_profile(alias.alias);
        BOOST_REQUIRE_MESSAGE(found != nullptr, alias.alias);
        BOOST_TEST(found->name == alias.profile);
    }
}

BOOST_AUTO_TEST_CASE(names_are_found_in_any_case) {
    BOOST_TEST(find_profile("SKYLAKE-I7-6700K") == find_profile("genuineintel00506e3_skylake_01"));
    BOOST_TEST(find_profile("pentium") == nullptr);
    BOOST_TEST(default_profile().name == "raptorlake-i9-13900k");
}

BOOST_AUTO_TEST_CASE(the_i7_6700k_has_no_smx) {
    const CpuProfile& cpu = *find_profile("skylake-i7-6700k");
    BOOST_TEST(!is_set(cpu.msrs.get_or_zero(0x489), 14));
    BOOST_TEST(!is_set(cpu.cpuid_leaf(1).ecx, 6));
    BOOST_TEST(cpu.physical_address_bits == 39u);
    BOOST_TEST(is_set(find_profile("skylake-vpro")->cpuid_leaf(1).ecx, 6));
}

BOOST_AUTO_TEST_CASE(msrs_exist_exactly_when_their_condition_holds) {
    for (const CpuProfile& cpu : all_profiles()) {
        BOOST_TEST_CONTEXT(cpu.name) {
            const VmxMsrs& msrs = cpu.msrs;
            const auto may_be_one = [&](u32 msr, u32 true_msr, unsigned n) {
                return is_set((msrs.get_or_zero(msr) | msrs.get_or_zero(true_msr)) >> 32, n);
            };
            for (const u32 msr : {0x48Du, 0x48Eu, 0x48Fu, 0x490u})
                BOOST_TEST(msrs.get(msr).has_value() == is_set(msrs.get_or_zero(0x480), 55));
            BOOST_TEST(msrs.get(0x48B).has_value() == may_be_one(0x482, 0x48E, 31));
            BOOST_TEST(msrs.get(0x491).has_value() == is_set(msrs.get_or_zero(0x48B) >> 32, 13));
            if (!cpu.derived_msrs.empty()) {
                BOOST_TEST(msrs.get(0x492).has_value() == may_be_one(0x482, 0x48E, 17));
                BOOST_TEST(msrs.get(0x493).has_value() == may_be_one(0x483, 0x48F, 31));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(address_widths_are_plausible_and_five_level_paging_gives_57_bits) {
    for (const CpuProfile& cpu : all_profiles()) {
        BOOST_TEST_CONTEXT(cpu.name) {
            BOOST_TEST((cpu.physical_address_bits >= 32 && cpu.physical_address_bits <= 52));
            BOOST_TEST(cpu.linear_address_bits == (is_set(cpu.msrs.get_or_zero(0x489), 12) ? 57u : 48u));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_misspelt_name_finds_its_neighbours) {
    BOOST_TEST(similar_profile_names("skylak").front() == "skylake");
    BOOST_TEST(similar_profile_names("zzzzzzzzzz").empty());
}

BOOST_AUTO_TEST_CASE(the_nearest_profile_of_a_named_one_is_itself) {
    for (const CpuProfile& cpu : all_profiles()) BOOST_TEST(nearest_profile(cpu).name == cpu.name);
}

BOOST_AUTO_TEST_SUITE_END()
