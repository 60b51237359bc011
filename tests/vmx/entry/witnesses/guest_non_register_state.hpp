// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.3.1.5: activity state, interruptibility state, pending debug exceptions.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

using spec::Control;

inline constexpr u64 kInterrupt = 0x800000D1, kNonMaskable = 0x80000202, kInvalidOpcode = 0x80000306;
inline constexpr Change kInterruptsOn = ones(Field::guest_rflags, bit(9));
inline constexpr Change kSingleStep = ones(Field::guest_rflags, bit(8));

constexpr Change activity(u64 state) { return {Field::guest_activity_state, state}; }
constexpr Change interruptibility_state(u64 value) { return {Field::guest_interruptibility_state, value}; }
constexpr Change inject(u64 event) { return {Field::vm_entry_interruption_information, event}; }
constexpr Change pending(u64 exceptions) { return {Field::guest_pending_debug_exceptions, exceptions}; }

inline constexpr Witness kGuestNonRegisterStateWitnesses[] = {
    {"guest.activity_state.range", Variant::long_mode, {activity(4)}},
    {"guest.activity_state.supported",
     Variant::long_mode,
     {activity(3)},
     {},
     nullptr,
     [](CpuProfile& profile) { profile.msrs.set(0x485, *profile.msrs.get(0x485) & ~bit(8)); }},
    {"guest.activity_state.hlt_at_cpl_0",
     Variant::long_mode,
     {activity(1),
      ones(Field::guest_cs_selector, 3),
      ones(Field::guest_ss_selector, 3),
      {Field::guest_cs_access_rights, 0xA0FB},
      {Field::guest_ss_access_rights, 0xC0F3}}},
    {"guest.activity_state.active_with_blocking_by_sti",
     Variant::long_mode,
     {activity(2), interruptibility_state(1), kInterruptsOn}},
    {"guest.activity_state.active_with_blocking_by_mov_ss", Variant::long_mode, {activity(1), interruptibility_state(2)}},
    {"guest.activity_state.hlt_and_injected_event", Variant::long_mode, {activity(1), inject(kInvalidOpcode)}},
    {"guest.activity_state.shutdown_and_injected_event", Variant::long_mode, {activity(2), inject(kInterrupt), kInterruptsOn}},
    {"guest.activity_state.wait_for_sipi_and_injected_event", Variant::long_mode, {activity(3), inject(kNonMaskable)}},
    {"guest.activity_state.wait_for_sipi_in_smm",
     Variant::long_mode,
     {on(Control::entry_entry_to_smm), interruptibility_state(4), activity(3)},
     {},
     [](Scene& scene) { scene.processor.in_smm = true; }},

    {"guest.interruptibility_state.reserved", Variant::long_mode, {interruptibility_state(bit(5))}},
    {"guest.interruptibility_state.sti_and_mov_ss", Variant::long_mode, {interruptibility_state(3), kInterruptsOn}},
    {"guest.interruptibility_state.sti_without_if", Variant::long_mode, {interruptibility_state(1)}},
    {"guest.interruptibility_state.sti_with_external_interrupt",
     Variant::long_mode,
     {interruptibility_state(1), inject(kInterrupt), kInterruptsOn}},
    {"guest.interruptibility_state.mov_ss_with_external_interrupt",
     Variant::long_mode,
     {interruptibility_state(2), inject(kInterrupt), kInterruptsOn}},
    {"guest.interruptibility_state.mov_ss_with_nmi", Variant::long_mode, {interruptibility_state(2), inject(kNonMaskable)}},
    {"guest.interruptibility_state.smi_outside_smm", Variant::long_mode, {interruptibility_state(4)}},
    {"guest.interruptibility_state.smi_for_entry_to_smm",
     Variant::long_mode,
     {on(Control::entry_entry_to_smm)},
     {},
     [](Scene& scene) { scene.processor.in_smm = true; }},
    {"guest.interruptibility_state.sti_with_nmi",
     Variant::long_mode,
     {interruptibility_state(1), inject(kNonMaskable), kInterruptsOn}},
    {"guest.interruptibility_state.nmi_with_virtual_nmi",
     Variant::long_mode,
     {interruptibility_state(8), inject(kNonMaskable), on(Control::pin_nmi_exiting), on(Control::pin_virtual_nmis)}},
    {"guest.interruptibility_state.enclave_and_mov_ss", Variant::long_mode, {interruptibility_state(0x12)}},
    {"guest.interruptibility_state.enclave_needs_sgx",
     Variant::long_mode,
     {interruptibility_state(0x10)},
     {},
     [](Scene& scene) { scene.cpu.sgx = false; }},
    {"guest.interruptibility_state.sti_with_fred",
     Variant::long_mode,
     {interruptibility_state(1),
      kInterruptsOn,
      ones(Field::guest_cr4, bit(32)),
      ones(Field::guest_cs_selector, 3),
      ones(Field::guest_ss_selector, 3),
      {Field::guest_cs_access_rights, 0xA0FB},
      {Field::guest_ss_access_rights, 0xC0F3}}},

    {"guest.pending_debug_exceptions.reserved", Variant::long_mode, {pending(bit(63))}},
    {"guest.pending_debug_exceptions.bus_lock_support",
     Variant::long_mode,
     {pending(bit(11))},
     {},
     [](Scene& scene) { scene.cpu.bus_lock_detect = false; }},
    {"guest.pending_debug_exceptions.bs_while_single_stepping",
     Variant::long_mode,
     {interruptibility_state(1), kInterruptsOn, kSingleStep}},
    {"guest.pending_debug_exceptions.bs_without_single_stepping",
     Variant::long_mode,
     {activity(1), kSingleStep, {Field::guest_ia32_debugctl, bit(1)}, pending(bit(14))}},
    {"guest.pending_debug_exceptions.rtm_support",
     Variant::long_mode,
     {pending(bit(16) | bit(12))},
     {},
     [](Scene& scene) { scene.cpu.rtm = false; }},
    {"guest.pending_debug_exceptions.rtm_excludes_others", Variant::long_mode, {pending(bit(16) | bit(12) | 1)}},
    {"guest.pending_debug_exceptions.rtm_needs_enabled_breakpoint", Variant::long_mode, {pending(bit(16))}},
    {"guest.pending_debug_exceptions.rtm_with_mov_ss",
     Variant::long_mode,
     {pending(bit(16) | bit(12)), interruptibility_state(2)}},
};

}  // namespace vmxsim::vmx::tests
