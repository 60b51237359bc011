// SPDX-License-Identifier: MIT
#include "vmx/exit/load_host.hpp"

#include "vmcs/region.hpp"
#include "vmx/controls_in_effect.hpp"

namespace vmxsim::vmx {
namespace {

constexpr u64 kLmeAndLma = bit(8) | bit(10);
// CR0 bits that VM exit never modifies: ET, NW, CD and the reserved ones. Those that are fixed in VMX operation have
// their value in the field, too: the checks on host state saw to that.
constexpr u64 kKeptCr0Bits = bit(4) | mask(15, 6) | bit(17) | mask(28, 19) | bit(29) | bit(30) | mask(63, 32);
constexpr u64 kPae = bit(5), kPcide = bit(17);
// Access rights, in the format of SDM 24.4.1.
constexpr u32 kCode64 = 0xA09B, kCode32 = 0xC09B, kData = 0xC093, kBusyTss = 0x8B;

u64 sign_extend(const Capabilities& cpu, u64 address) {
    const unsigned shift = 64 - cpu.linear_address_bits;
    return static_cast<u64>(static_cast<i64>(address << shift) >> shift);
}

// SDM 27.5.1.
void load_control_and_debug_registers(CpuState& state, const Vmcs& vmcs, const Capabilities& cpu) {
    const bool host_64_bit = exit_controls(vmcs).host_address_space_size();
    state.cr0 = (vmcs[Field::host_cr0] & ~kKeptCr0Bits) | (state.cr0 & kKeptCr0Bits);
    state.cr3 = vmcs[Field::host_cr3] & mask(cpu.physical_address_bits - 1, 0);
    state.cr4 = host_64_bit ? vmcs[Field::host_cr4] | kPae : vmcs[Field::host_cr4] & ~kPcide;
    state.dr7 = 0x400;
    state.msrs.debugctl = 0;
}

void load_msr_fields(CpuState& state, const Vmcs& vmcs, const Capabilities& cpu) {
    const ExitControls exit = exit_controls(vmcs);
    const SecondaryExitControls exit2 = secondary_exit_controls(vmcs);
    Msrs& msrs = state.msrs;
    msrs.sysenter_cs = vmcs[Field::host_ia32_sysenter_cs];
    msrs.sysenter_esp = sign_extend(cpu, vmcs[Field::host_ia32_sysenter_esp]);
    msrs.sysenter_eip = sign_extend(cpu, vmcs[Field::host_ia32_sysenter_eip]);
    if (exit.load_ia32_efer())
        msrs.efer = vmcs[Field::host_ia32_efer];
    else if (cpu.intel64)
        msrs.efer = exit.host_address_space_size() ? msrs.efer | kLmeAndLma : msrs.efer & ~kLmeAndLma;
    if (exit.load_ia32_perf_global_ctrl()) msrs.perf_global_ctrl = vmcs[Field::host_ia32_perf_global_ctrl];
    if (exit.load_ia32_pat()) msrs.pat = vmcs[Field::host_ia32_pat];
    if (exit.clear_ia32_bndcfgs()) msrs.bndcfgs = 0;
    if (exit.clear_ia32_rtit_ctl()) msrs.rtit_ctl = 0;
    if (exit.clear_ia32_lbr_ctl()) msrs.lbr_ctl = 0;
    if (exit.clear_uinv()) msrs.uinv = 0;
    if (exit.load_pkrs()) msrs.pkrs = vmcs[Field::host_ia32_pkrs];
    if (exit.load_cet_state()) {
        msrs.s_cet = vmcs[Field::host_ia32_s_cet];
        msrs.ssp = vmcs[Field::host_ssp];
        msrs.interrupt_ssp_table = vmcs[Field::host_ia32_interrupt_ssp_table_addr];
    }
    if (exit2.load_host_fred_state()) {
        for (size_t i = 0; i < msrs.fred.size(); ++i)
            msrs.fred[i] = vmcs[static_cast<Field>(static_cast<size_t>(Field::host_ia32_fred_config) + i)];
    }
    if (exit2.load_host_ia32_spec_ctrl()) msrs.spec_ctrl = vmcs[Field::host_ia32_spec_ctrl];
}

// SDM 27.5.2. A null selector makes a segment unusable; CS and TR never have one.
void load_segments(CpuState& state, const Vmcs& vmcs, const Capabilities& cpu) {
    const auto data = [&](SegmentRegister which, Field selector, u64 base) {
        const auto value = static_cast<u16>(vmcs[selector]);
        state[which] = {value, base, 0xFFFFFFFF, {value == 0 ? kUnusable : kData}};
    };
    const bool host_64_bit = exit_controls(vmcs).host_address_space_size();
    state[SegmentRegister::cs] = {
        static_cast<u16>(vmcs[Field::host_cs_selector]), 0, 0xFFFFFFFF, {host_64_bit ? kCode64 : kCode32}};
    data(SegmentRegister::ss, Field::host_ss_selector, 0);
    data(SegmentRegister::ds, Field::host_ds_selector, 0);
    data(SegmentRegister::es, Field::host_es_selector, 0);
    data(SegmentRegister::fs, Field::host_fs_selector, sign_extend(cpu, vmcs[Field::host_fs_base]));
    data(SegmentRegister::gs, Field::host_gs_selector, sign_extend(cpu, vmcs[Field::host_gs_base]));
    state[SegmentRegister::tr] = {
        static_cast<u16>(vmcs[Field::host_tr_selector]), sign_extend(cpu, vmcs[Field::host_tr_base]), 0x67, {kBusyTss}};
    state[SegmentRegister::ldtr] = {0, 0, 0, {kUnusable}};
    state.gdtr = {sign_extend(cpu, vmcs[Field::host_gdtr_base]), 0xFFFF};
    state.idtr = {sign_extend(cpu, vmcs[Field::host_idtr_base]), 0xFFFF};
}

// SDM 27.5.4: false when a PDPTE that a MOV to CR3 would refuse (SDM 4.4.1) is among them.
bool load_pdptes(Processor& cpu) {
    CpuState& state = cpu.state;
    if (!is_set(state.cr0, 31) || !is_set(state.cr4, 5) || state.ia32e_mode()) return true;
    const u64 reserved = mask(2, 1) | mask(8, 5) | ~mask(cpu.capabilities.physical_address_bits - 1, 0);
    std::array<u64, 4> pdptes{};
    for (size_t i = 0; i < pdptes.size(); ++i) {
        pdptes[i] = cpu.memory.read<u64>((state.cr3 & mask(31, 5)) + 8 * i);
        if (is_set(pdptes[i], 0) && (pdptes[i] & reserved) != 0) return false;
    }
    state.pdptes = pdptes;
    return true;
}

}  // namespace

std::optional<Outcome> load_host(Processor& cpu) {
    const Vmcs& vmcs = cpu.vmx.current;
    CpuState& state = cpu.state;
    if (state.ia32e_mode() && !exit_controls(vmcs).host_address_space_size())
        return vmx_abort(cpu, kAbortHostAddressSpaceSize,
                         "The processor is in IA-32e mode and \"host address-space size\" is 0: no way back leads there.",
                         "27.5");
    load_control_and_debug_registers(state, vmcs, cpu.capabilities);
    load_msr_fields(state, vmcs, cpu.capabilities);
    load_segments(state, vmcs, cpu.capabilities);
    state.rip = vmcs[Field::host_rip];
    state[Register::rsp] = vmcs[Field::host_rsp];
    state.rflags = 2;

    cpu.vmx.non_root = false;
    cpu.vmx.virtual_nmi_blocking = false;
    cpu.vmx.pending_injection.reset();
    state.activity = ActivityState::active;
    state.blocking_by_sti = state.blocking_by_mov_ss = false;
    state.pending_debug_exceptions = 0;
    state.address_range_monitored = false;
    if (!load_pdptes(cpu))
        return vmx_abort(cpu, kAbortHostPdptes, "A page-directory-pointer-table entry that host CR3 references is not valid.",
                         "27.5.4");
    return std::nullopt;
}

Outcome vmx_abort(Processor& cpu, u32 indicator, const char* why, const char* sdm) {
    cpu.memory.write(cpu.vmx.current_vmcs_pointer + kAbortIndicatorOffset, indicator);
    cpu.state.activity = ActivityState::shutdown;
    Outcome outcome;
    outcome.kind = OutcomeKind::vmx_abort;
    outcome.abort_indicator = indicator;
    outcome.why = why;
    outcome.sdm = sdm;
    return outcome;
}

}  // namespace vmxsim::vmx
