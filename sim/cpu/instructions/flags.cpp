// SPDX-License-Identifier: MIT
// CLC, STC, CMC, CLD, STD, CLI, STI, CLAC, STAC, PUSHF, POPF, LAHF, SAHF, HLT.
#include "cpu/decode.hpp"
#include "cpu/instructions/operand_forms.hpp"
#include "cpu/instructions/system_guards.hpp"
#include "cpu/stack.hpp"

namespace vmxsim::cpu {
namespace {

unsigned iopl(const Cpu& cpu) { return static_cast<unsigned>(bits(cpu.state.rflags, 13, 12)); }

template <u64 kFlag, bool kValue>
Flow assign(Cpu& cpu, const Insn&) {
    if constexpr ((kFlag & kStatusFlags) != 0)
        cpu.status.change(kFlag, kValue ? kFlag : 0);
    else
        cpu.state.rflags = kValue ? cpu.state.rflags | kFlag : cpu.state.rflags & ~kFlag;
    return Flow::next;
}
Flow cmc(Cpu& cpu, const Insn&) {
    cpu.status.change(kCf, cpu.status.cf() ? 0 : kCf);
    return Flow::next;
}

// CLI and STI with IOPL, and with the virtual interrupt flag of VME and PVI (SDM 20.3.2, 20.4).
Flow cli(Cpu& cpu, const Insn&) {
    const bool virtual_8086 = cpu.state.virtual_8086();
    const bool allowed = cpu.real_mode() || (virtual_8086 ? iopl(cpu) == 3 : cpu.cpl() <= iopl(cpu));
    if (allowed) {
        cpu.state.rflags &= ~kIf;
        return Flow::next;
    }
    if (virtual_8086 ? is_set(cpu.state.cr4, 0) : cpu.cpl() == 3 && is_set(cpu.state.cr4, 1)) {
        cpu.state.rflags &= ~kVif;
        return Flow::next;
    }
    return cpu.general_protection();
}
Flow sti(Cpu& cpu, const Insn&) {
    const bool virtual_8086 = cpu.state.virtual_8086();
    const bool allowed = cpu.real_mode() || (virtual_8086 ? iopl(cpu) == 3 : cpu.cpl() <= iopl(cpu));
    if (allowed) {
        if ((cpu.state.rflags & kIf) == 0) {
            cpu.state.rflags |= kIf;
            cpu.state.blocking_by_sti = true;
            cpu.events_changed = true;
        }
        return Flow::branch;
    }
    if (virtual_8086 ? is_set(cpu.state.cr4, 0) : cpu.cpl() == 3 && is_set(cpu.state.cr4, 1)) {
        if ((cpu.state.rflags & kVip) != 0) return cpu.general_protection();
        cpu.state.rflags |= kVif;
        return Flow::branch;
    }
    return cpu.general_protection();
}

template <bool kValue>
Flow assign_ac(Cpu& cpu, const Insn&) {
    if (cpu.cpl() != 0) return cpu.undefined_opcode();
    cpu.set_rflags(kValue ? cpu.rflags() | kAc : cpu.rflags() & ~kAc);
    return Flow::branch;
}

template <class T>
Flow pushf(Cpu& cpu, const Insn&) {
    u64 image = cpu.rflags() & ~u64{kVm | kRf};
    if (cpu.state.virtual_8086() && iopl(cpu) != 3) {
        if (!is_set(cpu.state.cr4, 0) || sizeof(T) != 2) return cpu.general_protection();
        image = (image & ~kIf) | kIopl | ((cpu.state.rflags & kVif) != 0 ? kIf : 0);
    }
    return cpu.push<T>(static_cast<T>(image));
}

template <class T>
Flow popf(Cpu& cpu, const Insn&) {
    const bool virtual_8086 = cpu.state.virtual_8086(), extended = virtual_8086 && iopl(cpu) != 3;
    if (extended && (!is_set(cpu.state.cr4, 0) || sizeof(T) != 2)) return cpu.general_protection();
    const u64 rsp = cpu.state[Register::rsp];
    const u64 image = TRY(cpu.pop<T>());
    u64 taken = kCf | kPf | kAf | kZf | kSf | kTf | kDf | kOf | kNt;
    if (sizeof(T) != 2) taken |= kAc | kId;
    u64 flags = cpu.rflags();
    if (extended) {
        if ((image & kTf) != 0 || ((image & kIf) != 0 && (flags & kVip) != 0)) {
            cpu.state[Register::rsp] = rsp;
            return cpu.general_protection();
        }
        flags = (image & kIf) != 0 ? flags | kVif : flags & ~kVif;
    } else {
        if (virtual_8086 || cpu.cpl() <= iopl(cpu)) taken |= kIf;
        if (!virtual_8086 && cpu.cpl() == 0) taken |= kIopl;
    }
    flags = (flags & ~taken & ~kRf) | (image & taken) | 2;
    cpu.set_rflags(flags);
    return Flow::branch;
}
Handler select_pushf(const Decoded&, Insn& insn) {
    return insn.operand_size == 2 ? pushf<u16> : insn.operand_size == 4 ? pushf<u32> : pushf<u64>;
}
Handler select_popf(const Decoded&, Insn& insn) {
    insn.flags |= kEndsBlock;
    return insn.operand_size == 2 ? popf<u16> : insn.operand_size == 4 ? popf<u32> : popf<u64>;
}

Flow lahf(Cpu& cpu, const Insn&) {
    cpu.set_reg<u8>(1, static_cast<u8>((cpu.status.value() & 0xD5) | 2));
    return Flow::next;
}
Flow sahf(Cpu& cpu, const Insn&) {
    cpu.status.change(kSf | kZf | kAf | kPf | kCf, cpu.reg<u8>(1));
    return Flow::next;
}

Flow hlt(Cpu& cpu, const Insn&) {
    (void)TRY(require_cpl0(cpu));
    cpu.state.activity = ActivityState::hlt;
    return Flow::stop;
}

template <Handler kHandler, bool kEnds = false>
Handler plain(const Decoded&, Insn& insn) {
    if (kEnds) insn.flags |= kEndsBlock;
    return kHandler;
}

constexpr Family kFlags[] = {
    {ZYDIS_MNEMONIC_CLC, plain<assign<kCf, false>>},
    {ZYDIS_MNEMONIC_STC, plain<assign<kCf, true>>},
    {ZYDIS_MNEMONIC_CMC, plain<cmc>},
    {ZYDIS_MNEMONIC_CLD, plain<assign<kDf, false>>},
    {ZYDIS_MNEMONIC_STD, plain<assign<kDf, true>>},
    {ZYDIS_MNEMONIC_CLI, plain<cli>},
    {ZYDIS_MNEMONIC_STI, plain<sti, true>},
    {ZYDIS_MNEMONIC_CLAC, plain<assign_ac<false>, true>},
    {ZYDIS_MNEMONIC_STAC, plain<assign_ac<true>, true>},
    {ZYDIS_MNEMONIC_PUSHF, select_pushf},
    {ZYDIS_MNEMONIC_PUSHFD, select_pushf},
    {ZYDIS_MNEMONIC_PUSHFQ, select_pushf},
    {ZYDIS_MNEMONIC_POPF, select_popf},
    {ZYDIS_MNEMONIC_POPFD, select_popf},
    {ZYDIS_MNEMONIC_POPFQ, select_popf},
    {ZYDIS_MNEMONIC_LAHF, plain<lahf>},
    {ZYDIS_MNEMONIC_SAHF, plain<sahf>},
    {ZYDIS_MNEMONIC_HLT, plain<hlt, true>},
};

}  // namespace

std::span<const Family> flags_family() { return kFlags; }

}  // namespace vmxsim::cpu
