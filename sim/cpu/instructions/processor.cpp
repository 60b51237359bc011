// SPDX-License-Identifier: MIT
// CPUID, RDMSR, WRMSR, the time-stamp and performance counters, random numbers, MONITOR and MWAIT.
#include "cpu/instructions/operand_forms.hpp"
#include "cpu/instructions/system_guards.hpp"
#include "cpu/msr.hpp"

namespace vmxsim::cpu {
namespace {

constexpr u64 kTsd = bit(2), kPce = bit(8);  // CR4

void set_edx_eax(Cpu& cpu, u64 value) {
    cpu.state[Register::rax] = static_cast<u32>(value);
    cpu.state[Register::rdx] = value >> 32;
}
u64 edx_eax(const Cpu& cpu) { return cpu.state[Register::rdx] << 32 | static_cast<u32>(cpu.state[Register::rax]); }

Flow cpuid(Cpu& cpu, const Insn&) {
    CpuState& state = cpu.state;
    const CpuidLeaf leaf = cpu.cpuid.ask(static_cast<u32>(state[Register::rax]), static_cast<u32>(state[Register::rcx]), state);
    state[Register::rax] = leaf.eax;
    state[Register::rbx] = leaf.ebx;
    state[Register::rcx] = leaf.ecx;
    state[Register::rdx] = leaf.edx;
    return Flow::branch;
}

Flow rdmsr(Cpu& cpu, const Insn&) {
    (void)TRY(require_cpl0(cpu));
    set_edx_eax(cpu, TRY(read_msr(cpu, static_cast<u32>(cpu.state[Register::rcx]))));
    return Flow::branch;
}
Flow wrmsr(Cpu& cpu, const Insn&) {
    (void)TRY(require_cpl0(cpu));
    (void)TRY(write_msr(cpu, static_cast<u32>(cpu.state[Register::rcx]), edx_eax(cpu)));
    return Flow::branch;
}

Flow rdtsc(Cpu& cpu, const Insn&) {
    if ((cpu.state.cr4 & kTsd) != 0 && cpu.cpl() != 0) return cpu.general_protection();
    set_edx_eax(cpu, cpu.tsc());
    return Flow::branch;
}
Flow rdtscp(Cpu& cpu, const Insn& insn) {
    const Flow flow = rdtsc(cpu, insn);
    if (flow == Flow::branch) cpu.state[Register::rcx] = static_cast<u32>(cpu.state.msrs.tsc_aux);
    return flow;
}
Flow rdpid(Cpu& cpu, const Insn& insn) {
    cpu.set_reg<u64>(insn.reg, static_cast<u32>(cpu.state.msrs.tsc_aux));
    return Flow::next;
}

// SDM RDPMC: bit 30 of ECX chooses the fixed counters.
Flow rdpmc(Cpu& cpu, const Insn&) {
    if (cpu.cpl() != 0 && (cpu.state.cr4 & kPce) == 0) return cpu.general_protection();
    const u32 index = static_cast<u32>(cpu.state[Register::rcx]), number = index & ~(1u << 30);
    const u64 counters = cpu.processor.capabilities.perf_global_ctrl_bits;
    const bool fixed = is_set(index, 30);
    if (number >= 16 || !is_set(counters, number + (fixed ? 32 : 0))) return cpu.general_protection();
    set_edx_eax(cpu, TRY(read_msr(cpu, (fixed ? 0x309 : 0xC1) + number)));
    return Flow::next;
}

// A sequence of its own, so that a run can be repeated (splitmix64; Steele, Lea, Flood 2014).
u64 next_random(u64& state) {
    state += 0x9E3779B97F4A7C15;
    u64 z = state;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}
Flow random_number(Cpu& cpu, const Insn& insn) {
    const u64 value = next_random(cpu.state.random);
    if (insn.operand_size == 2)
        cpu.set_reg<u16>(insn.reg, static_cast<u16>(value));
    else if (insn.operand_size == 4)
        cpu.set_reg<u32>(insn.reg, static_cast<u32>(value));
    else
        cpu.set_reg<u64>(insn.reg, value);
    cpu.status.set(kCf);
    return Flow::next;
}

bool monitor_is_there(const Cpu& cpu) { return is_set(cpu.state.msrs.misc_enable, 18) && cpu.cpl() == 0; }

Flow monitor(Cpu& cpu, const Insn& insn) {
    if (!monitor_is_there(cpu)) return cpu.undefined_opcode();
    if (static_cast<u32>(cpu.state[Register::rcx]) != 0) return cpu.general_protection();
    u64 offset = cpu.state[Register::rax];
    if (insn.address_size != 8) offset &= insn.address_size == 4 ? 0xFFFFFFFF : 0xFFFF;
    (void)TRY(cpu.read<u8>(static_cast<SegmentRegister>(insn.segment), offset));
    cpu.state.address_range_monitored = true;
    return Flow::branch;
}
// SDM 8.10.4: the wait may end for reasons of the processor's own; here it ends at once.
Flow mwait(Cpu& cpu, const Insn&) {
    if (!monitor_is_there(cpu)) return cpu.undefined_opcode();
    if (static_cast<u32>(cpu.state[Register::rcx]) >> 1 != 0) return cpu.general_protection();
    cpu.state.address_range_monitored = false;
    return Flow::branch;
}

template <Handler kHandler>
Handler ends_run(const Decoded&, Insn& insn) {
    insn.flags |= kEndsBlock;
    return kHandler;
}
constexpr Family kProcessor[] = {
    {ZYDIS_MNEMONIC_CPUID, ends_run<cpuid>},
    {ZYDIS_MNEMONIC_RDMSR, ends_run<rdmsr>},
    {ZYDIS_MNEMONIC_WRMSR, ends_run<wrmsr>},
    {ZYDIS_MNEMONIC_RDTSC, ends_run<rdtsc>},
    {ZYDIS_MNEMONIC_RDTSCP, ends_run<rdtscp>, Feature::rdtscp},
    {ZYDIS_MNEMONIC_RDPID, ends_run<rdpid>, Feature::rdpid},
    {ZYDIS_MNEMONIC_RDPMC, ends_run<rdpmc>},
    {ZYDIS_MNEMONIC_RDRAND, ends_run<random_number>, Feature::rdrand},
    {ZYDIS_MNEMONIC_RDSEED, ends_run<random_number>, Feature::rdseed},
    {ZYDIS_MNEMONIC_MONITOR, ends_run<monitor>, Feature::monitor},
    {ZYDIS_MNEMONIC_MWAIT, ends_run<mwait>, Feature::monitor},
};

}  // namespace

std::span<const Family> processor_family() { return kProcessor; }

}  // namespace vmxsim::cpu
