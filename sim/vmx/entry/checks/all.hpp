// SPDX-License-Identifier: MIT
// Every VM-entry check, in the order in which vmxsim reports them: controls and host state before guest state
// (SDM 26.2, 26.3); where the SDM leaves the order open, the order of its text.
#pragma once

#include <tuple>

#include "vmx/entry/checks/address_space_size.hpp"
#include "vmx/entry/checks/entry_controls.hpp"
#include "vmx/entry/checks/execution_controls.hpp"
#include "vmx/entry/checks/exit_controls.hpp"
#include "vmx/entry/checks/guest_access_rights.hpp"
#include "vmx/entry/checks/guest_control_registers.hpp"
#include "vmx/entry/checks/guest_descriptor_tables.hpp"
#include "vmx/entry/checks/guest_msrs.hpp"
#include "vmx/entry/checks/guest_non_register_state.hpp"
#include "vmx/entry/checks/guest_pdptes.hpp"
#include "vmx/entry/checks/guest_rip_rflags.hpp"
#include "vmx/entry/checks/guest_segments.hpp"
#include "vmx/entry/checks/guest_vmcs_link_pointer.hpp"
#include "vmx/entry/checks/host_control_registers_msrs.hpp"
#include "vmx/entry/checks/host_segments_descriptor_tables.hpp"

namespace vmxsim::vmx {

template <class C>
inline constexpr auto kCheckTables = std::tie(kExecutionControlChecks<C>, kExitControlChecks<C>, kEntryControlChecks<C>,
                                              kHostControlRegisterMsrChecks<C>, kHostSegmentChecks<C>, kAddressSpaceSizeChecks<C>,
                                              kGuestControlRegisterChecks<C>, kGuestMsrChecks<C>, kGuestSegmentChecks<C>,
                                              kGuestAccessRightsChecks<C>, kGuestSystemSegmentChecks<C>,
                                              kGuestDescriptorTableChecks<C>, kGuestRipRflagsChecks<C>,
                                              kGuestNonRegisterStateChecks<C>, kGuestVmcsLinkPointerChecks<C>,
                                              kGuestPdpteChecks<C>);

}  // namespace vmxsim::vmx
