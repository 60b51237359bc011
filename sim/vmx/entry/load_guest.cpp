// SPDX-License-Identifier: MIT
#include "vmx/entry/load_guest.hpp"

#include "vmx/controls_in_effect.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {
namespace {

constexpr u64 kLmeAndLma = bit(8) | bit(10);
// CR0 bits that VM entry never modifies: ET, NW, CD and the reserved ones.
constexpr u64 kKeptCr0Bits = bit(4) | mask(15, 6) | bit(17) | mask(28, 19) | bit(29) | bit(30);

// SDM 26.3.2.1.
void load_control_and_debug_registers(CpuState& state, const Vmcs& vmcs) {
    state.cr0 = (vmcs[Field::guest_cr0] & ~kKeptCr0Bits) | (state.cr0 & kKeptCr0Bits);
    state.cr3 = vmcs[Field::guest_cr3];
    state.cr4 = vmcs[Field::guest_cr4];
    if (entry_controls(vmcs).load_debug_controls()) {
        state.dr7 = (vmcs[Field::guest_dr7] & ~(bit(12) | mask(15, 14))) | bit(10);
        state.msrs.debugctl = vmcs[Field::guest_ia32_debugctl];
    }
}

void load_msr_fields(CpuState& state, const Vmcs& vmcs, const Capabilities& cpu) {
    const EntryControls entry = entry_controls(vmcs);
    Msrs& msrs = state.msrs;
    msrs.sysenter_cs = vmcs[Field::guest_ia32_sysenter_cs];
    msrs.sysenter_esp = vmcs[Field::guest_ia32_sysenter_esp];
    msrs.sysenter_eip = vmcs[Field::guest_ia32_sysenter_eip];
    if (entry.load_ia32_efer())
        msrs.efer = vmcs[Field::guest_ia32_efer];
    else if (cpu.intel64)
        msrs.efer = entry.ia_32e_mode_guest() ? msrs.efer | kLmeAndLma : msrs.efer & ~kLmeAndLma;
    if (entry.load_ia32_perf_global_ctrl()) msrs.perf_global_ctrl = vmcs[Field::guest_ia32_perf_global_ctrl];
    if (entry.load_ia32_pat()) msrs.pat = vmcs[Field::guest_ia32_pat];
    if (entry.load_ia32_bndcfgs()) msrs.bndcfgs = vmcs[Field::guest_ia32_bndcfgs];
    if (entry.load_ia32_rtit_ctl()) msrs.rtit_ctl = vmcs[Field::guest_ia32_rtit_ctl];
    if (entry.load_guest_ia32_lbr_ctl()) msrs.lbr_ctl = vmcs[Field::guest_ia32_lbr_ctl];
    if (entry.load_pkrs()) msrs.pkrs = vmcs[Field::guest_ia32_pkrs];
    if (entry.load_ia32_spec_ctrl()) msrs.spec_ctrl = vmcs[Field::guest_ia32_spec_ctrl];
    if (entry.load_uinv()) msrs.uinv = vmcs[Field::guest_uinv];
    if (entry.load_cet_state()) {
        msrs.s_cet = vmcs[Field::guest_ia32_s_cet];
        msrs.ssp = vmcs[Field::guest_ssp];
        msrs.interrupt_ssp_table = vmcs[Field::guest_ia32_interrupt_ssp_table_addr];
    }
    if (entry.load_guest_fred_state()) {
        for (size_t i = 0; i < msrs.fred.size(); ++i)
            msrs.fred[i] = vmcs[static_cast<Field>(static_cast<size_t>(Field::guest_ia32_fred_config) + i)];
    }
}

// SDM 26.3.2.2. The fields of one kind stand in the order of SegmentRegister.
void load_segments(CpuState& state, const Vmcs& vmcs) {
    for (size_t i = 0; i < kSegmentRegisterCount; ++i) {
        const auto at = [&](Field first) { return vmcs[static_cast<Field>(static_cast<size_t>(first) + i)]; };
        Segment& segment = state.segments[i];
        segment.selector = static_cast<u16>(at(Field::guest_es_selector));
        segment.base = at(Field::guest_es_base);
        segment.limit = static_cast<u32>(at(Field::guest_es_limit));
        segment.rights = {static_cast<u32>(at(Field::guest_es_access_rights))};
        if (!segment.rights.unusable()) continue;
        const auto which = static_cast<SegmentRegister>(i);
        if (which == SegmentRegister::ss || which == SegmentRegister::ds || which == SegmentRegister::es)
            segment.base = bits(segment.base, 31, 0);
        if (which == SegmentRegister::ldtr) segment.base = 0;  // any canonical value would do
    }
    state.gdtr = {vmcs[Field::guest_gdtr_base], static_cast<u16>(vmcs[Field::guest_gdtr_limit])};
    state.idtr = {vmcs[Field::guest_idtr_base], static_cast<u16>(vmcs[Field::guest_idtr_limit])};
}

// SDM 26.3.2.4.
void load_pdptes(Processor& cpu) {
    const Vmcs& vmcs = cpu.vmx.current;
    CpuState& state = cpu.state;
    if (!is_set(state.cr0, 31) || !is_set(state.cr4, 5) || entry_controls(vmcs).ia_32e_mode_guest()) return;
    const bool from_fields = secondary_controls(vmcs).enable_ept();
    for (size_t i = 0; i < state.pdptes.size(); ++i)
        state.pdptes[i] = from_fields ? vmcs[static_cast<Field>(static_cast<size_t>(Field::guest_pdpte0) + i)]
                                      : cpu.memory.read<u64>((state.cr3 & mask(31, 5)) + 8 * i);
}

// SDM 26.3.2.5, 26.7.1 and 26.7.2. A vectoring VM entry injects an event through the IDT: it leaves the processor
// active and without blocking by STI or MOV SS.
void load_non_register_state(Processor& cpu) {
    const Vmcs& vmcs = cpu.vmx.current;
    CpuState& state = cpu.state;
    const u64 injection = vmcs[Field::vm_entry_interruption_information];
    const u64 interruptibility = vmcs[Field::guest_interruptibility_state];
    const bool injects = is_set(injection, 31);
    const bool vectoring = injects && bits(injection, 10, 8) != kOtherEvent;
    const bool virtual_nmis = pin_controls(vmcs).virtual_nmis();

    state.activity = vectoring ? ActivityState::active : static_cast<ActivityState>(vmcs[Field::guest_activity_state]);
    state.blocking_by_sti = !vectoring && is_set(interruptibility, 0);
    state.blocking_by_mov_ss = !vectoring && is_set(interruptibility, 1);
    state.blocking_by_smi = is_set(interruptibility, 2);
    state.blocking_by_nmi = !virtual_nmis && is_set(interruptibility, 3);
    cpu.vmx.virtual_nmi_blocking = virtual_nmis && is_set(interruptibility, 3);
    state.pending_debug_exceptions = vmcs[Field::guest_pending_debug_exceptions];
    cpu.vmx.pending_injection.reset();
    if (injects)
        cpu.vmx.pending_injection =
            PendingInjection{static_cast<u32>(injection), static_cast<u32>(vmcs[Field::vm_entry_exception_error_code]),
                             static_cast<u32>(vmcs[Field::vm_entry_instruction_length]), vmcs[Field::injected_event_data]};
}

}  // namespace

void load_guest(Processor& cpu) {
    const Vmcs& vmcs = cpu.vmx.current;
    CpuState& state = cpu.state;
    load_control_and_debug_registers(state, vmcs);
    load_msr_fields(state, vmcs, cpu.capabilities);
    load_segments(state, vmcs);
    state.rip = vmcs[Field::guest_rip];
    state[Register::rsp] = vmcs[Field::guest_rsp];
    state.rflags = vmcs[Field::guest_rflags];
    load_pdptes(cpu);
    load_non_register_state(cpu);
    state.address_range_monitored = false;
    cpu.vmx.non_root = true;
}

}  // namespace vmxsim::vmx
