// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.2.1.1, VM-Execution Control Fields.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

// clang-format off
inline constexpr u64 kUnaligned = 0x1000'0800;     // 2-KByte aligned
inline constexpr u64 kBeyondWidth = bit(46);       // everything_allowed() has 46 physical-address bits
inline constexpr spec::Control kSecondary = spec::Control::primary_activate_secondary_controls;
inline constexpr spec::Control kTertiary = spec::Control::primary_activate_tertiary_controls;

inline constexpr Witness kExecutionControlWitnesses[] = {
    {"exec.pin.must_be_1", Variant::long_mode, {zeros(Field::pin_based_controls, bit(2))}},
    {"exec.pin.may_be_1", Variant::long_mode, {ones(Field::pin_based_controls, bit(8))}},
    {"exec.pin.may_be_1", Variant::long_mode, {on(spec::Control::pin_activate_vmx_preemption_timer)}, {}, {},
        [](CpuProfile& cpu) { cpu.msrs.set(0x48D, cpu.msrs.get_or_zero(0x48D) & ~bit(32 + 6)); }},
    {"exec.primary.must_be_1", Variant::long_mode, {zeros(Field::primary_processor_based_controls, bit(26))}},
    {"exec.primary.may_be_1", Variant::long_mode, {ones(Field::primary_processor_based_controls, bit(18))}},
    {"exec.secondary.may_be_1", Variant::long_mode, {on(kSecondary), on(spec::Control::secondary_enable_rdtscp)}, {}, {},
        [](CpuProfile& cpu) { cpu.msrs.set(0x48B, cpu.msrs.get_or_zero(0x48B) & ~bit(32 + 3)); }},
    {"exec.tertiary.may_be_1", Variant::long_mode, {on(kTertiary), ones(Field::tertiary_processor_based_controls, bit(63))}},
    {"exec.cr3_target_count.limit", Variant::long_mode, {{Field::cr3_target_count, 5}}},

    {"exec.io_bitmap_a.aligned", Variant::long_mode, {on(spec::Control::primary_use_io_bitmaps), {Field::io_bitmap_a, kUnaligned}}},
    {"exec.io_bitmap_a.width", Variant::long_mode, {on(spec::Control::primary_use_io_bitmaps), {Field::io_bitmap_a, kBeyondWidth}}},
    {"exec.io_bitmap_a.width", Variant::protected_32, {on(spec::Control::primary_use_io_bitmaps), {Field::io_bitmap_a, bit(32)}}, {}, {},
        [](CpuProfile& cpu) { cpu.msrs.set(0x480, cpu.msrs.get_or_zero(0x480) | bit(48)); }},
    {"exec.io_bitmap_b.aligned", Variant::long_mode, {on(spec::Control::primary_use_io_bitmaps), {Field::io_bitmap_b, kUnaligned}}},
    {"exec.io_bitmap_b.width", Variant::long_mode, {on(spec::Control::primary_use_io_bitmaps), {Field::io_bitmap_b, kBeyondWidth}}},
    {"exec.msr_bitmap.aligned", Variant::long_mode, {on(spec::Control::primary_use_msr_bitmaps), {Field::msr_bitmaps, kUnaligned}}},
    {"exec.msr_bitmap.width", Variant::long_mode, {on(spec::Control::primary_use_msr_bitmaps), {Field::msr_bitmaps, kBeyondWidth}}},
    {"exec.virtual_apic_address.aligned", Variant::long_mode, {on(spec::Control::primary_use_tpr_shadow), {Field::virtual_apic_address, kUnaligned}}},
    {"exec.virtual_apic_address.width", Variant::long_mode, {on(spec::Control::primary_use_tpr_shadow), {Field::virtual_apic_address, kBeyondWidth}}},

    {"exec.tpr_threshold.reserved", Variant::long_mode, {on(spec::Control::primary_use_tpr_shadow), {Field::tpr_threshold, 0x10}}},
    {"exec.tpr_threshold.not_above_vtpr", Variant::long_mode,
        {on(spec::Control::primary_use_tpr_shadow), {Field::virtual_apic_address, 0x10000}, {Field::tpr_threshold, 5}}, {write_memory(0x10080, 0x4F)}},

    {"exec.virtual_nmis.nmi_exiting", Variant::long_mode, {on(spec::Control::pin_virtual_nmis)}},
    {"exec.nmi_window_exiting.virtual_nmis", Variant::long_mode, {on(spec::Control::pin_nmi_exiting), on(spec::Control::primary_nmi_window_exiting)}},

    {"exec.apic_access_address.aligned", Variant::long_mode, {on(kSecondary), on(spec::Control::secondary_virtualize_apic_accesses), {Field::apic_access_address, kUnaligned}}},
    {"exec.apic_access_address.width", Variant::long_mode, {on(kSecondary), on(spec::Control::secondary_virtualize_apic_accesses), {Field::apic_access_address, kBeyondWidth}}},
    {"exec.virtualize_x2apic_mode.tpr_shadow", Variant::long_mode, {on(kSecondary), on(spec::Control::secondary_virtualize_x2apic_mode)}},
    {"exec.apic_register_virtualization.tpr_shadow", Variant::long_mode, {on(kSecondary), on(spec::Control::secondary_apic_register_virtualization)}},
    {"exec.virtual_interrupt_delivery.tpr_shadow", Variant::long_mode,
        {on(kSecondary), on(spec::Control::secondary_virtual_interrupt_delivery), on(spec::Control::pin_external_interrupt_exiting)}},
    {"exec.ipi_virtualization.tpr_shadow", Variant::long_mode, {on(kTertiary), on(spec::Control::tertiary_ipi_virtualization)}},
    {"exec.virtualize_x2apic_mode.no_apic_accesses", Variant::all_features, {on(spec::Control::secondary_virtualize_apic_accesses)}},
    {"exec.virtual_interrupt_delivery.external_interrupt_exiting", Variant::all_features, {off(spec::Control::pin_external_interrupt_exiting)}},

    {"exec.process_posted_interrupts.virtual_interrupt_delivery", Variant::all_features,
        {off(spec::Control::secondary_virtual_interrupt_delivery), off(spec::Control::tertiary_apic_timer_virtualization)}},
    {"exec.process_posted_interrupts.virtual_interrupt_delivery", Variant::long_mode,  // Bochs looks only when the TPR shadow is on
        {on(spec::Control::pin_process_posted_interrupts), on(spec::Control::exit_acknowledge_interrupt_on_exit)}},
    {"exec.process_posted_interrupts.acknowledge_interrupt_on_exit", Variant::all_features, {off(spec::Control::exit_acknowledge_interrupt_on_exit)}},
    {"exec.posted_interrupt_notification_vector.range", Variant::all_features, {{Field::posted_interrupt_notification_vector, 0x100}}},
    {"exec.posted_interrupt_descriptor.aligned", Variant::all_features, {{Field::posted_interrupt_descriptor_address, 0x10020}}},
    {"exec.posted_interrupt_descriptor.width", Variant::all_features, {{Field::posted_interrupt_descriptor_address, kBeyondWidth}}},

    {"exec.pid_pointer_table.aligned", Variant::all_features, {{Field::pid_pointer_table_address, 0x10004}}},
    {"exec.pid_pointer_table.width", Variant::all_features, {{Field::pid_pointer_table_address, kBeyondWidth}}},
    {"exec.pid_pointer_table.last_entry_width", Variant::all_features, {{Field::pid_pointer_table_address, kBeyondWidth - 16}, {Field::last_pid_pointer_index, 2}}},

    {"exec.vpid.not_zero", Variant::all_features, {{Field::vpid, 0}}},
    {"exec.eptp.memory_type", Variant::long_mode_with_ept, {zeros(Field::ept_pointer, bit(1))}},
    {"exec.eptp.memory_type", Variant::long_mode_with_ept, {}, {}, {},
        [](CpuProfile& cpu) { cpu.msrs.set(0x48C, cpu.msrs.get_or_zero(0x48C) & ~bit(14)); }},
    {"exec.eptp.page_walk_length", Variant::long_mode_with_ept, {zeros(Field::ept_pointer, bit(3))}},
    {"exec.eptp.page_walk_length", Variant::long_mode_with_ept, {{Field::ept_pointer, 0x2000'0000 | 4 << 3 | 6}}, {}, {},
        [](CpuProfile& cpu) { cpu.msrs.set(0x48C, cpu.msrs.get_or_zero(0x48C) & ~bit(7)); }},
    {"exec.eptp.accessed_and_dirty_flags", Variant::long_mode_with_ept, {ones(Field::ept_pointer, bit(6))}, {}, {},
        [](CpuProfile& cpu) { cpu.msrs.set(0x48C, cpu.msrs.get_or_zero(0x48C) & ~bit(21)); }},
    {"exec.eptp.supervisor_shadow_stack", Variant::long_mode_with_ept, {ones(Field::ept_pointer, bit(7))}, {}, {},
        [](CpuProfile& cpu) { cpu.msrs.set(0x48C, cpu.msrs.get_or_zero(0x48C) & ~bit(23)); }},
    {"exec.eptp.reserved", Variant::long_mode_with_ept, {ones(Field::ept_pointer, bit(11))}},
    {"exec.eptp.width", Variant::long_mode_with_ept, {ones(Field::ept_pointer, kBeyondWidth)}},

    {"exec.enable_pml.ept", Variant::long_mode_with_ept, {off(spec::Control::secondary_enable_ept), on(spec::Control::secondary_enable_pml)}},
    {"exec.unrestricted_guest.ept", Variant::long_mode_with_ept, {off(spec::Control::secondary_enable_ept), on(spec::Control::secondary_unrestricted_guest)}},
    {"exec.mode_based_execute_control.ept", Variant::long_mode_with_ept,
        {off(spec::Control::secondary_enable_ept), on(spec::Control::secondary_mode_based_execute_control_for_ept)}},
    {"exec.sub_page_write_permissions.ept", Variant::long_mode_with_ept,
        {off(spec::Control::secondary_enable_ept), on(spec::Control::secondary_sub_page_write_permissions_for_ept)}},
    {"exec.intel_pt_guest_physical.ept", Variant::long_mode_with_ept,
        {off(spec::Control::secondary_enable_ept), on(spec::Control::secondary_intel_pt_uses_guest_physical_addresses),
         on(spec::Control::entry_load_ia32_rtit_ctl), on(spec::Control::exit_clear_ia32_rtit_ctl)}},
    {"exec.enable_hlat.ept", Variant::long_mode_with_ept,
        {off(spec::Control::secondary_enable_ept), on(kTertiary), on(spec::Control::tertiary_enable_hlat)}},
    {"exec.ept_paging_write_control.ept", Variant::long_mode_with_ept,
        {off(spec::Control::secondary_enable_ept), on(kTertiary), on(spec::Control::tertiary_ept_paging_write_control)}},
    {"exec.guest_paging_verification.ept", Variant::long_mode_with_ept,
        {off(spec::Control::secondary_enable_ept), on(kTertiary), on(spec::Control::tertiary_guest_paging_verification)}},
    {"exec.pebs_guest_physical.ept", Variant::long_mode_with_ept,
        {off(spec::Control::secondary_enable_ept), on(kTertiary), on(spec::Control::tertiary_pebs_uses_guest_physical_addresses)}},
    {"exec.pml_address.aligned", Variant::all_features, {{Field::pml_address, kUnaligned}}},
    {"exec.pml_address.width", Variant::all_features, {{Field::pml_address, kBeyondWidth}}},
    {"exec.spp_table_pointer.aligned", Variant::all_features, {{Field::spp_table_pointer, kUnaligned}}},
    {"exec.spp_table_pointer.width", Variant::all_features, {{Field::spp_table_pointer, kBeyondWidth}}},

    {"exec.vm_functions.may_be_1", Variant::all_features, {ones(Field::vm_function_controls, bit(1))}},
    {"exec.eptp_switching.ept", Variant::long_mode_with_ept,
        {off(spec::Control::secondary_enable_ept), on(spec::Control::secondary_enable_vm_functions), on(spec::Control::vmfunc_eptp_switching)}},
    {"exec.eptp_list_address.aligned", Variant::all_features, {{Field::eptp_list_address, kUnaligned}}},
    {"exec.eptp_list_address.width", Variant::all_features, {{Field::eptp_list_address, kBeyondWidth}}},
    {"exec.vmread_bitmap.aligned", Variant::all_features, {{Field::vmread_bitmap_address, kUnaligned}}},
    {"exec.vmread_bitmap.width", Variant::all_features, {{Field::vmread_bitmap_address, kBeyondWidth}}},
    {"exec.vmwrite_bitmap.aligned", Variant::all_features, {{Field::vmwrite_bitmap_address, kUnaligned}}},
    {"exec.vmwrite_bitmap.width", Variant::all_features, {{Field::vmwrite_bitmap_address, kBeyondWidth}}},
    {"exec.ve_information_address.aligned", Variant::all_features, {{Field::ve_information_address, kUnaligned}}},
    {"exec.ve_information_address.width", Variant::all_features, {{Field::ve_information_address, kBeyondWidth}}},
    {"exec.low_pasid_directory.aligned", Variant::all_features, {{Field::low_pasid_directory_address, kUnaligned}}},
    {"exec.low_pasid_directory.width", Variant::all_features, {{Field::low_pasid_directory_address, kBeyondWidth}}},
    {"exec.high_pasid_directory.aligned", Variant::all_features, {{Field::high_pasid_directory_address, kUnaligned}}},
    {"exec.high_pasid_directory.width", Variant::all_features, {{Field::high_pasid_directory_address, kBeyondWidth}}},

    {"exec.intel_pt.no_load_while_tracing", Variant::long_mode, {on(spec::Control::entry_load_ia32_rtit_ctl)}, {},
        [](Scene& scene) { scene.processor.tracing = true; }},
    {"exec.intel_pt_guest_physical.load_ia32_rtit_ctl", Variant::all_features, {off(spec::Control::entry_load_ia32_rtit_ctl)}},
    {"exec.intel_pt_guest_physical.clear_ia32_rtit_ctl", Variant::all_features, {off(spec::Control::exit_clear_ia32_rtit_ctl)}},
    {"exec.tsc_multiplier.not_zero", Variant::all_features, {{Field::tsc_multiplier, 0}}},

    {"exec.hlat_pointer.reserved_low", Variant::all_features, {ones(Field::hlat_pointer, bit(0))}},
    {"exec.hlat_pointer.reserved", Variant::all_features, {ones(Field::hlat_pointer, bit(5))}},
    {"exec.hlat_pointer.width", Variant::all_features, {ones(Field::hlat_pointer, kBeyondWidth)}},

    {"exec.apic_timer_virtualization.virtual_interrupt_delivery", Variant::all_features,
        {off(spec::Control::secondary_virtual_interrupt_delivery), off(spec::Control::pin_process_posted_interrupts)}},
    {"exec.apic_timer_virtualization.no_rdtsc_exiting", Variant::all_features, {on(spec::Control::primary_rdtsc_exiting)}},
    {"exec.virtual_timer_vector.range", Variant::all_features, {{Field::virtual_timer_vector, 0x1EC}}},
};
// clang-format on

}  // namespace vmxsim::vmx::tests
