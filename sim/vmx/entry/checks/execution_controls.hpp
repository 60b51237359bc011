// SPDX-License-Identifier: MIT
// SDM 26.2.1.1, VM-Execution Control Fields. Rules that the pinned edition does not have yet (tertiary controls, HLAT,
// IPI and APIC-timer virtualization, supervisor shadow stacks, PASID translation) are in this section of later editions.
// IA32_VMX_PROCBASED_CTLS2 (SDM A.3.3) lets every secondary control be 0, so there is no secondary.must_be_1; the words
// of 64 bits (A.3.4, A.11) have no such half.
#pragma once

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

// clang-format off
// A physical address of a 4-KByte page: aligned, and within the physical-address width.
#define PAGE_ADDRESS(id, name, field, condition, control, ...) \
    {"exec." id ".aligned", "26.2.1.1", {Field::field, __VA_ARGS__}, \
     "If \"" control "\" is 1, bits 11:0 of the " name " must be 0.", \
     [](const C& c) { return condition; }, \
     [](const C& c) { return c.page_aligned(Field::field); }, \
     [](const C& c) { return clear_bits(c, Field::field, mask(11, 0)); }, kInvalidControls}, \
    {"exec." id ".width", "26.2.1.1", {Field::field, __VA_ARGS__}, \
     "If \"" control "\" is 1, the " name " must set no bit beyond the physical-address width.", \
     [](const C& c) { return condition; }, \
     [](const C& c) { return c.in_physical_width(Field::field); }, \
     [](const C& c) { return cut_to_physical_width(c, Field::field); }, kInvalidControls}

