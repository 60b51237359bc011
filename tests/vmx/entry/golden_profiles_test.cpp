// SPDX-License-Identifier: MIT
// The golden VMCS enters on every processor that vmxsim knows.
#include <boost/test/unit_test.hpp>

#include "vmcs/golden.hpp"
#include "vmcs/profiles.hpp"
#include "vmx/entry/check_engine.hpp"

using namespace vmxsim;

BOOST_AUTO_TEST_SUITE(golden_profiles)

BOOST_AUTO_TEST_CASE(the_golden_vmcs_of_every_profile_passes_every_check) {
    for (const CpuProfile& profile : all_profiles()) {
        const Capabilities cpu(profile);
        const Vmcs vmcs = golden_vmcs(cpu);
        const PhysicalMemory memory;
        for (const vmx::CheckIndex check : vmx::all_failures({vmcs, memory, cpu}))
            BOOST_ERROR(profile.name << " fails " << vmx::all_checks()[check].id);
    }
}

BOOST_AUTO_TEST_SUITE_END()
