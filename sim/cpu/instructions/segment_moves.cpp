// SPDX-License-Identifier: MIT
// MOV, PUSH and POP of segment registers; LDS, LES, LFS, LGS, LSS; SWAPGS, RDFSBASE and its kin.
#include "cpu/instructions/operand_forms.hpp"
#include "cpu/instructions/system_guards.hpp"
#include "cpu/segments.hpp"
#include "cpu/stack.hpp"

namespace vmxsim::cpu {
namespace {

bool is_segment(const Decoded& decoded, unsigned n) {
    return decoded.is_register(n) && ZydisRegisterGetClass(decoded.operand(n).reg.value) == ZYDIS_REGCLASS_SEGMENT;
}

// Loading SS holds interrupts and debug traps off for one instruction (SDM 6.8.3).
Flow load(Cpu& cpu, SegmentRegister r, u16 selector) {
    (void)TRY(load_data_segment(cpu, r, selector));
    if (r == SegmentRegister::ss) {
        cpu.state.blocking_by_mov_ss = true;
        cpu.events_changed = true;
    }
    return Flow::branch;
}

template <template <class> class Source>
Flow mov_to_segment(Cpu& cpu, const Insn& insn) {
    const u16 selector = TRY(Source<u16>::load(cpu, insn));
    return load(cpu, static_cast<SegmentRegister>(insn.reg), selector);
}
Flow mov_from_segment(Cpu& cpu, const Insn& insn) {
    const u16 selector = cpu.state[static_cast<SegmentRegister>(insn.has(kHasMemory) ? insn.reg : insn.reg2)].selector;
    if (insn.has(kHasMemory)) return cpu.write_operand<u16>(insn, selector);
    if (insn.operand_size == 2)
        cpu.set_reg<u16>(insn.reg, selector);
    else
        cpu.set_reg<u64>(insn.reg, selector);
    return Flow::next;
}

Flow push_segment(Cpu& cpu, const Insn& insn) {
    const u16 selector = cpu.state[static_cast<SegmentRegister>(insn.reg)].selector;
    switch (insn.operand_size) {
        case 2: return cpu.push<u16>(selector);
        case 4: {
            // IMPL: recent processors write 16 of the 32 bits (SDM PUSH allows both); ESP moves by 4.
            const u64 place = (cpu.state[Register::rsp] - 4) & cpu.stack_mask();
            (void)TRY(cpu.write<u16>(SegmentRegister::ss, place, selector));
            set_stack_pointer(cpu, place);
            return Flow::next;
        }
        default: return cpu.push<u64>(selector);
    }
}
Flow pop_segment(Cpu& cpu, const Insn& insn) {
    const u64 rsp = cpu.state[Register::rsp];
    const u16 selector = TRY(cpu.read<u16>(SegmentRegister::ss, rsp & cpu.stack_mask()));
    const u64 mask_before = cpu.stack_mask();
    const Flow flow = load(cpu, static_cast<SegmentRegister>(insn.reg), selector);
    if (flow != Flow::branch) return flow;
    const u64 keep = mask_before == 0xFFFF ? ~u64{0xFFFF} : 0;
    cpu.state[Register::rsp] = (rsp & keep) | ((rsp + insn.operand_size) & mask_before);
    return flow;
}

template <SegmentRegister kRegister>
Flow load_far_pointer(Cpu& cpu, const Insn& insn) {
    const auto segment = static_cast<SegmentRegister>(insn.segment);
    const u64 address = cpu.effective_address(insn);
    u64 offset = 0;
    switch (insn.operand_size) {
        case 2: offset = TRY(cpu.read<u16>(segment, address)); break;
        case 4: offset = TRY(cpu.read<u32>(segment, address)); break;
        default: offset = TRY(cpu.read<u64>(segment, address)); break;
    }
    const u16 selector = TRY(cpu.read<u16>(segment, address + insn.operand_size));
    (void)TRY(load_data_segment(cpu, kRegister, selector));
    if (insn.operand_size == 2)
        cpu.set_reg<u16>(insn.reg, static_cast<u16>(offset));
    else
        cpu.set_reg<u64>(insn.reg, offset);
    return Flow::branch;
}

Flow swapgs(Cpu& cpu, const Insn&) {
    if (!cpu.bit64()) return cpu.undefined_opcode();
    (void)TRY(require_cpl0(cpu));
    std::swap(cpu.state[SegmentRegister::gs].base, cpu.state.msrs.kernel_gs_base);
    cpu.refresh_segment(SegmentRegister::gs);
    return Flow::next;
}

template <SegmentRegister kRegister, bool kWrites>
Flow base_access(Cpu& cpu, const Insn& insn) {
    if (!cpu.bit64() || !is_set(cpu.state.cr4, 16)) return cpu.undefined_opcode();
    Segment& segment = cpu.state[kRegister];
    if constexpr (!kWrites) {
        if (insn.operand_size == 8)
            cpu.set_reg<u64>(insn.reg, segment.base);
        else
            cpu.set_reg<u32>(insn.reg, static_cast<u32>(segment.base));
    } else {
        const u64 base = insn.operand_size == 8 ? cpu.reg<u64>(insn.reg) : cpu.reg<u32>(insn.reg);
        if (!cpu.processor.capabilities.canonical(base)) return cpu.general_protection();
        segment.base = base;
        cpu.refresh_segment(kRegister);
    }
    return Flow::next;
}

template <Handler kHandler>
Handler ends_run(const Decoded&, Insn& insn) {
    insn.flags |= kEndsBlock;
    return kHandler;
}

constexpr Family kSegmentMoves[] = {
    {ZYDIS_MNEMONIC_LDS, ends_run<load_far_pointer<SegmentRegister::ds>>},
    {ZYDIS_MNEMONIC_LES, ends_run<load_far_pointer<SegmentRegister::es>>},
    {ZYDIS_MNEMONIC_LSS, ends_run<load_far_pointer<SegmentRegister::ss>>},
    {ZYDIS_MNEMONIC_LFS, ends_run<load_far_pointer<SegmentRegister::fs>>},
    {ZYDIS_MNEMONIC_LGS, ends_run<load_far_pointer<SegmentRegister::gs>>},
    {ZYDIS_MNEMONIC_SWAPGS, ends_run<swapgs>},
    {ZYDIS_MNEMONIC_RDFSBASE, ends_run<base_access<SegmentRegister::fs, false>>},
    {ZYDIS_MNEMONIC_RDGSBASE, ends_run<base_access<SegmentRegister::gs, false>>},
    {ZYDIS_MNEMONIC_WRFSBASE, ends_run<base_access<SegmentRegister::fs, true>>},
    {ZYDIS_MNEMONIC_WRGSBASE, ends_run<base_access<SegmentRegister::gs, true>>},
};

}  // namespace

Handler segment_move(const Decoded& decoded, Insn& insn) {
    if (is_segment(decoded, 0)) {
        insn.flags |= kEndsBlock;
        if (decoded.operand(0).reg.value == ZYDIS_REGISTER_CS) return nullptr;
        return decoded.is_memory(1) ? mov_to_segment<FromMemory> : mov_to_segment<FromRegister2>;
    }
    return is_segment(decoded, 1) ? mov_from_segment : nullptr;
}
Handler segment_push(const Decoded& decoded, Insn&) { return is_segment(decoded, 0) ? push_segment : nullptr; }
Handler segment_pop(const Decoded& decoded, Insn& insn) {
    if (!is_segment(decoded, 0)) return nullptr;
    insn.flags |= kEndsBlock;
    return pop_segment;
}

std::span<const Family> segment_family() { return kSegmentMoves; }

}  // namespace vmxsim::cpu
