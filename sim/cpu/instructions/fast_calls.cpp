// SPDX-License-Identifier: MIT
// SYSCALL, SYSRET, SYSENTER, SYSEXIT (SDM 5.8.7, 5.8.8): flat segments that no descriptor is read for.
#include "cpu/instructions/operand_forms.hpp"
#include "cpu/instructions/system_guards.hpp"

namespace vmxsim::cpu {
namespace {

// Code: execute-read, accessed. Data: read-write, accessed.
Segment flat_code(u64 selector, u32 dpl, bool bits64) {
    return {static_cast<u16>(selector), 0, 0xFFFFFFFF, {(bits64 ? 0xA09Bu : 0xC09Bu) | dpl << 5}};
}
Segment flat_data(u64 selector, u32 dpl) { return {static_cast<u16>(selector), 0, 0xFFFFFFFF, {0xC093u | dpl << 5}}; }

Flow enter(Cpu& cpu, const Segment& cs, const Segment& ss, u64 rip) {
    cpu.state[SegmentRegister::cs] = cs;
    cpu.state[SegmentRegister::ss] = ss;
    cpu.state.rip = rip;
    cpu.refresh_mode();
    return Flow::branch;
}

bool syscall_is_there(const Cpu& cpu) { return cpu.bit64() && is_set(cpu.state.msrs.efer, 0); }

Flow syscall(Cpu& cpu, const Insn&) {
    if (!syscall_is_there(cpu)) return cpu.undefined_opcode();
    const Msrs& msrs = cpu.state.msrs;
    const u64 selector = bits(msrs.star, 47, 32) & 0xFFFC, flags = cpu.rflags();
    cpu.state[Register::rcx] = cpu.state.rip;
    cpu.state[Register::r11] = flags & ~kRf;
    cpu.set_rflags((flags & ~msrs.fmask & ~kRf) | 2);
    if ((msrs.fmask & kTf) != 0) cpu.trap_inhibited = true;
    return enter(cpu, flat_code(selector, 0, true), flat_data(selector + 8, 0), msrs.lstar);
}

Flow sysret(Cpu& cpu, const Insn& insn) {
    if (!syscall_is_there(cpu)) return cpu.undefined_opcode();
    (void)TRY(require_cpl0(cpu));
    const bool to64 = insn.operand_size == 8;
    const u64 rip = to64 ? cpu.state[Register::rcx] : static_cast<u32>(cpu.state[Register::rcx]);
    if (!cpu.processor.capabilities.canonical(rip)) return cpu.general_protection();
    const u64 base = bits(cpu.state.msrs.star, 63, 48);
    cpu.set_rflags((cpu.state[Register::r11] & 0x3C7FD7) | 2);
    return enter(cpu, flat_code((base + (to64 ? 16 : 0)) | 3, 3, to64), flat_data((base + 8) | 3, 3), rip);
}

Flow sysenter(Cpu& cpu, const Insn&) {
    const Msrs& msrs = cpu.state.msrs;
    if (cpu.real_mode() || (msrs.sysenter_cs & 0xFFFC) == 0) return cpu.general_protection();
    const bool long_mode = cpu.state.ia32e_mode();
    cpu.set_rflags(cpu.rflags() & ~(kVm | kIf | kRf));
    cpu.state[Register::rsp] = long_mode ? msrs.sysenter_esp : static_cast<u32>(msrs.sysenter_esp);
    const u64 selector = msrs.sysenter_cs & 0xFFFC;
    return enter(cpu, flat_code(selector, 0, long_mode), flat_data(selector + 8, 0),
                 long_mode ? msrs.sysenter_eip : static_cast<u32>(msrs.sysenter_eip));
}

Flow sysexit(Cpu& cpu, const Insn& insn) {
    const u64 selector = cpu.state.msrs.sysenter_cs & 0xFFFC;
    if (cpu.real_mode() || selector == 0 || cpu.cpl() != 0) return cpu.general_protection();
    const bool to64 = insn.operand_size == 8;
    u64 rip = cpu.state[Register::rdx], rsp = cpu.state[Register::rcx];
    if (to64) {
        if (!cpu.processor.capabilities.canonical(rip) || !cpu.processor.capabilities.canonical(rsp))
            return cpu.general_protection();
    } else {
        rip = static_cast<u32>(rip);
        rsp = static_cast<u32>(rsp);
    }
    cpu.state[Register::rsp] = rsp;
    const u64 code = selector + (to64 ? 32 : 16);
    return enter(cpu, flat_code(code | 3, 3, to64), flat_data((code + 8) | 3, 3), rip);
}

template <Handler kHandler>
Handler ends_run(const Decoded& decoded, Insn& insn) {
    insn.flags |= kEndsBlock;
    // The 64-bit forms are those with REX.W, whatever width the operands are said to have.
    insn.operand_size = decoded.has(ZYDIS_ATTRIB_HAS_REX) && decoded.instruction.raw.rex.W != 0 ? 8 : 4;
    return kHandler;
}

constexpr Family kFastCalls[] = {
    {ZYDIS_MNEMONIC_SYSCALL, ends_run<syscall>, Feature::intel64},
    {ZYDIS_MNEMONIC_SYSRET, ends_run<sysret>, Feature::intel64},
    {ZYDIS_MNEMONIC_SYSENTER, ends_run<sysenter>, Feature::sysenter},
    {ZYDIS_MNEMONIC_SYSEXIT, ends_run<sysexit>, Feature::sysenter},
};

}  // namespace

std::span<const Family> fast_call_family() { return kFastCalls; }

}  // namespace vmxsim::cpu
