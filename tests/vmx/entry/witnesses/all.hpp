// SPDX-License-Identifier: MIT
// Every witness, and the proof that no VM-entry check is without one.
#pragma once

#include <algorithm>
#include <tuple>

#include "vmx/entry/check_list.hpp"
#include "vmx/entry/witnesses/address_space_size.hpp"
#include "vmx/entry/witnesses/entry_controls.hpp"
#include "vmx/entry/witnesses/execution_controls.hpp"
#include "vmx/entry/witnesses/exit_controls.hpp"
#include "vmx/entry/witnesses/guest_access_rights.hpp"
#include "vmx/entry/witnesses/guest_control_registers.hpp"
#include "vmx/entry/witnesses/guest_descriptor_tables.hpp"
#include "vmx/entry/witnesses/guest_msrs.hpp"
#include "vmx/entry/witnesses/guest_non_register_state.hpp"
#include "vmx/entry/witnesses/guest_pdptes.hpp"
#include "vmx/entry/witnesses/guest_rip_rflags.hpp"
#include "vmx/entry/witnesses/guest_segments.hpp"
#include "vmx/entry/witnesses/guest_vmcs_link_pointer.hpp"
#include "vmx/entry/witnesses/host_control_registers_msrs.hpp"
#include "vmx/entry/witnesses/host_segments_descriptor_tables.hpp"

namespace vmxsim::vmx::tests {

inline constexpr auto kWitnessTables =
    std::tie(kExecutionControlWitnesses, kExitControlWitnesses, kEntryControlWitnesses, kHostControlRegisterMsrWitnesses,
             kHostSegmentWitnesses, kAddressSpaceSizeWitnesses, kGuestControlRegisterWitnesses, kGuestMsrWitnesses,
             kGuestSegmentWitnesses, kGuestAccessRightsWitnesses, kGuestSystemSegmentWitnesses, kGuestDescriptorTableWitnesses,
             kGuestRipRflagsWitnesses, kGuestNonRegisterStateWitnesses, kGuestVmcsLinkPointerWitnesses, kGuestPdpteWitnesses);

template <class Function>
constexpr void for_each_witness(Function function) {
    std::apply(
        [&](const auto&... tables) {
            const auto each = [&](const auto& table) {
                for (const Witness& witness : table) function(witness);
            };
            (each(tables), ...);
        },
        kWitnessTables);
}

// An id as a template argument, so that the compiler's message names it.
struct CheckId {
    char text[80] = {};
    constexpr explicit CheckId(std::string_view id) { std::copy(id.begin(), id.end(), text); }
};
inline constexpr std::string_view kNothing = "nothing";

constexpr size_t kWitnessCount = std::apply([](const auto&... tables) { return (std::size(tables) + ...); }, kWitnessTables);

consteval std::string_view first_check_without_witness() {
    std::array<u64, kWitnessCount> witnessed{};
    size_t next = 0;
    for_each_witness([&](const Witness& witness) { witnessed[next++] = vmx::detail::hash(witness.check); });
    std::sort(witnessed.begin(), witnessed.end());
    for (const CheckInfo& check : kAllChecks)
        if (!std::binary_search(witnessed.begin(), witnessed.end(), vmx::detail::hash(check.id))) return check.id;
    return kNothing;
}
consteval std::string_view first_witness_without_check() {
    std::array<u64, kAllChecks.size()> ids{};
    std::transform(kAllChecks.begin(), kAllChecks.end(), ids.begin(),
                   [](const CheckInfo& check) { return vmx::detail::hash(check.id); });
    std::sort(ids.begin(), ids.end());
    std::string_view unknown = kNothing;
    for_each_witness([&](const Witness& witness) {
        if (!std::binary_search(ids.begin(), ids.end(), vmx::detail::hash(witness.check))) unknown = witness.check;
    });
    return unknown;
}

template <CheckId Id>
struct CheckWithoutWitness {
    static_assert(std::string_view(Id.text) == kNothing, "a VM-entry check has no witness: its id is in this type's name");
};
template <CheckId Id>
struct WitnessWithoutCheck {
    static_assert(std::string_view(Id.text) == kNothing, "a witness names no VM-entry check: the id is in this type's name");
};
template struct CheckWithoutWitness<CheckId(first_check_without_witness())>;
template struct WitnessWithoutCheck<CheckId(first_witness_without_check())>;

}  // namespace vmxsim::vmx::tests
