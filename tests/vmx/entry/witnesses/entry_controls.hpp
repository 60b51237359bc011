// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.2.1.3, VM-Entry Control Fields.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

// clang-format off
inline constexpr Field kInformation = Field::vm_entry_interruption_information;

// What IA32_VMX_BASIC, IA32_VMX_MISC and CR4_FIXED1 no longer report.
inline constexpr auto kErrorCodeByVector = [](CpuProfile& cpu) { cpu.msrs.set(0x480, cpu.msrs.get_or_zero(0x480) & ~bit(56)); };
inline constexpr auto kNoNestedException = [](CpuProfile& cpu) { cpu.msrs.set(0x480, cpu.msrs.get_or_zero(0x480) & ~bit(58)); };
inline constexpr auto kNoZeroLength = [](CpuProfile& cpu) { cpu.msrs.set(0x485, cpu.msrs.get_or_zero(0x485) & ~bit(30)); };
inline constexpr auto kNoMonitorTrapFlag = [](CpuProfile& cpu) {
    for (const u32 msr : {0x482u, 0x48Eu}) cpu.msrs.set(msr, cpu.msrs.get_or_zero(msr) & ~bit(32 + 27));
};
inline constexpr auto kNeitherMonitorTrapFlagNorFred = [](CpuProfile& cpu) {
    kNoMonitorTrapFlag(cpu);
    cpu.msrs.set(0x489, cpu.msrs.get_or_zero(0x489) & ~bit(32));
};

inline constexpr Witness kEntryControlWitnesses[] = {
    {"entry.controls.must_be_1", Variant::long_mode, {zeros(Field::vm_entry_controls, bit(12))}},
    {"entry.controls.may_be_1", Variant::long_mode, {ones(Field::vm_entry_controls, bit(31))}},
    {"entry.injection.type_reserved", Variant::long_mode, {{kInformation, 0x80000100}}},
    {"entry.injection.type_other_event", Variant::long_mode, {{kInformation, 0x80000700}}, {}, {}, kNeitherMonitorTrapFlagNorFred},
    {"entry.injection.nmi_vector", Variant::long_mode, {{kInformation, 0x80000203}}},
    {"entry.injection.exception_vector", Variant::long_mode, {{kInformation, 0x80000320}}},
    {"entry.injection.other_event_vector", Variant::long_mode, {{kInformation, 0x80000701}, {Field::vm_entry_instruction_length, 2}}},
    {"entry.injection.other_event_vector_with_fred", Variant::long_mode, {{kInformation, 0x80000703}, ones(Field::guest_cr4, bit(32))}},
    {"entry.injection.pending_mtf", Variant::long_mode, {{kInformation, 0x80000700}}, {}, {}, kNoMonitorTrapFlag},

    {"entry.injection.error_code_only_for_exceptions", Variant::long_mode, {{kInformation, 0x80000A02}}},
    {"entry.injection.no_error_code_in_real_mode", Variant::real_mode, {{kInformation, 0x80000B0D}}},
    {"entry.injection.error_code_missing", Variant::long_mode, {{kInformation, 0x8000030D}}, {}, {}, kErrorCodeByVector},
    {"entry.injection.error_code_missing", Variant::unpaged_32, {{kInformation, 0x80000308}}, {}, {}, kErrorCodeByVector},
    {"entry.injection.error_code_unexpected", Variant::long_mode, {{kInformation, 0x80000B06}}, {}, {}, kErrorCodeByVector},
    {"entry.injection.nested_only_for_exceptions", Variant::long_mode, {{kInformation, 0x80002202}}},
    {"entry.injection.nested_exception", Variant::long_mode, {{kInformation, 0x80002306}}, {}, {}, kNoNestedException},
    {"entry.injection.reserved", Variant::long_mode, {{kInformation, 0x80001202}}},
    {"entry.injection.reserved", Variant::long_mode, {{kInformation, 0xC0000202}}},
    {"entry.error_code.reserved", Variant::long_mode, {{kInformation, 0x80000B0D}, {Field::vm_entry_exception_error_code, 0x10000}}},
    {"entry.instruction_length.limit", Variant::long_mode, {{kInformation, 0x80000480}, {Field::vm_entry_instruction_length, 16}}},
    {"entry.instruction_length.not_zero", Variant::long_mode, {{kInformation, 0x80000603}}, {}, {}, kNoZeroLength},

    {"entry.msr_load.aligned", Variant::long_mode, {{Field::vm_entry_msr_load_count, 1}, {Field::vm_entry_msr_load_address, 0x10008}},
        {write_memory(0x10008, 0x174), write_memory(0x10010, 0)}},
    {"entry.msr_load.width", Variant::long_mode, {{Field::vm_entry_msr_load_count, 1}, {Field::vm_entry_msr_load_address, bit(46)}}, {write_memory(bit(46), 0x174)}},
    {"entry.msr_load.last_byte_width", Variant::long_mode, {{Field::vm_entry_msr_load_count, 2}, {Field::vm_entry_msr_load_address, bit(46) - 16}}},

    {"entry.entry_to_smm.only_in_smm", Variant::long_mode, {on(spec::Control::entry_entry_to_smm)}},
    {"entry.deactivate_dual_monitor.only_in_smm", Variant::long_mode, {on(spec::Control::entry_deactivate_dual_monitor_treatment)}},
    {"entry.deactivate_dual_monitor.not_with_entry_to_smm", Variant::long_mode,
        {on(spec::Control::entry_entry_to_smm), on(spec::Control::entry_deactivate_dual_monitor_treatment),
         ones(Field::guest_interruptibility_state, bit(2))}, {},  // blocking by SMI, which entry to SMM needs
        [](Scene& scene) { scene.processor.in_smm = true; }},
};
// clang-format on

}  // namespace vmxsim::vmx::tests
