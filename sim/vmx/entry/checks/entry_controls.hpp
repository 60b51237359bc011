// SPDX-License-Identifier: MIT
// SDM 26.2.1.3, VM-Entry Control Fields. What FRED adds (event types, nested exceptions) is in this section of later
// editions, which call the interruption information "injected-event identification".
#pragma once

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

// clang-format off
#define INFORMATION Field::vm_entry_interruption_information

template <class C>
inline constexpr auto kEntryControlChecks = std::to_array<Check<C>>({
    {"entry.controls.must_be_1", "26.2.1.3", {Field::vm_entry_controls},
     "VM-entry controls that the capability MSR (484H, 490H) fixes to 1 must be 1.",
     [](const C&) { return true; },
     [](const C& c) { return (c.cpu.allowed(spec::ControlWord::entry).must_be_one & ~c.entry().value) == 0; },
     [](const C& c) { return set_bits(c, Field::vm_entry_controls, c.cpu.allowed(spec::ControlWord::entry).must_be_one); }, kInvalidControls},
    {"entry.controls.may_be_1", "26.2.1.3", {Field::vm_entry_controls},
     "VM-entry controls that the capability MSR (484H, 490H) does not allow to be 1 must be 0.",
     [](const C&) { return true; },
     [](const C& c) { return (c.entry().value & ~c.cpu.allowed(spec::ControlWord::entry).may_be_one) == 0; },
     [](const C& c) { return clear_bits(c, Field::vm_entry_controls, ~c.cpu.allowed(spec::ControlWord::entry).may_be_one); }, kInvalidControls},

    // --- Event injection: type and vector
    {"entry.injection.type_reserved", "26.2.1.3", {INFORMATION},
     "If an event is injected, its type (bits 10:8) must not be 1, which is reserved.",
     [](const C& c) { return c.injects(); },
     [](const C& c) { return c.injected_type() != kReservedType; },
     [](const C& c) { return clear_bits(c, INFORMATION, bit(31)); }, kInvalidControls},
    {"entry.injection.type_other_event", "26.2.1.3", {INFORMATION},
     "If an event is injected, its type (bits 10:8) must not be 7 on a processor that supports neither \"monitor trap flag\" nor FRED.",
     [](const C& c) { return c.injects() && !c.cpu.allows(spec::Control::primary_monitor_trap_flag) && !is_set(c.cpu.cr4_fixed1, 32); },
     [](const C& c) { return c.injected_type() != kOtherEvent; },
     [](const C& c) { return clear_bits(c, INFORMATION, bit(31)); }, kInvalidControls},
    {"entry.injection.nmi_vector", "26.2.1.3", {INFORMATION},
     "If an NMI is injected (type 2), the vector must be 2.",
     [](const C& c) { return c.injects() && c.injected_type() == kNmi; },
     [](const C& c) { return c.injected_vector() == 2; },
     [](const C& c) { return set_value(INFORMATION, (c.injection() & ~mask(7, 0)) | 2); }, kInvalidControls},
    {"entry.injection.exception_vector", "26.2.1.3", {INFORMATION},
     "If a hardware exception is injected (type 3), the vector must be at most 31.",
     [](const C& c) { return c.injects_hardware_exception(); },
     [](const C& c) { return c.injected_vector() <= 31; },
     [](const C& c) { return clear_bits(c, INFORMATION, bit(31)); }, kInvalidControls},
    {"entry.injection.other_event_vector", "26.2.1.3", {INFORMATION, Field::guest_cr4},
     "If an event of type 7 is injected and FRED will be off in the guest (CR4 bit 32 is 0), the vector must be 0, a pending MTF VM exit.",
     [](const C& c) { return c.injects_other_event() && !is_set(c[Field::guest_cr4], 32); },
     [](const C& c) { return c.injected_vector() == 0; },
     [](const C& c) { return clear_bits(c, INFORMATION, mask(7, 0)); }, kInvalidControls},
    {"entry.injection.other_event_vector_with_fred", "26.2.1.3", {INFORMATION, Field::guest_cr4},
     "If an event of type 7 is injected and FRED will be on in the guest (CR4 bit 32 is 1), the vector must be 0 (pending MTF VM exit), 1 (SYSCALL) or 2 (SYSENTER).",
     [](const C& c) { return c.injects_other_event() && is_set(c[Field::guest_cr4], 32); },
     [](const C& c) { return c.injected_vector() <= 2; },
     [](const C& c) { return clear_bits(c, INFORMATION, bit(31)); }, kInvalidControls},
    {"entry.injection.pending_mtf", "26.2.1.3", {INFORMATION},
     "A pending MTF VM exit (type 7, vector 0) can be injected only on a processor that supports \"monitor trap flag\".",
     [](const C& c) { return c.injects_other_event() && !c.cpu.allows(spec::Control::primary_monitor_trap_flag) && is_set(c.cpu.cr4_fixed1, 32); },
     [](const C& c) { return c.injected_vector() != 0; },
     [](const C& c) { return clear_bits(c, INFORMATION, bit(31)); }, kInvalidControls},

    // --- Error code and nested exception
    {"entry.injection.error_code_only_for_exceptions", "26.2.1.3", {INFORMATION},
     "If an event other than a hardware exception (type 3) is injected, \"deliver error code\" (bit 11) must be 0.",
     [](const C& c) { return c.injects() && c.injected_type() != kHardwareException; },
     [](const C& c) { return !is_set(c.injection(), 11); },
     [](const C& c) { return clear_bits(c, INFORMATION, bit(11)); }, kInvalidControls},
    {"entry.injection.no_error_code_in_real_mode", "26.2.1.3", {INFORMATION, Field::guest_cr0, Field::secondary_processor_based_controls, Field::primary_processor_based_controls},
     "If a hardware exception is injected into an unrestricted guest with CR0.PE = 0, \"deliver error code\" (bit 11) must be 0.",
     [](const C& c) { return c.injects_hardware_exception() && c.injects_into_real_mode(); },
     [](const C& c) { return !is_set(c.injection(), 11); },
     [](const C& c) { return clear_bits(c, INFORMATION, bit(11)); }, kInvalidControls},
    {"entry.injection.error_code_missing", "26.2.1.3", {INFORMATION, Field::guest_cr0, Field::secondary_processor_based_controls, Field::primary_processor_based_controls},
     "If a hardware exception that has an error code (vector 8, 10-14, 17) is injected, and IA32_VMX_BASIC[56] is 0, \"deliver error code\" (bit 11) must be 1.",
     [](const C& c) {
         return c.injects_hardware_exception() && !c.injects_into_real_mode() && !c.cpu.any_error_code_delivery() && c.injected_vector() <= 31 &&
                c.injected_vector_has_error_code();
     },
     [](const C& c) { return is_set(c.injection(), 11); },
     [](const C& c) { return set_bits(c, INFORMATION, bit(11)); }, kInvalidControls},
    {"entry.injection.error_code_unexpected", "26.2.1.3", {INFORMATION, Field::guest_cr0, Field::secondary_processor_based_controls, Field::primary_processor_based_controls},
     "If a hardware exception that has no error code (vector 0-7, 9, 15, 16, 18-31) is injected, and IA32_VMX_BASIC[56] is 0, \"deliver error code\" (bit 11) must be 0.",
     [](const C& c) {
         return c.injects_hardware_exception() && !c.injects_into_real_mode() && !c.cpu.any_error_code_delivery() && c.injected_vector() <= 31 &&
                !c.injected_vector_has_error_code();
     },
     [](const C& c) { return !is_set(c.injection(), 11); },
     [](const C& c) { return clear_bits(c, INFORMATION, bit(11)); }, kInvalidControls},
    {"entry.injection.nested_only_for_exceptions", "26.2.1.3", {INFORMATION},
     "If an event other than a hardware exception (type 3) is injected on a processor with nested-exception support (IA32_VMX_BASIC[58]), \"nested exception\" (bit 13) must be 0.",
     [](const C& c) { return c.injects() && c.cpu.nested_exception() && c.injected_type() != kHardwareException; },
     [](const C& c) { return !is_set(c.injection(), 13); },
     [](const C& c) { return clear_bits(c, INFORMATION, bit(13)); }, kInvalidControls},
    {"entry.injection.nested_exception", "26.2.1.3", {INFORMATION},
     "If an event is injected and IA32_VMX_BASIC[58] is 0, bit 13 of the interruption information is reserved and must be 0.",
     [](const C& c) { return c.injects() && !c.cpu.nested_exception(); },
     [](const C& c) { return !is_set(c.injection(), 13); },
     [](const C& c) { return clear_bits(c, INFORMATION, bit(13)); }, kInvalidControls},
    {"entry.injection.reserved", "26.2.1.3", {INFORMATION},
     "If an event is injected, bits 30:14 and 12 of the interruption information must be 0.",
     [](const C& c) { return c.injects(); },
     [](const C& c) { return (c.injection() & (mask(30, 14) | bit(12))) == 0; },
     [](const C& c) { return clear_bits(c, INFORMATION, mask(30, 14) | bit(12)); }, kInvalidControls},
    {"entry.error_code.reserved", "26.2.1.3", {Field::vm_entry_exception_error_code, INFORMATION},
     "If an event is injected with an error code, bits 31:16 of the error code must be 0. (Older editions said 31:15; bit 15 is now the SGX bit of #PF and the ENCL bit of #CP.)",
     [](const C& c) { return c.injects() && is_set(c.injection(), 11); },
     [](const C& c) { return bits(c[Field::vm_entry_exception_error_code], 31, 16) == 0; },
     [](const C& c) { return clear_bits(c, Field::vm_entry_exception_error_code, mask(31, 16)); }, kInvalidControls},

    // --- Instruction length
    {"entry.instruction_length.limit", "26.2.1.3", {Field::vm_entry_instruction_length, INFORMATION},
     "If a software interrupt or software exception is injected (type 4, 5 or 6; with FRED also SYSCALL and SYSENTER), the VM-entry instruction length must be at most 15.",
     [](const C& c) { return c.injection_has_length(); },
     [](const C& c) { return c[Field::vm_entry_instruction_length] <= 15; },
     [](const C&) { return set_value(Field::vm_entry_instruction_length, 2); }, kInvalidControls},
    {"entry.instruction_length.not_zero", "26.2.1.3", {Field::vm_entry_instruction_length, INFORMATION},
     "If a software interrupt or software exception is injected (type 4, 5 or 6; with FRED also SYSCALL and SYSENTER), and IA32_VMX_MISC[30] is 0, the VM-entry instruction length must not be 0.",
     [](const C& c) { return c.injection_has_length() && !c.cpu.zero_length_injection(); },
     [](const C& c) { return c[Field::vm_entry_instruction_length] != 0; },
     [](const C& c) { return set_value(Field::vm_entry_instruction_length, c.injected_type() == kSoftwareException ? 1 : 2); }, kInvalidControls},

    // --- MSR-load list
    {"entry.msr_load.aligned", "26.2.1.3", {Field::vm_entry_msr_load_address, Field::vm_entry_msr_load_count},
     "If the VM-entry MSR-load count is not 0, bits 3:0 of the VM-entry MSR-load address must be 0.",
     [](const C& c) { return c[Field::vm_entry_msr_load_count] != 0; },
     [](const C& c) { return bits(c[Field::vm_entry_msr_load_address], 3, 0) == 0; },
     [](const C& c) { return clear_bits(c, Field::vm_entry_msr_load_address, mask(3, 0)); }, kInvalidControls},
    {"entry.msr_load.width", "26.2.1.3", {Field::vm_entry_msr_load_address, Field::vm_entry_msr_load_count},
     "If the VM-entry MSR-load count is not 0, the VM-entry MSR-load address must set no bit beyond the physical-address width.",
     [](const C& c) { return c[Field::vm_entry_msr_load_count] != 0; },
     [](const C& c) { return c.in_physical_width(Field::vm_entry_msr_load_address); },
     [](const C& c) { return cut_to_physical_width(c, Field::vm_entry_msr_load_address); }, kInvalidControls},
    {"entry.msr_load.last_byte_width", "26.2.1.3", {Field::vm_entry_msr_load_count, Field::vm_entry_msr_load_address},
     "If the VM-entry MSR-load count is not 0, the last byte of the list (address + 16 * count - 1) must lie within the physical-address width.",
     [](const C& c) { return c[Field::vm_entry_msr_load_count] != 0 && c.in_physical_width(Field::vm_entry_msr_load_address); },
     [](const C& c) { return c.msr_list_in_physical_width(Field::vm_entry_msr_load_address, Field::vm_entry_msr_load_count); },
     [](const C&) { return set_value(Field::vm_entry_msr_load_count, 0); }, kInvalidControls},

    // --- System-management mode
    {"entry.entry_to_smm.only_in_smm", "26.2.1.3", {Field::vm_entry_controls},
     "Outside system-management mode, \"entry to SMM\" must be 0.",
     [](const C& c) { return !c.processor.in_smm; },
     [](const C& c) { return !c.entry().entry_to_smm(); },
     [](const C& c) { return clear_control(c, spec::Control::entry_entry_to_smm); }, kInvalidControls},
    {"entry.deactivate_dual_monitor.only_in_smm", "26.2.1.3", {Field::vm_entry_controls},
     "Outside system-management mode, \"deactivate dual-monitor treatment\" must be 0.",
     [](const C& c) { return !c.processor.in_smm; },
     [](const C& c) { return !c.entry().deactivate_dual_monitor_treatment(); },
     [](const C& c) { return clear_control(c, spec::Control::entry_deactivate_dual_monitor_treatment); }, kInvalidControls},
    {"entry.deactivate_dual_monitor.not_with_entry_to_smm", "26.2.1.3", {Field::vm_entry_controls},
     "\"Entry to SMM\" and \"deactivate dual-monitor treatment\" must not both be 1.",
     [](const C& c) { return c.processor.in_smm && c.entry().entry_to_smm(); },
     [](const C& c) { return !c.entry().deactivate_dual_monitor_treatment(); },
     [](const C& c) { return clear_control(c, spec::Control::entry_deactivate_dual_monitor_treatment); }, kInvalidControls},
});

#undef INFORMATION
// clang-format on

}  // namespace vmxsim::vmx
