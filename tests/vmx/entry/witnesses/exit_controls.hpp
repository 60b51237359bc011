// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.2.1.2, VM-Exit Control Fields.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

// clang-format off
inline constexpr Witness kExitControlWitnesses[] = {
    {"exit.primary.must_be_1", Variant::long_mode, {zeros(Field::primary_vm_exit_controls, bit(17))}},
    {"exit.primary.may_be_1", Variant::long_mode, {on(spec::Control::exit_save_ia32_pat)}, {}, {},
        [](CpuProfile& cpu) { cpu.msrs.set(0x48F, cpu.msrs.get_or_zero(0x48F) & ~bit(32 + 18)); }},
    {"exit.secondary.may_be_1", Variant::long_mode, {on(spec::Control::exit_activate_secondary_controls), ones(Field::secondary_vm_exit_controls, bit(4))}},
    {"exit.save_preemption_timer.activated", Variant::all_features, {off(spec::Control::pin_activate_vmx_preemption_timer)}},
    {"exit.msr_store.aligned", Variant::long_mode, {{Field::vm_exit_msr_store_count, 1}, {Field::vm_exit_msr_store_address, 0x10008}}},
    {"exit.msr_store.width", Variant::long_mode, {{Field::vm_exit_msr_store_count, 1}, {Field::vm_exit_msr_store_address, bit(46)}}},
    {"exit.msr_store.last_byte_width", Variant::long_mode, {{Field::vm_exit_msr_store_count, 2}, {Field::vm_exit_msr_store_address, bit(46) - 16}}},
    // 1000'0001H entries: 32-bit arithmetic would place the last byte 15 bytes after the first (Bochs does).
    {"exit.msr_store.last_byte_width", Variant::long_mode, {{Field::vm_exit_msr_store_count, 0x1000'0001}, {Field::vm_exit_msr_store_address, bit(46) - 16}}},
    {"exit.msr_load.aligned", Variant::long_mode, {{Field::vm_exit_msr_load_count, 1}, {Field::vm_exit_msr_load_address, 0x10001}}},
    {"exit.msr_load.width", Variant::long_mode, {{Field::vm_exit_msr_load_count, 1}, {Field::vm_exit_msr_load_address, bit(63)}}},
    {"exit.msr_load.last_byte_width", Variant::long_mode, {{Field::vm_exit_msr_load_count, 2}, {Field::vm_exit_msr_load_address, bit(46) - 16}}},
};
// clang-format on

}  // namespace vmxsim::vmx::tests
