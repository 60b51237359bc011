// SPDX-License-Identifier: MIT
// MOV to and from control and debug registers, CLTS, LMSW, SMSW, XGETBV, XSETBV, INVLPG (SDM 2.5, 4.10.4, 17.2).
#include "cpu/control_registers.hpp"

#include "cpu/instructions/operand_forms.hpp"
#include "cpu/instructions/system_guards.hpp"

namespace vmxsim::cpu {
namespace {

Flow mov_from_cr(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_cpl0(cpu));
    u64 value = 0;
    switch (insn.reg2) {
        case 0: value = cpu.state.cr0; break;
        case 2: value = cpu.state.cr2; break;
        case 3: value = cpu.state.cr3; break;
        case 4: value = cpu.state.cr4; break;
        case 8: value = cpu.state.cr8; break;
        default: return cpu.undefined_opcode();
    }
    if (cpu.bit64())
        cpu.set_reg<u64>(insn.reg, value);
    else
        cpu.set_reg<u32>(insn.reg, static_cast<u32>(value));
    return Flow::next;
}

Flow mov_to_cr(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_cpl0(cpu));
    const u64 value = cpu.bit64() ? cpu.reg<u64>(insn.reg2) : cpu.reg<u32>(insn.reg2);
    switch (insn.reg) {
        case 0: (void)TRY(write_cr0(cpu, value)); break;
        case 2: cpu.state.cr2 = value; break;
        case 3: (void)TRY(write_cr3(cpu, value)); break;
        case 4: (void)TRY(write_cr4(cpu, value)); break;
        case 8:
            if (value >> 4 != 0) return cpu.general_protection();
            cpu.state.cr8 = value;
            cpu.events_changed = true;
            break;
        default: return cpu.undefined_opcode();
    }
    return Flow::branch;
}

// DR4 and DR5 are DR6 and DR7 unless CR4.DE is set; DR7.GD guards all of them (SDM 17.2).
Result<unsigned> debug_register(Cpu& cpu, unsigned number) {
    if (number >= 8) return cpu.undefined_opcode();
    if (number == 4 || number == 5) {
        if (is_set(cpu.state.cr4, 3)) return cpu.undefined_opcode();
        number += 2;
    }
    (void)TRY(require_cpl0(cpu));
    if (is_set(cpu.state.dr7, 13)) {
        cpu.state.dr7 &= ~bit(13);
        cpu.fault = {kDebug, std::nullopt, bit(13)};
        return Flow::fault;
    }
    return number;
}

Flow mov_from_dr(Cpu& cpu, const Insn& insn) {
    const unsigned number = TRY(debug_register(cpu, insn.reg2));
    const u64 value = number < 4 ? cpu.state.dr[number] : number == 6 ? cpu.state.dr6 : cpu.state.dr7;
    if (cpu.bit64())
        cpu.set_reg<u64>(insn.reg, value);
    else
        cpu.set_reg<u32>(insn.reg, static_cast<u32>(value));
    return Flow::next;
}

Flow mov_to_dr(Cpu& cpu, const Insn& insn) {
    const unsigned number = TRY(debug_register(cpu, insn.reg));
    const u64 value = cpu.bit64() ? cpu.reg<u64>(insn.reg2) : cpu.reg<u32>(insn.reg2);
    if (number < 4) {
        cpu.state.dr[number] = value;
    } else {
        if (value >> 32 != 0) return cpu.general_protection();
        if (number == 6)
            cpu.state.dr6 = (value & 0x1E00F) | 0xFFFE0FF0;  // SDM 17.2.3: the others are fixed
        else
            cpu.state.dr7 = (value & 0xFFFF2BFF) | 0x400;
    }
    cpu.refresh_breakpoints();
    return Flow::branch;
}

bool is_class(const Decoded& decoded, unsigned n, ZydisRegisterClass wanted) {
    return decoded.is_register(n) && ZydisRegisterGetClass(decoded.operand(n).reg.value) == wanted;
}

Flow clts(Cpu& cpu, const Insn&) {
    (void)TRY(require_cpl0(cpu));
    cpu.state.cr0 &= ~bit(3);
    return Flow::next;
}

