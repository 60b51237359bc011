// SPDX-License-Identifier: MIT
// SDM 26.3.1.5, Checks on Guest Non-Register State: activity state, interruptibility state, pending debug exceptions.
// The VMCS link pointer is in guest_vmcs_link_pointer.hpp.
#pragma once

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

enum GuestActivity : u64 { kActive = 0, kHlt = 1, kShutdown = 2, kWaitForSipi = 3 };  // SDM 24.4.2
namespace interruptibility {
inline constexpr u64 kSti = bit(0), kMovSs = bit(1), kSmi = bit(2), kNmi = bit(3), kEnclave = bit(4);
}
namespace pending_debug {
inline constexpr u64 kB3toB0 = mask(3, 0), kBusLock = bit(11), kEnabledBreakpoint = bit(12), kBs = bit(14), kRtm = bit(16);
inline constexpr u64 kReserved = mask(63, 17) | bit(15) | bit(13) | mask(10, 4);
}  // namespace pending_debug
inline constexpr u64 kDebugVector = 1, kMachineCheckVector = 18;

template <class C>
bool may_be_injected_in_hlt(const C& c) {
    return c.injects(kExternalInterrupt) || c.injects(kNmi) || c.injects(kHardwareException, kDebugVector) ||
           c.injects(kHardwareException, kMachineCheckVector) || c.injects(kOtherEvent, 0);
}
template <class C>
bool may_be_injected_in_shutdown(const C& c) {
    return c.injects(kNmi) || c.injects(kHardwareException, kMachineCheckVector);
}
// After STI, MOV SS or HLT the previous instruction was one that single-stepping would have trapped.
template <class C>
bool single_step_would_be_pending(const C& c) {
    return c.blocking_by_sti() || c.blocking_by_mov_ss() || c.activity() == kHlt;
}
template <class C>
bool single_stepping(const C& c) {  // every instruction, not only branches
    return is_set(c[Field::guest_rflags], 8) && !is_set(c[Field::guest_ia32_debugctl], 1);
}
template <class C>
bool pending_in_rtm(const C& c) {
    return (c[Field::guest_pending_debug_exceptions] & pending_debug::kRtm) != 0;
}