// One control may be 1 only if another one is.
#define NEEDS(id, word, control, needed_word, needed, sentence, ...) \
    {id, "26.2.1.1", {__VA_ARGS__}, sentence, \
     [](const C& c) { return c.word().control(); }, \
     [](const C& c) { return c.needed_word().needed(); }, \
     [](const C& c) { return require(c, spec::Control::word##_##control, spec::Control::needed_word##_##needed); }, kInvalidControls}

#define PRIMARY Field::primary_processor_based_controls
#define SECONDARY Field::secondary_processor_based_controls, Field::primary_processor_based_controls
#define TERTIARY Field::tertiary_processor_based_controls, Field::primary_processor_based_controls

template <class C>
inline constexpr auto kExecutionControlChecks = std::to_array<Check<C>>({
    // --- The words against the capability MSRs
    {"exec.pin.must_be_1", "26.2.1.1", {Field::pin_based_controls},
     "Pin-based controls that the capability MSR (481H, 48DH) fixes to 1 must be 1.",
     [](const C&) { return true; },
     [](const C& c) { return (c.cpu.allowed(spec::ControlWord::pin).must_be_one & ~c.pin().value) == 0; },
     [](const C& c) { return set_bits(c, Field::pin_based_controls, c.cpu.allowed(spec::ControlWord::pin).must_be_one); }, kInvalidControls},
    {"exec.pin.may_be_1", "26.2.1.1", {Field::pin_based_controls},
     "Pin-based controls that the capability MSR (481H, 48DH) does not allow to be 1 must be 0.",
     [](const C&) { return true; },
     [](const C& c) { return (c.pin().value & ~c.cpu.allowed(spec::ControlWord::pin).may_be_one) == 0; },
     [](const C& c) { return clear_bits(c, Field::pin_based_controls, ~c.cpu.allowed(spec::ControlWord::pin).may_be_one); }, kInvalidControls},
    {"exec.primary.must_be_1", "26.2.1.1", {PRIMARY},
     "Primary processor-based controls that the capability MSR (482H, 48EH) fixes to 1 must be 1.",
     [](const C&) { return true; },
     [](const C& c) { return (c.cpu.allowed(spec::ControlWord::primary).must_be_one & ~c.primary().value) == 0; },
     [](const C& c) { return set_bits(c, PRIMARY, c.cpu.allowed(spec::ControlWord::primary).must_be_one); }, kInvalidControls},
    {"exec.primary.may_be_1", "26.2.1.1", {PRIMARY},
     "Primary processor-based controls that the capability MSR (482H, 48EH) does not allow to be 1 must be 0.",
     [](const C&) { return true; },
     [](const C& c) { return (c.primary().value & ~c.cpu.allowed(spec::ControlWord::primary).may_be_one) == 0; },
     [](const C& c) { return clear_bits(c, PRIMARY, ~c.cpu.allowed(spec::ControlWord::primary).may_be_one); }, kInvalidControls},
    {"exec.secondary.may_be_1", "26.2.1.1", {SECONDARY},
     "If secondary controls are activated, those that the capability MSR (48BH) does not allow to be 1 must be 0.",
     [](const C& c) { return c.primary().activate_secondary_controls(); },
     [](const C& c) { return (c.secondary().value & ~c.cpu.allowed(spec::ControlWord::secondary).may_be_one) == 0; },
     [](const C& c) { return clear_bits(c, Field::secondary_processor_based_controls, ~c.cpu.allowed(spec::ControlWord::secondary).may_be_one); }, kInvalidControls},
    {"exec.tertiary.may_be_1", "26.2.1.1", {TERTIARY},
     "If tertiary controls are activated, those that the capability MSR (492H) does not allow to be 1 must be 0.",
     [](const C& c) { return c.primary().activate_tertiary_controls(); },
     [](const C& c) { return (c.tertiary().value & ~c.cpu.allowed(spec::ControlWord::tertiary).may_be_one) == 0; },
     [](const C& c) { return clear_bits(c, Field::tertiary_processor_based_controls, ~c.cpu.allowed(spec::ControlWord::tertiary).may_be_one); }, kInvalidControls},

    {"exec.cr3_target_count.limit", "26.2.1.1", {Field::cr3_target_count},
     "The CR3-target count must not exceed the number of CR3-target values that IA32_VMX_MISC[24:16] reports.",
     [](const C&) { return true; },
     [](const C& c) { return c[Field::cr3_target_count] <= c.cpu.cr3_target_count(); },
     [](const C& c) { return set_value(Field::cr3_target_count, c.cpu.cr3_target_count()); }, kInvalidControls},

    // --- Pages that controls make the processor use
    PAGE_ADDRESS("io_bitmap_a", "I/O-bitmap A address", io_bitmap_a, c.primary().use_io_bitmaps(), "use I/O bitmaps", PRIMARY),
    PAGE_ADDRESS("io_bitmap_b", "I/O-bitmap B address", io_bitmap_b, c.primary().use_io_bitmaps(), "use I/O bitmaps", PRIMARY),
    PAGE_ADDRESS("msr_bitmap", "MSR-bitmap address", msr_bitmaps, c.primary().use_msr_bitmaps(), "use MSR bitmaps", PRIMARY),
    PAGE_ADDRESS("virtual_apic_address", "virtual-APIC address", virtual_apic_address, c.primary().use_tpr_shadow(), "use TPR shadow", PRIMARY),

    // --- TPR threshold
    {"exec.tpr_threshold.reserved", "26.2.1.1", {Field::tpr_threshold, SECONDARY},
     "If \"use TPR shadow\" is 1 and \"virtual-interrupt delivery\" is 0, bits 31:4 of the TPR threshold must be 0.",
     [](const C& c) { return c.primary().use_tpr_shadow() && !c.secondary().virtual_interrupt_delivery(); },
     [](const C& c) { return bits(c[Field::tpr_threshold], 31, 4) == 0; },
     [](const C& c) { return clear_bits(c, Field::tpr_threshold, mask(31, 4)); }, kInvalidControls},
    {"exec.tpr_threshold.not_above_vtpr", "26.2.1.1", {Field::tpr_threshold, Field::virtual_apic_address, SECONDARY},
     "If \"use TPR shadow\" is 1, and \"virtualize APIC accesses\" and \"virtual-interrupt delivery\" are 0, bits 3:0 of the TPR threshold must not exceed "
     "bits 7:4 of VTPR (byte 80H of the virtual-APIC page).",
     [](const C& c) {
         return c.primary().use_tpr_shadow() && !c.secondary().virtualize_apic_accesses() && !c.secondary().virtual_interrupt_delivery();
     },
     [](const C& c) { return bits(c[Field::tpr_threshold], 3, 0) <= bits(c.memory32(c[Field::virtual_apic_address] + 0x80), 7, 4); },
     [](const C& c) {
         const u64 vtpr = bits(c.memory32(c[Field::virtual_apic_address] + 0x80), 7, 4);
         return set_value(Field::tpr_threshold, (c[Field::tpr_threshold] & ~mask(3, 0)) | vtpr);
     }, kInvalidControls},

    // --- NMIs
    NEEDS("exec.virtual_nmis.nmi_exiting", pin, virtual_nmis, pin, nmi_exiting,
          "If \"virtual NMIs\" is 1, \"NMI exiting\" must be 1.", Field::pin_based_controls),
    NEEDS("exec.nmi_window_exiting.virtual_nmis", primary, nmi_window_exiting, pin, virtual_nmis,
          "If \"NMI-window exiting\" is 1, \"virtual NMIs\" must be 1.", Field::pin_based_controls, PRIMARY),

    // --- APIC virtualization
    PAGE_ADDRESS("apic_access_address", "APIC-access address", apic_access_address, c.secondary().virtualize_apic_accesses(), "virtualize APIC accesses", SECONDARY),
    NEEDS("exec.virtualize_x2apic_mode.tpr_shadow", secondary, virtualize_x2apic_mode, primary, use_tpr_shadow,
          "If \"virtualize x2APIC mode\" is 1, \"use TPR shadow\" must be 1.", SECONDARY),
    NEEDS("exec.apic_register_virtualization.tpr_shadow", secondary, apic_register_virtualization, primary, use_tpr_shadow,
          "If \"APIC-register virtualization\" is 1, \"use TPR shadow\" must be 1.", SECONDARY),
    NEEDS("exec.virtual_interrupt_delivery.tpr_shadow", secondary, virtual_interrupt_delivery, primary, use_tpr_shadow,
          "If \"virtual-interrupt delivery\" is 1, \"use TPR shadow\" must be 1.", SECONDARY),
    NEEDS("exec.ipi_virtualization.tpr_shadow", tertiary, ipi_virtualization, primary, use_tpr_shadow,
          "If \"IPI virtualization\" is 1, \"use TPR shadow\" must be 1.", TERTIARY),
    {"exec.virtualize_x2apic_mode.no_apic_accesses", "26.2.1.1", {SECONDARY},
     "\"Virtualize x2APIC mode\" and \"virtualize APIC accesses\" must not both be 1.",
     [](const C& c) { return c.secondary().virtualize_x2apic_mode(); },
     [](const C& c) { return !c.secondary().virtualize_apic_accesses(); },
     [](const C& c) { return clear_control(c, spec::Control::secondary_virtualize_apic_accesses); }, kInvalidControls},
    NEEDS("exec.virtual_interrupt_delivery.external_interrupt_exiting", secondary, virtual_interrupt_delivery, pin, external_interrupt_exiting,
          "If \"virtual-interrupt delivery\" is 1, \"external-interrupt exiting\" must be 1.", Field::pin_based_controls, SECONDARY),

    // --- Posted interrupts
    NEEDS("exec.process_posted_interrupts.virtual_interrupt_delivery", pin, process_posted_interrupts, secondary, virtual_interrupt_delivery,
          "If \"process posted interrupts\" is 1, \"virtual-interrupt delivery\" must be 1.", SECONDARY, Field::pin_based_controls),
    NEEDS("exec.process_posted_interrupts.acknowledge_interrupt_on_exit", pin, process_posted_interrupts, exit, acknowledge_interrupt_on_exit,
          "If \"process posted interrupts\" is 1, the VM-exit control \"acknowledge interrupt on exit\" must be 1.",
          Field::primary_vm_exit_controls, Field::pin_based_controls),
    {"exec.posted_interrupt_notification_vector.range", "26.2.1.1", {Field::posted_interrupt_notification_vector, Field::pin_based_controls},
     "If \"process posted interrupts\" is 1, the posted-interrupt notification vector must be at most 255 (bits 15:8 are 0).",
     [](const C& c) { return c.pin().process_posted_interrupts(); },
     [](const C& c) { return bits(c[Field::posted_interrupt_notification_vector], 15, 8) == 0; },
     [](const C& c) { return clear_bits(c, Field::posted_interrupt_notification_vector, mask(15, 8)); }, kInvalidControls},
    {"exec.posted_interrupt_descriptor.aligned", "26.2.1.1", {Field::posted_interrupt_descriptor_address, Field::pin_based_controls},
     "If \"process posted interrupts\" is 1, bits 5:0 of the posted-interrupt descriptor address must be 0.",
     [](const C& c) { return c.pin().process_posted_interrupts(); },
     [](const C& c) { return bits(c[Field::posted_interrupt_descriptor_address], 5, 0) == 0; },
     [](const C& c) { return clear_bits(c, Field::posted_interrupt_descriptor_address, mask(5, 0)); }, kInvalidControls},
    {"exec.posted_interrupt_descriptor.width", "26.2.1.1", {Field::posted_interrupt_descriptor_address, Field::pin_based_controls},
     "If \"process posted interrupts\" is 1, the posted-interrupt descriptor address must set no bit beyond the physical-address width.",
     [](const C& c) { return c.pin().process_posted_interrupts(); },
     [](const C& c) { return c.in_physical_width(Field::posted_interrupt_descriptor_address); },
     [](const C& c) { return cut_to_physical_width(c, Field::posted_interrupt_descriptor_address); }, kInvalidControls},

    // --- IPI virtualization
    {"exec.pid_pointer_table.aligned", "26.2.1.1", {Field::pid_pointer_table_address, TERTIARY},
     "If \"IPI virtualization\" is 1, bits 2:0 of the PID-pointer table address must be 0.",
     [](const C& c) { return c.tertiary().ipi_virtualization(); },
     [](const C& c) { return bits(c[Field::pid_pointer_table_address], 2, 0) == 0; },
     [](const C& c) { return clear_bits(c, Field::pid_pointer_table_address, mask(2, 0)); }, kInvalidControls},
    {"exec.pid_pointer_table.width", "26.2.1.1", {Field::pid_pointer_table_address, TERTIARY},
     "If \"IPI virtualization\" is 1, the PID-pointer table address must set no bit beyond the physical-address width.",
     [](const C& c) { return c.tertiary().ipi_virtualization(); },
     [](const C& c) { return c.in_physical_width(Field::pid_pointer_table_address); },
     [](const C& c) { return cut_to_physical_width(c, Field::pid_pointer_table_address); }, kInvalidControls},
    {"exec.pid_pointer_table.last_entry_width", "26.2.1.1", {Field::last_pid_pointer_index, Field::pid_pointer_table_address, TERTIARY},
     "If \"IPI virtualization\" is 1, the last entry of the PID-pointer table (its address + 8 * last PID-pointer index) must lie within the physical-address width.",
     [](const C& c) { return c.tertiary().ipi_virtualization() && c.in_physical_width(Field::pid_pointer_table_address); },
     [](const C& c) { return c.cpu.region_address_in_range(c[Field::pid_pointer_table_address] + 8 * c[Field::last_pid_pointer_index]); },
     [](const C&) { return set_value(Field::last_pid_pointer_index, 0); }, kInvalidControls},

    // --- VPID and EPT
    {"exec.vpid.not_zero", "26.2.1.1", {Field::vpid, SECONDARY},
     "If \"enable VPID\" is 1, the VPID must not be 0000H, which belongs to VMX root operation.",
     [](const C& c) { return c.secondary().enable_vpid(); },
     [](const C& c) { return c[Field::vpid] != 0; },
     [](const C&) { return set_value(Field::vpid, 1); }, kInvalidControls},
    {"exec.eptp.memory_type", "26.2.1.1", {Field::ept_pointer, SECONDARY},
     "If \"enable EPT\" is 1, the memory type in EPTP[2:0] must be one that IA32_VMX_EPT_VPID_CAP reports: 0 (bit 8) or 6 (bit 14).",
     [](const C& c) { return c.secondary().enable_ept(); },
     [](const C& c) { return c.cpu.supports_ept_memory_type(bits(c[Field::ept_pointer], 2, 0)); },
     [](const C& c) { return set_value(Field::ept_pointer, (c[Field::ept_pointer] & ~mask(2, 0)) | (c.cpu.supports_ept_memory_type(6) ? 6 : 0)); }, kInvalidControls},
    {"exec.eptp.page_walk_length", "26.2.1.1", {Field::ept_pointer, SECONDARY},
     "If \"enable EPT\" is 1, EPTP[5:3] must be one less than a page-walk length that IA32_VMX_EPT_VPID_CAP reports: 4 (bit 6) or 5 (bit 7).",
     [](const C& c) { return c.secondary().enable_ept(); },
     [](const C& c) { return c.cpu.supports_ept_walk_length(bits(c[Field::ept_pointer], 5, 3) + 1); },
     [](const C& c) { return set_value(Field::ept_pointer, (c[Field::ept_pointer] & ~mask(5, 3)) | u64{c.cpu.supports_ept_walk_length(4) ? 3U : 4U} << 3); }, kInvalidControls},
    {"exec.eptp.accessed_and_dirty_flags", "26.2.1.1", {Field::ept_pointer, SECONDARY},
     "If \"enable EPT\" is 1, EPTP[6] must be 0 unless IA32_VMX_EPT_VPID_CAP[21] reports accessed and dirty flags for EPT.",
     [](const C& c) { return c.secondary().enable_ept(); },
     [](const C& c) { return c.cpu.ept_accessed_and_dirty_flags() || !is_set(c[Field::ept_pointer], 6); },
     [](const C& c) { return clear_bits(c, Field::ept_pointer, bit(6)); }, kInvalidControls},
    {"exec.eptp.supervisor_shadow_stack", "26.2.1.1", {Field::ept_pointer, SECONDARY},
     "If \"enable EPT\" is 1, EPTP[7] must be 0 unless IA32_VMX_EPT_VPID_CAP[23] reports supervisor shadow-stack control. "
     "(Some editions list bit 7 among the reserved bits in this section, against their own table of the EPTP.)",
     [](const C& c) { return c.secondary().enable_ept(); },
     [](const C& c) { return c.cpu.ept_supervisor_shadow_stack() || !is_set(c[Field::ept_pointer], 7); },
     [](const C& c) { return clear_bits(c, Field::ept_pointer, bit(7)); }, kInvalidControls},
    {"exec.eptp.reserved", "26.2.1.1", {Field::ept_pointer, SECONDARY},
     "If \"enable EPT\" is 1, EPTP[11:8] must be 0.",
     [](const C& c) { return c.secondary().enable_ept(); },
     [](const C& c) { return bits(c[Field::ept_pointer], 11, 8) == 0; },
     [](const C& c) { return clear_bits(c, Field::ept_pointer, mask(11, 8)); }, kInvalidControls},
    {"exec.eptp.width", "26.2.1.1", {Field::ept_pointer, SECONDARY},
     "If \"enable EPT\" is 1, the EPTP must set no bit beyond the physical-address width.",
     [](const C& c) { return c.secondary().enable_ept(); },
     [](const C& c) { return c.in_physical_width(Field::ept_pointer); },
     [](const C& c) { return cut_to_physical_width(c, Field::ept_pointer); }, kInvalidControls},

    // --- What needs EPT
    NEEDS("exec.enable_pml.ept", secondary, enable_pml, secondary, enable_ept, "If \"enable PML\" is 1, \"enable EPT\" must be 1.", SECONDARY),
    NEEDS("exec.unrestricted_guest.ept", secondary, unrestricted_guest, secondary, enable_ept, "If \"unrestricted guest\" is 1, \"enable EPT\" must be 1.", SECONDARY),
    NEEDS("exec.mode_based_execute_control.ept", secondary, mode_based_execute_control_for_ept, secondary, enable_ept,
          "If \"mode-based execute control for EPT\" is 1, \"enable EPT\" must be 1.", SECONDARY),
    NEEDS("exec.sub_page_write_permissions.ept", secondary, sub_page_write_permissions_for_ept, secondary, enable_ept,
          "If \"sub-page write permissions for EPT\" is 1, \"enable EPT\" must be 1.", SECONDARY),
    NEEDS("exec.intel_pt_guest_physical.ept", secondary, intel_pt_uses_guest_physical_addresses, secondary, enable_ept,
          "If \"Intel PT uses guest physical addresses\" is 1, \"enable EPT\" must be 1.", SECONDARY),
    NEEDS("exec.enable_hlat.ept", tertiary, enable_hlat, secondary, enable_ept,
          "If \"enable HLAT\" is 1, \"enable EPT\" must be 1.", SECONDARY, Field::tertiary_processor_based_controls),
    NEEDS("exec.ept_paging_write_control.ept", tertiary, ept_paging_write_control, secondary, enable_ept,
          "If \"EPT paging-write control\" is 1, \"enable EPT\" must be 1.", SECONDARY, Field::tertiary_processor_based_controls),
    NEEDS("exec.guest_paging_verification.ept", tertiary, guest_paging_verification, secondary, enable_ept,
          "If \"guest-paging verification\" is 1, \"enable EPT\" must be 1.", SECONDARY, Field::tertiary_processor_based_controls),
    NEEDS("exec.pebs_guest_physical.ept", tertiary, pebs_uses_guest_physical_addresses, secondary, enable_ept,
          "If \"PEBS uses guest physical addresses\" is 1, \"enable EPT\" must be 1.", SECONDARY, Field::tertiary_processor_based_controls),
    PAGE_ADDRESS("pml_address", "PML address", pml_address, c.secondary().enable_pml(), "enable PML", SECONDARY),
    PAGE_ADDRESS("spp_table_pointer", "sub-page-permission-table pointer", spp_table_pointer, c.secondary().sub_page_write_permissions_for_ept(),
                 "sub-page write permissions for EPT", SECONDARY),

    // --- VM functions
    {"exec.vm_functions.may_be_1", "26.2.1.1", {Field::vm_function_controls, SECONDARY},
     "If \"enable VM functions\" is 1, VM-function controls that the capability MSR (491H) does not allow to be 1 must be 0.",
     [](const C& c) { return c.secondary().enable_vm_functions(); },
     [](const C& c) { return (c.vmfunc().value & ~c.cpu.allowed(spec::ControlWord::vmfunc).may_be_one) == 0; },
     [](const C& c) { return clear_bits(c, Field::vm_function_controls, ~c.cpu.allowed(spec::ControlWord::vmfunc).may_be_one); }, kInvalidControls},
    NEEDS("exec.eptp_switching.ept", vmfunc, eptp_switching, secondary, enable_ept,
          "If the VM-function control \"EPTP switching\" is 1, \"enable EPT\" must be 1.", SECONDARY, Field::vm_function_controls),
    PAGE_ADDRESS("eptp_list_address", "EPTP-list address", eptp_list_address, c.vmfunc().eptp_switching(), "EPTP switching", Field::vm_function_controls, SECONDARY),

    PAGE_ADDRESS("vmread_bitmap", "VMREAD-bitmap address", vmread_bitmap_address, c.secondary().vmcs_shadowing(), "VMCS shadowing", SECONDARY),
    PAGE_ADDRESS("vmwrite_bitmap", "VMWRITE-bitmap address", vmwrite_bitmap_address, c.secondary().vmcs_shadowing(), "VMCS shadowing", SECONDARY),
    PAGE_ADDRESS("ve_information_address", "virtualization-exception information address", ve_information_address, c.secondary().ept_violation_ve(), "EPT-violation #VE", SECONDARY),
    PAGE_ADDRESS("low_pasid_directory", "low PASID directory address", low_pasid_directory_address, c.secondary().pasid_translation(), "PASID translation", SECONDARY),
    PAGE_ADDRESS("high_pasid_directory", "high PASID directory address", high_pasid_directory_address, c.secondary().pasid_translation(), "PASID translation", SECONDARY),

    // --- Intel PT
    {"exec.intel_pt.no_load_while_tracing", "26.2.1.1", {Field::vm_entry_controls},
     "If Intel PT is on at the time of VM entry (IA32_RTIT_CTL.TraceEn = 1), the VM-entry control \"load IA32_RTIT_CTL\" must be 0.",
     [](const C& c) { return c.processor.tracing; },
     [](const C& c) { return !c.entry().load_ia32_rtit_ctl(); },
     [](const C& c) { return clear_control(c, spec::Control::entry_load_ia32_rtit_ctl); }, kInvalidControls},
    NEEDS("exec.intel_pt_guest_physical.load_ia32_rtit_ctl", secondary, intel_pt_uses_guest_physical_addresses, entry, load_ia32_rtit_ctl,
          "If \"Intel PT uses guest physical addresses\" is 1, the VM-entry control \"load IA32_RTIT_CTL\" must be 1.", Field::vm_entry_controls, SECONDARY),
    NEEDS("exec.intel_pt_guest_physical.clear_ia32_rtit_ctl", secondary, intel_pt_uses_guest_physical_addresses, exit, clear_ia32_rtit_ctl,
          "If \"Intel PT uses guest physical addresses\" is 1, the VM-exit control \"clear IA32_RTIT_CTL\" must be 1.", Field::primary_vm_exit_controls, SECONDARY),

    {"exec.tsc_multiplier.not_zero", "26.2.1.1", {Field::tsc_multiplier, SECONDARY},
     "If \"use TSC scaling\" is 1, the TSC multiplier must not be 0 (it has 48 fraction bits: 1.0 is 1000000000000H).",
     [](const C& c) { return c.secondary().use_tsc_scaling(); },
     [](const C& c) { return c[Field::tsc_multiplier] != 0; },
     [](const C&) { return set_value(Field::tsc_multiplier, bit(48)); }, kInvalidControls},

    // --- HLAT
    {"exec.hlat_pointer.reserved_low", "26.2.1.1", {Field::hlat_pointer, TERTIARY},
     "If \"enable HLAT\" is 1, bits 2:0 of the HLATP must be 0.",
     [](const C& c) { return c.tertiary().enable_hlat(); },
     [](const C& c) { return bits(c[Field::hlat_pointer], 2, 0) == 0; },
     [](const C& c) { return clear_bits(c, Field::hlat_pointer, mask(2, 0)); }, kInvalidControls},
    {"exec.hlat_pointer.reserved", "26.2.1.1", {Field::hlat_pointer, TERTIARY},
     "If \"enable HLAT\" is 1, bits 11:5 of the HLATP must be 0.",
     [](const C& c) { return c.tertiary().enable_hlat(); },
     [](const C& c) { return bits(c[Field::hlat_pointer], 11, 5) == 0; },
     [](const C& c) { return clear_bits(c, Field::hlat_pointer, mask(11, 5)); }, kInvalidControls},
    {"exec.hlat_pointer.width", "26.2.1.1", {Field::hlat_pointer, TERTIARY},
     "If \"enable HLAT\" is 1, the HLATP must set no bit beyond the physical-address width.",
     [](const C& c) { return c.tertiary().enable_hlat(); },
     [](const C& c) { return c.in_physical_width(Field::hlat_pointer); },
     [](const C& c) { return cut_to_physical_width(c, Field::hlat_pointer); }, kInvalidControls},

    // --- APIC-timer virtualization
    NEEDS("exec.apic_timer_virtualization.virtual_interrupt_delivery", tertiary, apic_timer_virtualization, secondary, virtual_interrupt_delivery,
          "If \"APIC-timer virtualization\" is 1, \"virtual-interrupt delivery\" must be 1.", SECONDARY, Field::tertiary_processor_based_controls),
    {"exec.apic_timer_virtualization.no_rdtsc_exiting", "26.2.1.1", {TERTIARY},
     "If \"APIC-timer virtualization\" is 1, \"RDTSC exiting\" must be 0.",
     [](const C& c) { return c.tertiary().apic_timer_virtualization(); },
     [](const C& c) { return !c.primary().rdtsc_exiting(); },
     [](const C& c) { return clear_control(c, spec::Control::primary_rdtsc_exiting); }, kInvalidControls},
    {"exec.virtual_timer_vector.range", "26.2.1.1", {Field::virtual_timer_vector, TERTIARY},
     "If \"APIC-timer virtualization\" is 1, the virtual timer vector must be at most 255 (bits 15:8 are 0).",
     [](const C& c) { return c.tertiary().apic_timer_virtualization(); },
     [](const C& c) { return bits(c[Field::virtual_timer_vector], 15, 8) == 0; },
     [](const C& c) { return clear_bits(c, Field::virtual_timer_vector, mask(15, 8)); }, kInvalidControls},
});

#undef PAGE_ADDRESS
#undef NEEDS
#undef PRIMARY
#undef SECONDARY
#undef TERTIARY
// clang-format on

}  // namespace vmxsim::vmx