template <template <class> class Source>
Flow lmsw(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_cpl0(cpu));
    const u16 value = TRY(Source<u16>::load(cpu, insn));
    // PE can be set, never cleared (SDM LMSW).
    const u64 cr0 = (cpu.state.cr0 & ~u64{0xE}) | (value & 0xFu);
    (void)TRY(write_cr0(cpu, cr0));
    return Flow::branch;
}

Flow smsw(Cpu& cpu, const Insn& insn) {
    (void)TRY(forbid_by_umip(cpu));
    if (insn.has(kHasMemory)) return cpu.write_operand<u16>(insn, static_cast<u16>(cpu.state.cr0));
    if (insn.operand_size == 8)
        cpu.set_reg<u64>(insn.reg, cpu.state.cr0);
    else if (insn.operand_size == 4)
        cpu.set_reg<u32>(insn.reg, static_cast<u32>(cpu.state.cr0));
    else
        cpu.set_reg<u16>(insn.reg, static_cast<u16>(cpu.state.cr0));
    return Flow::next;
}

Flow xgetbv(Cpu& cpu, const Insn&) {
    if (!is_set(cpu.state.cr4, 18)) return cpu.undefined_opcode();
    if (static_cast<u32>(cpu.state[Register::rcx]) != 0) return cpu.general_protection();
    cpu.state[Register::rax] = static_cast<u32>(cpu.state.xcr0);
    cpu.state[Register::rdx] = cpu.state.xcr0 >> 32;
    return Flow::next;
}

Flow xsetbv(Cpu& cpu, const Insn&) {
    if (!is_set(cpu.state.cr4, 18)) return cpu.undefined_opcode();
    (void)TRY(require_cpl0(cpu));
    const u64 value = bits(cpu.state[Register::rdx], 31, 0) << 32 | bits(cpu.state[Register::rax], 31, 0);
    // x87 and SSE state only: AVX is hidden from CPUID.
    if (static_cast<u32>(cpu.state[Register::rcx]) != 0 || !is_set(value, 0) || value >> 2 != 0) return cpu.general_protection();
    cpu.state.xcr0 = value;
    return Flow::branch;
}

Flow invlpg(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_cpl0(cpu));
    const auto segment = static_cast<SegmentRegister>(insn.segment);
    const u64 base = cpu.bit64() && segment < SegmentRegister::fs ? 0 : cpu.state[segment].base;
    cpu.flush_page(base + cpu.effective_address(insn));
    return Flow::branch;
}

template <Handler kHandler>
Handler ends_run(const Decoded&, Insn& insn) {
    insn.flags |= kEndsBlock;
    return kHandler;
}
Handler select_lmsw(const Decoded& decoded, Insn& insn) {
    insn.flags |= kEndsBlock;
    return decoded.is_memory(0) ? Handler{lmsw<FromMemory>} : Handler{lmsw<FromRegister>};
}

constexpr Family kControlRegisters[] = {
    {ZYDIS_MNEMONIC_CLTS, ends_run<clts>},     {ZYDIS_MNEMONIC_LMSW, select_lmsw},
    {ZYDIS_MNEMONIC_SMSW, ends_run<smsw>},     {ZYDIS_MNEMONIC_XGETBV, ends_run<xgetbv>},
    {ZYDIS_MNEMONIC_XSETBV, ends_run<xsetbv>}, {ZYDIS_MNEMONIC_INVLPG, ends_run<invlpg>},
};

}  // namespace

Handler control_or_debug_register_move(const Decoded& decoded, Insn& insn) {
    insn.flags |= kEndsBlock;
    if (is_class(decoded, 0, ZYDIS_REGCLASS_CONTROL)) return mov_to_cr;
    if (is_class(decoded, 1, ZYDIS_REGCLASS_CONTROL)) return mov_from_cr;
    if (is_class(decoded, 0, ZYDIS_REGCLASS_DEBUG)) return mov_to_dr;
    if (is_class(decoded, 1, ZYDIS_REGCLASS_DEBUG)) return mov_from_dr;
    return nullptr;
}

std::span<const Family> control_register_family() { return kControlRegisters; }

}  // namespace vmxsim::cpu