// clang-format off
template <class C>
inline constexpr auto kGuestNonRegisterStateChecks = std::to_array<Check<C>>({
    // --- Activity state
    {"guest.activity_state.range", "26.3.1.5", {Field::guest_activity_state},
     "The activity state must be 0 (active), 1 (HLT), 2 (shutdown) or 3 (wait-for-SIPI).",
     [](const C&) { return true; },
     [](const C& c) { return c.activity() <= kWaitForSipi; },
     [](const C&) { return set_value(Field::guest_activity_state, kActive); }},
    {"guest.activity_state.supported", "26.3.1.5", {Field::guest_activity_state},
     "The activity state must be one that the processor supports (IA32_VMX_MISC bits 8:6).",
     [](const C& c) { return c.activity() <= kWaitForSipi; },
     [](const C& c) { return c.cpu.supports_activity_state(c.activity()); },
     [](const C&) { return set_value(Field::guest_activity_state, kActive); }},
    {"guest.activity_state.hlt_at_cpl_0", "26.3.1.5", {Field::guest_activity_state, Field::guest_ss_access_rights},
     "The activity state cannot be HLT if the SS DPL (the CPL) is not 0.",
     [](const C& c) { return c.rights(SegmentRegister::ss).dpl() != 0; },
     [](const C& c) { return c.activity() != kHlt; },
     [](const C&) { return set_value(Field::guest_activity_state, kActive); }},
    {"guest.activity_state.active_with_blocking_by_sti", "26.3.1.5",
     {Field::guest_activity_state, Field::guest_interruptibility_state},
     "With blocking by STI (interruptibility bit 0), the activity state must be active.",
     [](const C& c) { return c.blocking_by_sti(); },
     [](const C& c) { return c.activity() == kActive; },
     [](const C&) { return set_value(Field::guest_activity_state, kActive); }},
    {"guest.activity_state.active_with_blocking_by_mov_ss", "26.3.1.5",
     {Field::guest_activity_state, Field::guest_interruptibility_state},
     "With blocking by MOV SS (interruptibility bit 1), the activity state must be active.",
     [](const C& c) { return c.blocking_by_mov_ss(); },
     [](const C& c) { return c.activity() == kActive; },
     [](const C&) { return set_value(Field::guest_activity_state, kActive); }},
    {"guest.activity_state.hlt_and_injected_event", "26.3.1.5",
     {Field::guest_activity_state, Field::vm_entry_interruption_information},
     "Into the HLT state only external interrupts, NMIs, #DB, #MC and a pending MTF VM exit (other event, vector 0) may be "
     "injected.",
     [](const C& c) { return c.injects() && !may_be_injected_in_hlt(c); },
     [](const C& c) { return c.activity() != kHlt; },
     [](const C&) { return set_value(Field::guest_activity_state, kActive); }},
    {"guest.activity_state.shutdown_and_injected_event", "26.3.1.5",
     {Field::guest_activity_state, Field::vm_entry_interruption_information},
     "Into the shutdown state only NMIs and #MC may be injected.",
     [](const C& c) { return c.injects() && !may_be_injected_in_shutdown(c); },
     [](const C& c) { return c.activity() != kShutdown; },
     [](const C&) { return set_value(Field::guest_activity_state, kActive); }},
    {"guest.activity_state.wait_for_sipi_and_injected_event", "26.3.1.5",
     {Field::guest_activity_state, Field::vm_entry_interruption_information},
     "Into the wait-for-SIPI state no event may be injected.",
     [](const C& c) { return c.injects(); },
     [](const C& c) { return c.activity() != kWaitForSipi; },
     [](const C&) { return set_value(Field::guest_activity_state, kActive); }},
    {"guest.activity_state.wait_for_sipi_in_smm", "26.3.1.5", {Field::guest_activity_state, Field::vm_entry_controls},
     "If \"entry to SMM\" is 1, the activity state cannot be wait-for-SIPI.",
     [](const C& c) { return c.entry().entry_to_smm(); },
     [](const C& c) { return c.activity() != kWaitForSipi; },
     [](const C&) { return set_value(Field::guest_activity_state, kActive); }},

    // --- Interruptibility state
    {"guest.interruptibility_state.reserved", "26.3.1.5", {Field::guest_interruptibility_state},
     "Bits 31:5 of the interruptibility state are reserved and must be 0 (31:4 in editions before SGX).",
     [](const C&) { return true; },
     [](const C& c) { return bits(c[Field::guest_interruptibility_state], 31, 5) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_interruptibility_state, mask(31, 5)); }},
    {"guest.interruptibility_state.sti_and_mov_ss", "26.3.1.5", {Field::guest_interruptibility_state},
     "Blocking by STI (bit 0) and blocking by MOV SS (bit 1) cannot both be 1.",
     [](const C&) { return true; },
     [](const C& c) { return !c.blocking_by_sti() || !c.blocking_by_mov_ss(); },
     [](const C& c) {  // with IF = 0 there was no STI
         return clear_bits(c, Field::guest_interruptibility_state,
                           is_set(c[Field::guest_rflags], 9) ? interruptibility::kMovSs : interruptibility::kSti);
     }},
    {"guest.interruptibility_state.sti_without_if", "26.3.1.5", {Field::guest_interruptibility_state, Field::guest_rflags},
     "Blocking by STI (bit 0) must be 0 if RFLAGS.IF (bit 9) is 0.",
     [](const C& c) { return !is_set(c[Field::guest_rflags], 9); },
     [](const C& c) { return !c.blocking_by_sti(); },
     [](const C& c) { return clear_bits(c, Field::guest_interruptibility_state, interruptibility::kSti); }},
    {"guest.interruptibility_state.sti_with_external_interrupt", "26.3.1.5",
     {Field::guest_interruptibility_state, Field::vm_entry_interruption_information},
     "If an external interrupt is injected, blocking by STI (bit 0) must be 0.",
     [](const C& c) { return c.injects(kExternalInterrupt); },
     [](const C& c) { return !c.blocking_by_sti(); },
     [](const C& c) { return clear_bits(c, Field::guest_interruptibility_state, interruptibility::kSti); }},
    {"guest.interruptibility_state.mov_ss_with_external_interrupt", "26.3.1.5",
     {Field::guest_interruptibility_state, Field::vm_entry_interruption_information},
     "If an external interrupt is injected, blocking by MOV SS (bit 1) must be 0.",
     [](const C& c) { return c.injects(kExternalInterrupt); },
     [](const C& c) { return !c.blocking_by_mov_ss(); },
     [](const C& c) { return clear_bits(c, Field::guest_interruptibility_state, interruptibility::kMovSs); }},
    {"guest.interruptibility_state.mov_ss_with_nmi", "26.3.1.5",
     {Field::guest_interruptibility_state, Field::vm_entry_interruption_information},
     "If an NMI is injected, blocking by MOV SS (bit 1) must be 0.",
     [](const C& c) { return c.injects(kNmi); },
     [](const C& c) { return !c.blocking_by_mov_ss(); },
     [](const C& c) { return clear_bits(c, Field::guest_interruptibility_state, interruptibility::kMovSs); }},
    {"guest.interruptibility_state.smi_outside_smm", "26.3.1.5", {Field::guest_interruptibility_state},
     "Blocking by SMI (bit 2) must be 0 if the processor is not in SMM.",
     [](const C& c) { return !c.processor.in_smm; },
     [](const C& c) { return (c[Field::guest_interruptibility_state] & interruptibility::kSmi) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_interruptibility_state, interruptibility::kSmi); }},
    {"guest.interruptibility_state.smi_for_entry_to_smm", "26.3.1.5",
     {Field::guest_interruptibility_state, Field::vm_entry_controls},
     "If \"entry to SMM\" is 1 (possible only in SMM), blocking by SMI (bit 2) must be 1.",
     [](const C& c) { return c.processor.in_smm && c.entry().entry_to_smm(); },
     [](const C& c) { return (c[Field::guest_interruptibility_state] & interruptibility::kSmi) != 0; },
     [](const C& c) { return set_bits(c, Field::guest_interruptibility_state, interruptibility::kSmi); }},
    {"guest.interruptibility_state.sti_with_nmi", "26.3.1.5",
     {Field::guest_interruptibility_state, Field::vm_entry_interruption_information},
     "If an NMI is injected, blocking by STI (bit 0) must be 0 on processors that require it, as vmxsim's do.",
     [](const C& c) { return c.injects(kNmi); },
     [](const C& c) { return !c.blocking_by_sti(); },
     [](const C& c) { return clear_bits(c, Field::guest_interruptibility_state, interruptibility::kSti); }, kInvalidNmiInjection},
    {"guest.interruptibility_state.nmi_with_virtual_nmi", "26.3.1.5",
     {Field::guest_interruptibility_state, Field::pin_based_controls, Field::vm_entry_interruption_information},
     "If \"virtual NMIs\" is 1 and an NMI is injected, (virtual-)NMI blocking (bit 3) must be 0.",
     [](const C& c) { return c.injects(kNmi) && c.pin().virtual_nmis(); },
     [](const C& c) { return (c[Field::guest_interruptibility_state] & interruptibility::kNmi) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_interruptibility_state, interruptibility::kNmi); }},
    {"guest.interruptibility_state.enclave_and_mov_ss", "26.3.1.5", {Field::guest_interruptibility_state},
     "If enclave interruption (bit 4) is 1, blocking by MOV SS (bit 1) must be 0.",
     [](const C& c) { return (c[Field::guest_interruptibility_state] & interruptibility::kEnclave) != 0; },
     [](const C& c) { return !c.blocking_by_mov_ss(); },
     [](const C& c) { return clear_bits(c, Field::guest_interruptibility_state, interruptibility::kMovSs); }},
    {"guest.interruptibility_state.enclave_needs_sgx", "26.3.1.5", {Field::guest_interruptibility_state},
     "Enclave interruption (bit 4) must be 0 unless the processor supports SGX (CPUID leaf 7: EBX bit 2).",
     [](const C& c) { return !c.cpu.sgx; },
     [](const C& c) { return (c[Field::guest_interruptibility_state] & interruptibility::kEnclave) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_interruptibility_state, interruptibility::kEnclave); }},
    {"guest.interruptibility_state.sti_with_fred", "26.3.1.5",
     {Field::guest_interruptibility_state, Field::guest_ss_access_rights, Field::guest_cr4, Field::vm_entry_controls},
     "If the guest will use FRED (IA-32e mode and CR4.FRED) at CPL 3, blocking by STI (bit 0) must be 0 (FRED specification).",
     [](const C& c) { return c.guest_fred() && c.rights(SegmentRegister::ss).dpl() == 3; },
     [](const C& c) { return !c.blocking_by_sti(); },
     [](const C& c) { return clear_bits(c, Field::guest_interruptibility_state, interruptibility::kSti); }},

    // --- Pending debug exceptions
    {"guest.pending_debug_exceptions.reserved", "26.3.1.5", {Field::guest_pending_debug_exceptions},
     "Bits 10:4, 13, 15 and 63:17 of the pending debug exceptions are reserved and must be 0.",
     [](const C&) { return true; },
     [](const C& c) { return (c[Field::guest_pending_debug_exceptions] & pending_debug::kReserved) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_pending_debug_exceptions, pending_debug::kReserved); }},
    {"guest.pending_debug_exceptions.bus_lock_support", "26.3.1.5", {Field::guest_pending_debug_exceptions},
     "Bit 11 (bus lock) must be 0 unless the processor detects bus locks (CPUID leaf 7: ECX bit 24); earlier editions reserve "
     "it.",
     [](const C& c) { return !c.cpu.bus_lock_detect; },
     [](const C& c) { return (c[Field::guest_pending_debug_exceptions] & pending_debug::kBusLock) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_pending_debug_exceptions, pending_debug::kBusLock); }},
    {"guest.pending_debug_exceptions.bs_while_single_stepping", "26.3.1.5",
     {Field::guest_pending_debug_exceptions, Field::guest_rflags, Field::guest_ia32_debugctl,
      Field::guest_interruptibility_state, Field::guest_activity_state},
     "With blocking by STI or MOV SS, or in HLT, BS (bit 14) must be 1 if RFLAGS.TF is 1 and IA32_DEBUGCTL.BTF is 0.",
     [](const C& c) { return single_step_would_be_pending(c) && single_stepping(c); },
     [](const C& c) { return (c[Field::guest_pending_debug_exceptions] & pending_debug::kBs) != 0; },
     [](const C& c) { return set_bits(c, Field::guest_pending_debug_exceptions, pending_debug::kBs); }},
    {"guest.pending_debug_exceptions.bs_without_single_stepping", "26.3.1.5",
     {Field::guest_pending_debug_exceptions, Field::guest_rflags, Field::guest_ia32_debugctl,
      Field::guest_interruptibility_state, Field::guest_activity_state},
     "With blocking by STI or MOV SS, or in HLT, BS (bit 14) must be 0 if RFLAGS.TF is 0 or IA32_DEBUGCTL.BTF is 1.",
     [](const C& c) { return single_step_would_be_pending(c) && !single_stepping(c); },
     [](const C& c) { return (c[Field::guest_pending_debug_exceptions] & pending_debug::kBs) == 0; },
     [](const C& c) { return clear_bits(c, Field::guest_pending_debug_exceptions, pending_debug::kBs); }},
    {"guest.pending_debug_exceptions.rtm_support", "26.3.1.5", {Field::guest_pending_debug_exceptions},
     "Bit 16 (RTM) must be 0 unless the processor supports RTM (CPUID leaf 7: EBX bit 11).",
     [](const C& c) { return !c.cpu.rtm; },
     [](const C& c) { return !pending_in_rtm(c); },
     [](const C& c) { return clear_bits(c, Field::guest_pending_debug_exceptions, pending_debug::kRtm); }},
    {"guest.pending_debug_exceptions.rtm_excludes_others", "26.3.1.5", {Field::guest_pending_debug_exceptions},
     "If bit 16 (RTM) is 1, bits 3:0, 11 and 14 must be 0.",
     [](const C& c) { return c.cpu.rtm && pending_in_rtm(c); },
     [](const C& c) {
         return (c[Field::guest_pending_debug_exceptions] &
                 (pending_debug::kB3toB0 | pending_debug::kBusLock | pending_debug::kBs)) == 0;
     },
     [](const C& c) {
         return clear_bits(c, Field::guest_pending_debug_exceptions,
                           pending_debug::kB3toB0 | pending_debug::kBusLock | pending_debug::kBs);
     }},
    {"guest.pending_debug_exceptions.rtm_needs_enabled_breakpoint", "26.3.1.5", {Field::guest_pending_debug_exceptions},
     "If bit 16 (RTM) is 1, bit 12 (enabled breakpoint) must be 1.",
     [](const C& c) { return c.cpu.rtm && pending_in_rtm(c); },
     [](const C& c) { return (c[Field::guest_pending_debug_exceptions] & pending_debug::kEnabledBreakpoint) != 0; },
     [](const C& c) { return set_bits(c, Field::guest_pending_debug_exceptions, pending_debug::kEnabledBreakpoint); }},
    {"guest.pending_debug_exceptions.rtm_with_mov_ss", "26.3.1.5",
     {Field::guest_pending_debug_exceptions, Field::guest_interruptibility_state},
     "Bit 16 (RTM) must be 0 with blocking by MOV SS (interruptibility bit 1).",
     [](const C& c) { return c.blocking_by_mov_ss() && c.cpu.rtm; },
     [](const C& c) { return !pending_in_rtm(c); },
     [](const C& c) { return clear_bits(c, Field::guest_pending_debug_exceptions, pending_debug::kRtm); }},
});
// clang-format on

}  // namespace vmxsim::vmx
