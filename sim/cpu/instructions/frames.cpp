// SPDX-License-Identifier: MIT
// ENTER, LEAVE, PUSHA, POPA, BOUND (SDM volume 2). Memory is written in the SDM's order, registers after the last access.
#include "cpu/instructions/operand_forms.hpp"
#include "cpu/stack.hpp"

namespace vmxsim::cpu {
namespace {

constexpr u8 kRsp = 32, kRbp = 40;

// BP, EBP or RBP by operand size; moves through the stack in the stack's address size.
template <class T>
Flow enter(Cpu& cpu, const Insn& insn) {
    const u16 allocated = static_cast<u16>(insn.immediate);
    const unsigned level = insn.reg3 & 31;
    const u64 mask = cpu.stack_mask();
    u64 place = (cpu.state[Register::rsp] - sizeof(T)) & mask;
    (void)TRY(cpu.write<T>(SegmentRegister::ss, place, cpu.reg<T>(kRbp)));
    const u64 frame = place;
    if (level > 0) {
        u64 display = cpu.state[Register::rbp];
        for (unsigned i = 1; i < level; ++i) {
            display = (display - sizeof(T)) & mask;
            const T pointer = TRY(cpu.read<T>(SegmentRegister::ss, display));
            place = (place - sizeof(T)) & mask;
            (void)TRY(cpu.write<T>(SegmentRegister::ss, place, pointer));
        }
        place = (place - sizeof(T)) & mask;
        (void)TRY(cpu.write<T>(SegmentRegister::ss, place, static_cast<T>(frame)));
    }
    place = (place - allocated) & mask;
    // The new top of the stack must be writable (SDM ENTER: #PF and #SS for the final value of the stack pointer).
    const u64 linear = TRY(cpu.linear_address(SegmentRegister::ss, place, sizeof(T), true));
    (void)TRY(cpu.probe(linear, 1, cpu.data_access(paging::Access::write)));
    cpu.set_reg<T>(kRbp, static_cast<T>(frame));
    set_stack_pointer(cpu, place);
    return Flow::next;
}

template <class T>
Flow leave(Cpu& cpu, const Insn&) {
    const u64 frame = cpu.state[Register::rbp] & cpu.stack_mask();
    const T value = TRY(cpu.read<T>(SegmentRegister::ss, frame));
    set_stack_pointer(cpu, frame + sizeof(T));
    cpu.set_reg<T>(kRbp, value);
    return Flow::next;
}

// AX, CX, DX, BX, the old SP, BP, SI, DI.
template <class T>
Flow pusha(Cpu& cpu, const Insn&) {
    const u64 rsp = cpu.state[Register::rsp];
    for (u8 i = 0; i < 8; ++i)
        (void)TRY(cpu.write<T>(SegmentRegister::ss, (rsp - (i + 1u) * sizeof(T)) & cpu.stack_mask(),
                               cpu.reg<T>(static_cast<u8>(i * 8))));
    set_stack_pointer(cpu, rsp - 8 * sizeof(T));
    return Flow::next;
}
template <class T>
Flow popa(Cpu& cpu, const Insn&) {
    const u64 rsp = cpu.state[Register::rsp];
    std::array<T, 8> values{};
    for (unsigned i = 0; i < 8; ++i)
        values[7 - i] = TRY(cpu.read<T>(SegmentRegister::ss, (rsp + i * sizeof(T)) & cpu.stack_mask()));
    for (u8 i = 0; i < 8; ++i)
        if (i * 8 != kRsp) cpu.set_reg<T>(static_cast<u8>(i * 8), values[i]);
    set_stack_pointer(cpu, rsp + 8 * sizeof(T));
    return Flow::next;
}

// A signed index and the pair of bounds in memory, both inclusive.
template <class T>
Flow bound(Cpu& cpu, const Insn& insn) {
    using Signed = std::make_signed_t<T>;
    const auto segment = static_cast<SegmentRegister>(insn.segment);
    const u64 offset = cpu.effective_address(insn);
    const auto index = static_cast<Signed>(cpu.reg<T>(insn.reg));
    const auto lower = static_cast<Signed>(TRY(cpu.read<T>(segment, offset)));
    if (index < lower) return cpu.raise(kBoundRange);  // IMPL: the upper bound is not read then, as on Intel's processors
    const auto upper = static_cast<Signed>(TRY(cpu.read<T>(segment, offset + sizeof(T))));
    return index > upper ? cpu.raise(kBoundRange) : Flow::next;
}

template <Handler k16, Handler k32, Handler k64>
Handler by_operand_size(const Decoded&, Insn& insn) {
    return insn.operand_size == 2 ? k16 : insn.operand_size == 4 ? k32 : k64;
}

constexpr Family kFrames[] = {
    {ZYDIS_MNEMONIC_ENTER, by_operand_size<enter<u16>, enter<u32>, enter<u64>>},
    {ZYDIS_MNEMONIC_LEAVE, by_operand_size<leave<u16>, leave<u32>, leave<u64>>},
    {ZYDIS_MNEMONIC_PUSHA, by_operand_size<pusha<u16>, pusha<u32>, nullptr>},
    {ZYDIS_MNEMONIC_PUSHAD, by_operand_size<pusha<u16>, pusha<u32>, nullptr>},
    {ZYDIS_MNEMONIC_POPA, by_operand_size<popa<u16>, popa<u32>, nullptr>},
    {ZYDIS_MNEMONIC_POPAD, by_operand_size<popa<u16>, popa<u32>, nullptr>},
    {ZYDIS_MNEMONIC_BOUND, by_operand_size<bound<u16>, bound<u32>, nullptr>},
};

}  // namespace

std::span<const Family> frame_family() { return kFrames; }

}  // namespace vmxsim::cpu
