// SPDX-License-Identifier: MIT
// SDM 26.2.1.2, VM-Exit Control Fields.
#pragma once

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

// clang-format off
// An MSR list: 16-byte entries at an aligned physical address, all of it within the physical-address width. An empty
// list is not checked.
#define MSR_LIST(id, name, address, count) \
    {id ".aligned", "26.2.1.2", {Field::address, Field::count}, \
     "If the " name " count is not 0, bits 3:0 of the " name " address must be 0.", \
     [](const C& c) { return c[Field::count] != 0; }, \
     [](const C& c) { return bits(c[Field::address], 3, 0) == 0; }, \
     [](const C& c) { return clear_bits(c, Field::address, mask(3, 0)); }, kInvalidControls}, \
    {id ".width", "26.2.1.2", {Field::address, Field::count}, \
     "If the " name " count is not 0, the " name " address must set no bit beyond the physical-address width.", \
     [](const C& c) { return c[Field::count] != 0; }, \
     [](const C& c) { return c.in_physical_width(Field::address); }, \
     [](const C& c) { return cut_to_physical_width(c, Field::address); }, kInvalidControls}, \
    {id ".last_byte_width", "26.2.1.2", {Field::count, Field::address}, \
     "If the " name " count is not 0, the last byte of the list (address + 16 * count - 1) must lie within the physical-address width.", \
     [](const C& c) { return c[Field::count] != 0 && c.in_physical_width(Field::address); }, \
     [](const C& c) { return c.msr_list_in_physical_width(Field::address, Field::count); }, \
     [](const C&) { return set_value(Field::count, 0); }, kInvalidControls}

template <class C>
inline constexpr auto kExitControlChecks = std::to_array<Check<C>>({
    {"exit.primary.must_be_1", "26.2.1.2", {Field::primary_vm_exit_controls},
     "VM-exit controls that the capability MSR (483H, 48FH) fixes to 1 must be 1.",
     [](const C&) { return true; },
     [](const C& c) { return (c.cpu.allowed(spec::ControlWord::exit).must_be_one & ~c.exit().value) == 0; },
     [](const C& c) { return set_bits(c, Field::primary_vm_exit_controls, c.cpu.allowed(spec::ControlWord::exit).must_be_one); }, kInvalidControls},
    {"exit.primary.may_be_1", "26.2.1.2", {Field::primary_vm_exit_controls},
     "VM-exit controls that the capability MSR (483H, 48FH) does not allow to be 1 must be 0.",
     [](const C&) { return true; },
     [](const C& c) { return (c.exit().value & ~c.cpu.allowed(spec::ControlWord::exit).may_be_one) == 0; },
     [](const C& c) { return clear_bits(c, Field::primary_vm_exit_controls, ~c.cpu.allowed(spec::ControlWord::exit).may_be_one); }, kInvalidControls},
    {"exit.secondary.may_be_1", "26.2.1.2", {Field::secondary_vm_exit_controls, Field::primary_vm_exit_controls},
     "If secondary VM-exit controls are activated, those that the capability MSR (493H) does not allow to be 1 must be 0.",
     [](const C& c) { return c.exit().activate_secondary_controls(); },
     [](const C& c) { return (c.exit2().value & ~c.cpu.allowed(spec::ControlWord::exit2).may_be_one) == 0; },
     [](const C& c) { return clear_bits(c, Field::secondary_vm_exit_controls, ~c.cpu.allowed(spec::ControlWord::exit2).may_be_one); }, kInvalidControls},
    {"exit.save_preemption_timer.activated", "26.2.1.2", {Field::pin_based_controls, Field::primary_vm_exit_controls},
     "If \"save VMX-preemption timer value\" is 1, the VM-execution control \"activate VMX-preemption timer\" must be 1.",
     [](const C& c) { return c.exit().save_vmx_preemption_timer_value(); },
     [](const C& c) { return c.pin().activate_vmx_preemption_timer(); },
     [](const C& c) { return require(c, spec::Control::exit_save_vmx_preemption_timer_value, spec::Control::pin_activate_vmx_preemption_timer); }, kInvalidControls},
    MSR_LIST("exit.msr_store", "VM-exit MSR-store", vm_exit_msr_store_address, vm_exit_msr_store_count),
    MSR_LIST("exit.msr_load", "VM-exit MSR-load", vm_exit_msr_load_address, vm_exit_msr_load_count),
});

#undef MSR_LIST
// clang-format on

}  // namespace vmxsim::vmx
