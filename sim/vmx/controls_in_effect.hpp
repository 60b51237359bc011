// SPDX-License-Identifier: MIT
// The control words of a complete VMCS, as they are in effect: a word that is not activated is all zeros (SDM 24.6.2,
// 24.7.1). Entry checks have the same in their Context, which also reads partial VMCSs.
#pragma once

#include "vmcs/controls.hpp"
#include "vmcs/vmcs.hpp"

namespace vmxsim::vmx {

inline PinControls pin_controls(const Vmcs& vmcs) { return {vmcs[Field::pin_based_controls]}; }
inline PrimaryControls primary_controls(const Vmcs& vmcs) { return {vmcs[Field::primary_processor_based_controls]}; }
inline SecondaryControls secondary_controls(const Vmcs& vmcs) {
    return {primary_controls(vmcs).activate_secondary_controls() ? vmcs[Field::secondary_processor_based_controls] : 0};
}
inline ExitControls exit_controls(const Vmcs& vmcs) { return {vmcs[Field::primary_vm_exit_controls]}; }
inline SecondaryExitControls secondary_exit_controls(const Vmcs& vmcs) {
    return {exit_controls(vmcs).activate_secondary_controls() ? vmcs[Field::secondary_vm_exit_controls] : 0};
}
inline EntryControls entry_controls(const Vmcs& vmcs) { return {vmcs[Field::vm_entry_controls]}; }
inline VmFunctionControls vm_function_controls(const Vmcs& vmcs) {
    return {secondary_controls(vmcs).enable_vm_functions() ? vmcs[Field::vm_function_controls] : 0};
}

}  // namespace vmxsim::vmx
