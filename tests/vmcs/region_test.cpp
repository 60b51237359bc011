// SPDX-License-Identifier: MIT
#include "vmcs/region.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "base/input_error.hpp"
#include "vmcs/profiles.hpp"

using namespace vmxsim;

namespace {

Vmcs numbered() {
    Vmcs vmcs;
    for (size_t i = 0; i < spec::kFieldCount; ++i) vmcs.set(static_cast<Field>(i), 0x0101010101010101 * (i + 1));
    return vmcs;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(vmcs_region)

BOOST_AUTO_TEST_CASE(the_fields_of_every_processor_fit_in_the_size_it_reports) {
    for (const CpuProfile& profile : all_profiles()) {
        const Capabilities capabilities(profile);
        BOOST_CHECK_MESSAGE(
            RegionLayout(capabilities).used_bytes() <= capabilities.region_size(),
            profile.name << ": " << RegionLayout(capabilities).used_bytes() << " of " << capabilities.region_size());
    }
}

BOOST_AUTO_TEST_CASE(every_existing_field_has_a_place_of_its_own_aligned_to_its_width) {
    for (const CpuProfile& profile : all_profiles()) {
        const Capabilities capabilities(profile);
        const RegionLayout layout(capabilities);
        std::set<u32> taken;
        for (size_t i = 0; i < spec::kFieldCount; ++i) {
            const auto field = static_cast<Field>(i);
            const auto offset = layout.offset(field);
            BOOST_REQUIRE(offset.has_value() == capabilities.field_exists(field));
            if (!offset) continue;
            BOOST_REQUIRE(*offset >= kFieldsOffset);
            BOOST_REQUIRE(*offset % size_in_region(field) == 0);
            BOOST_REQUIRE(*offset + size_in_region(field) <= layout.used_bytes());
            for (u32 byte = 0; byte < size_in_region(field); ++byte) BOOST_REQUIRE(taken.insert(*offset + byte).second);
        }
        BOOST_TEST(taken.size() + kFieldsOffset == layout.used_bytes(), "packed without gaps");
    }
}

BOOST_AUTO_TEST_CASE(what_is_stored_is_loaded_and_no_other_byte_changes) {
    constexpr u64 kRegion = 0x20000;
    for (const CpuProfile& profile : all_profiles()) {
        const Capabilities capabilities(profile);
        PhysicalMemory memory;
        for (u64 address = kRegion - 4096; address < kRegion + 8192; ++address) memory.write(address, u8{0xEE});
        store_fields(memory, kRegion, capabilities, numbered());
        const Vmcs loaded = load_fields(memory, kRegion, capabilities);
        for (size_t i = 0; i < spec::kFieldCount; ++i) {
            const auto field = static_cast<Field>(i);
            BOOST_REQUIRE(loaded[field] == (capabilities.field_exists(field) ? numbered()[field] : 0));
        }
        for (u64 address = kRegion - 4096; address < kRegion + 8192; ++address) {
            const bool inside = address >= kRegion + kFieldsOffset && address < kRegion + capabilities.region_size();
            if (!inside) BOOST_REQUIRE(memory.read<u8>(address) == 0xEE);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_processor_whose_fields_do_not_fit_is_refused) {
    Capabilities capabilities(default_profile());
    capabilities.basic = (capabilities.basic & ~mask(44, 32)) | u64{512} << 32;
    BOOST_CHECK_THROW(RegionLayout{capabilities}, InputError);
}

BOOST_AUTO_TEST_SUITE_END()
