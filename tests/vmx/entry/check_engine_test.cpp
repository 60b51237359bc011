// SPDX-License-Identifier: MIT
#include "vmx/entry/check_engine.hpp"

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

BOOST_AUTO_TEST_SUITE_END()
