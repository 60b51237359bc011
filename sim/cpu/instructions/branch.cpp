// SPDX-License-Identifier: MIT
// Near transfers: Jcc, JMP, CALL, RET, LOOPcc, JrCXZ. Far ones are in far_transfer.cpp.
#include "cpu/conditions.hpp"
#include "cpu/instructions/operand_forms.hpp"
#include "cpu/stack.hpp"

namespace vmxsim::cpu {
namespace {

// RIP becomes `target`, in the operand size of the branch; beyond the limit or not canonical is #GP(0).
Flow jump_to(Cpu& cpu, u64 target, unsigned operand_size) {
    if (operand_size == 2)
        target &= 0xFFFF;
    else if (operand_size == 4)
        target &= 0xFFFFFFFF;
    if (cpu.bit64()) {
        if (!is_canonical(target, cpu.processor.capabilities.linear_address_bits == 57 && is_set(cpu.state.cr4, 12) ? 57 : 48))
            return cpu.general_protection();
    } else if (target > cpu.state[SegmentRegister::cs].limit) {
        return cpu.general_protection();
    }
    cpu.state.rip = target;
    return Flow::branch;
}

Flow jump_relative(Cpu& cpu, const Insn& insn) { return jump_to(cpu, cpu.state.rip + insn.immediate, insn.operand_size); }

template <unsigned kCondition>
Flow jcc(Cpu& cpu, const Insn& insn) {
    return holds<kCondition>(cpu.status) ? jump_relative(cpu, insn) : Flow::branch;
}
template <unsigned kCondition>
Handler select_jcc(const Decoded&, Insn&) {
    return jcc<kCondition>;
}

template <class T, template <class> class Source>
Flow jump_indirect(Cpu& cpu, const Insn& insn) {
    const T target = TRY(Source<T>::load(cpu, insn));
    return jump_to(cpu, target, sizeof(T));
}
Handler select_jmp(const Decoded& decoded, Insn& insn) {
    if (const Handler far = far_jump_handler(decoded)) return far;
    if (decoded.is_immediate(0)) return jump_relative;
    return by_size(insn.operand_size, [&]<class T>() -> Handler {
        return decoded.is_register(0) ? Handler{jump_indirect<T, FromRegister>} : Handler{jump_indirect<T, FromMemory>};
    });
}

// The return address is pushed first; when the target then faults, RSP is as it was (SDM CALL: checks precede the push).
template <class T>
Flow call_to(Cpu& cpu, u64 target) {
    const u64 rip = cpu.state.rip;
    const u64 rsp = cpu.state[Register::rsp];
    const Flow pushed = cpu.push<T>(static_cast<T>(rip));
    if (pushed != Flow::next) return pushed;
    const Flow flow = jump_to(cpu, target, sizeof(T));
    if (flow != Flow::branch) cpu.state[Register::rsp] = rsp;
    return flow;
}
template <class T>
Flow call_relative(Cpu& cpu, const Insn& insn) {
    return call_to<T>(cpu, cpu.state.rip + insn.immediate);
}
template <class T, template <class> class Source>
Flow call_indirect(Cpu& cpu, const Insn& insn) {
    const T target = TRY(Source<T>::load(cpu, insn));
    return call_to<T>(cpu, target);
}
Handler select_call(const Decoded& decoded, Insn& insn) {
    if (const Handler far = far_call_handler(decoded)) return far;
    return by_size(insn.operand_size, [&]<class T>() -> Handler {
        if constexpr (sizeof(T) == 1)
            return nullptr;
        else if (decoded.is_immediate(0))
            return call_relative<T>;
        else
            return decoded.is_register(0) ? Handler{call_indirect<T, FromRegister>} : Handler{call_indirect<T, FromMemory>};
    });
}

template <class T>
Flow ret(Cpu& cpu, const Insn& insn) {
    const u64 rsp = cpu.state[Register::rsp];
    const T target = TRY(cpu.pop<T>());
    const Flow flow = jump_to(cpu, target, sizeof(T));
    if (flow == Flow::branch)
        set_stack_pointer(cpu, cpu.state[Register::rsp] + static_cast<u16>(insn.immediate));
    else
        cpu.state[Register::rsp] = rsp;
    return flow;
}
Handler select_ret(const Decoded& decoded, Insn& insn) {
    if (const Handler far = far_return_handler(decoded)) return far;
    return by_size(insn.operand_size, []<class T>() -> Handler {
        if constexpr (sizeof(T) == 1)
            return nullptr;
        else
            return ret<T>;
    });
}

// LOOP, LOOPE, LOOPNE count in CX, ECX or RCX by the address size.
enum class LoopKind { plain, while_zero, while_not_zero };
template <LoopKind kKind>
Flow loop(Cpu& cpu, const Insn& insn) {
    constexpr u8 kRcx = 8;
    bool more = false;
    const auto count = [&]<class T>() {
        const T left = static_cast<T>(cpu.reg<T>(kRcx) - 1);
        more = left != 0;
        return left;
    };
    const u64 rcx = cpu.reg<u64>(kRcx);
    if (insn.address_size == 2)
        cpu.set_reg<u16>(kRcx, count.template operator()<u16>());
    else if (insn.address_size == 4)
        cpu.set_reg<u32>(kRcx, count.template operator()<u32>());
    else
        cpu.set_reg<u64>(kRcx, count.template operator()<u64>());
    const bool taken = more && (kKind == LoopKind::plain || cpu.status.zf() == (kKind == LoopKind::while_zero));
    const Flow flow = taken ? jump_relative(cpu, insn) : Flow::branch;
    if (flow != Flow::branch) cpu.set_reg<u64>(kRcx, rcx);
    return flow;
}
template <LoopKind kKind>
Handler select_loop(const Decoded&, Insn&) {
    return loop<kKind>;
}

template <class T>
Flow jump_if_rcx_is_zero(Cpu& cpu, const Insn& insn) {
    return cpu.reg<T>(8) == 0 ? jump_relative(cpu, insn) : Flow::branch;
}

#define CONDITION_ROW(suffix, code) \
    { ZYDIS_MNEMONIC_J##suffix, select_jcc<code> }
constexpr Family kBranch[] = {
    {ZYDIS_MNEMONIC_JMP, select_jmp},
    {ZYDIS_MNEMONIC_CALL, select_call},
    {ZYDIS_MNEMONIC_RET, select_ret},
    {ZYDIS_MNEMONIC_LOOP, select_loop<LoopKind::plain>},
    {ZYDIS_MNEMONIC_LOOPE, select_loop<LoopKind::while_zero>},
    {ZYDIS_MNEMONIC_LOOPNE, select_loop<LoopKind::while_not_zero>},
    {ZYDIS_MNEMONIC_JCXZ, [](const Decoded&, Insn&) -> Handler { return jump_if_rcx_is_zero<u16>; }},
    {ZYDIS_MNEMONIC_JECXZ, [](const Decoded&, Insn&) -> Handler { return jump_if_rcx_is_zero<u32>; }},
    {ZYDIS_MNEMONIC_JRCXZ, [](const Decoded&, Insn&) -> Handler { return jump_if_rcx_is_zero<u64>; }},
    CONDITION_ROW(O, 0),
    CONDITION_ROW(NO, 1),
    CONDITION_ROW(B, 2),
    CONDITION_ROW(NB, 3),
    CONDITION_ROW(Z, 4),
    CONDITION_ROW(NZ, 5),
    CONDITION_ROW(BE, 6),
    CONDITION_ROW(NBE, 7),
    CONDITION_ROW(S, 8),
    CONDITION_ROW(NS, 9),
    CONDITION_ROW(P, 10),
    CONDITION_ROW(NP, 11),
    CONDITION_ROW(L, 12),
    CONDITION_ROW(NL, 13),
    CONDITION_ROW(LE, 14),
    CONDITION_ROW(NLE, 15),
};
#undef CONDITION_ROW

}  // namespace

std::span<const Family> branch_family() { return kBranch; }

}  // namespace vmxsim::cpu
