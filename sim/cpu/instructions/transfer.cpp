// SPDX-License-Identifier: MIT
// MOV of general registers, MOVZX, MOVSX, MOVSXD, LEA, XCHG, CMOVcc, SETcc, PUSH, POP, BSWAP, NOP.
#include "cpu/conditions.hpp"
#include "cpu/instructions/operand_forms.hpp"
#include "cpu/stack.hpp"

namespace vmxsim::cpu {
namespace {

template <class T, template <class> class Source>
Flow mov_to_register(Cpu& cpu, const Insn& insn) {
    cpu.set_reg<T>(insn.reg, TRY(Source<T>::load(cpu, insn)));
    return Flow::next;
}
template <class T, template <class> class Source>
Flow mov_to_memory(Cpu& cpu, const Insn& insn) {
    const T value = TRY(Source<T>::load(cpu, insn));
    return cpu.write_operand<T>(insn, value);
}

bool is_general(const ZydisDecodedOperand& operand) {
    if (operand.type != ZYDIS_OPERAND_TYPE_REGISTER) return true;
    const ZydisRegisterClass kind = ZydisRegisterGetClass(operand.reg.value);
    return kind == ZYDIS_REGCLASS_GPR8 || kind == ZYDIS_REGCLASS_GPR16 || kind == ZYDIS_REGCLASS_GPR32 ||
           kind == ZYDIS_REGCLASS_GPR64;
}

Handler select_mov(const Decoded& decoded, Insn& insn) {
    if (!is_general(decoded.operand(0)) || !is_general(decoded.operand(1))) {
        const Handler handler = segment_move(decoded, insn);
        return handler != nullptr ? handler : control_or_debug_register_move(decoded, insn);
    }
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        if (decoded.is_register(0)) {
            if (decoded.is_register(1)) return mov_to_register<T, FromRegister2>;
            return decoded.is_memory(1) ? Handler{mov_to_register<T, FromMemory>} : Handler{mov_to_register<T, FromImmediate>};
        }
        return decoded.is_register(1) ? Handler{mov_to_memory<T, FromRegister>} : Handler{mov_to_memory<T, FromImmediate>};
    });
}

template <class To, class From, bool kSigned, template <class> class Source>
Flow extend(Cpu& cpu, const Insn& insn) {
    const From value = TRY(Source<From>::load(cpu, insn));
    if constexpr (kSigned)
        cpu.set_reg<To>(insn.reg,
                        static_cast<To>(static_cast<std::make_signed_t<To>>(static_cast<std::make_signed_t<From>>(value))));
    else
        cpu.set_reg<To>(insn.reg, static_cast<To>(value));
    return Flow::next;
}

template <bool kSigned>
Handler select_extend(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class To>() -> Handler {
        return by_size(decoded.size(1), [&]<class From>() -> Handler {
            return decoded.is_register(1) ? Handler{extend<To, From, kSigned, FromRegister2>}
                                          : Handler{extend<To, From, kSigned, FromMemory>};
        });
    });
}

template <class T>
Flow lea(Cpu& cpu, const Insn& insn) {
    cpu.set_reg<T>(insn.reg, static_cast<T>(cpu.effective_address(insn)));
    return Flow::next;
}
Handler select_lea(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), []<class T>() -> Handler { return lea<T>; });
}

template <class T>
Flow xchg_registers(Cpu& cpu, const Insn& insn) {
    const T first = cpu.reg<T>(insn.reg);
    cpu.set_reg<T>(insn.reg, cpu.reg<T>(insn.reg2));
    cpu.set_reg<T>(insn.reg2, first);
    return Flow::next;
}
template <class T>
Flow xchg_memory(Cpu& cpu, const Insn& insn) {
    T old{};
    const T value = cpu.reg<T>(insn.reg);
    const Flow flow = cpu.modify_operand<T>(insn, [&](T a) {
        old = a;
        return value;
    });
    if (flow != Flow::next) return flow;
    cpu.set_reg<T>(insn.reg, old);
    return Flow::next;
}
Handler select_xchg(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        return decoded.is_memory(0) || decoded.is_memory(1) ? Handler{xchg_memory<T>} : Handler{xchg_registers<T>};
    });
}

template <class T, unsigned kCondition, template <class> class Source>
Flow cmov(Cpu& cpu, const Insn& insn) {
    const T value = TRY(Source<T>::load(cpu, insn));  // the load happens, and may fault, whatever the condition
    cpu.set_reg<T>(insn.reg, holds<kCondition>(cpu.status) ? value : cpu.reg<T>(insn.reg));
    return Flow::next;
}
template <unsigned kCondition>
Handler select_cmov(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        return decoded.is_register(1) ? Handler{cmov<T, kCondition, FromRegister2>} : Handler{cmov<T, kCondition, FromMemory>};
    });
}

template <unsigned kCondition>
Flow setcc_register(Cpu& cpu, const Insn& insn) {
    cpu.set_reg<u8>(insn.reg, holds<kCondition>(cpu.status) ? 1 : 0);
    return Flow::next;
}
template <unsigned kCondition>
Flow setcc_memory(Cpu& cpu, const Insn& insn) {
    return cpu.write_operand<u8>(insn, holds<kCondition>(cpu.status) ? 1 : 0);
}
template <unsigned kCondition>
Handler select_setcc(const Decoded& decoded, Insn&) {
    return decoded.is_register(0) ? setcc_register<kCondition> : setcc_memory<kCondition>;
}

template <class T, template <class> class Source>
Flow push_operand(Cpu& cpu, const Insn& insn) {
    const T value = TRY(Source<T>::load(cpu, insn));
    return cpu.push<T>(value);
}
Handler select_push(const Decoded& decoded, Insn& insn) {
    if (!is_general(decoded.operand(0))) return segment_push(decoded, insn);
    return by_size(insn.operand_size, [&]<class T>() -> Handler {
        if constexpr (sizeof(T) == 1)
            return nullptr;
        else if (decoded.is_register(0))
            return push_operand<T, FromRegister>;
        else
            return decoded.is_memory(0) ? Handler{push_operand<T, FromMemory>} : Handler{push_operand<T, FromImmediate>};
    });
}

template <class T>
Flow pop_register(Cpu& cpu, const Insn& insn) {
    const T value = TRY(cpu.pop<T>());
    cpu.set_reg<T>(insn.reg, value);  // POP RSP: the value wins over the increment
    return Flow::next;
}
template <class T>
Flow pop_memory(Cpu& cpu, const Insn& insn) {
    // SDM POP: a memory operand based on RSP is addressed after the increment.
    const u64 rsp = cpu.state[Register::rsp];
    const T value = TRY(cpu.pop<T>());
    const Flow flow = cpu.write_operand<T>(insn, value);
    if (flow != Flow::next) cpu.state[Register::rsp] = rsp;
    return flow;
}
Handler select_pop(const Decoded& decoded, Insn& insn) {
    if (!is_general(decoded.operand(0))) return segment_pop(decoded, insn);
    return by_size(insn.operand_size, [&]<class T>() -> Handler {
        if constexpr (sizeof(T) == 1)
            return nullptr;
        else
            return decoded.is_register(0) ? Handler{pop_register<T>} : Handler{pop_memory<T>};
    });
}

template <class T>
Flow bswap(Cpu& cpu, const Insn& insn) {
    if constexpr (sizeof(T) == 8)
        cpu.set_reg<u64>(insn.reg, __builtin_bswap64(cpu.reg<u64>(insn.reg)));
    else if constexpr (sizeof(T) == 4)
        cpu.set_reg<u32>(insn.reg, __builtin_bswap32(cpu.reg<u32>(insn.reg)));
    else
        cpu.set_reg<u16>(insn.reg, 0);  // IMPL: undefined by the SDM; real processors clear the register
    return Flow::next;
}
Handler select_bswap(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), []<class T>() -> Handler {
        if constexpr (sizeof(T) == 1)
            return nullptr;
        else
            return bswap<T>;
    });
}

Flow nop(Cpu&, const Insn&) { return Flow::next; }
Handler select_nop(const Decoded&, Insn&) { return nop; }

#define CONDITION_ROWS(suffix, code) \
    {ZYDIS_MNEMONIC_CMOV##suffix, select_cmov<code>}, { ZYDIS_MNEMONIC_SET##suffix, select_setcc<code> }
constexpr Family kTransfer[] = {
    {ZYDIS_MNEMONIC_MOV, select_mov},
    {ZYDIS_MNEMONIC_MOVZX, select_extend<false>},
    {ZYDIS_MNEMONIC_MOVSX, select_extend<true>},
    {ZYDIS_MNEMONIC_MOVSXD, select_extend<true>},
    {ZYDIS_MNEMONIC_LEA, select_lea},
    {ZYDIS_MNEMONIC_XCHG, select_xchg},
    {ZYDIS_MNEMONIC_PUSH, select_push},
    {ZYDIS_MNEMONIC_POP, select_pop},
    {ZYDIS_MNEMONIC_BSWAP, select_bswap},
    {ZYDIS_MNEMONIC_NOP, select_nop},
    {ZYDIS_MNEMONIC_ENDBR32, select_nop},
    {ZYDIS_MNEMONIC_ENDBR64, select_nop},
    {ZYDIS_MNEMONIC_PAUSE, select_nop},
    CONDITION_ROWS(O, 0),
    CONDITION_ROWS(NO, 1),
    CONDITION_ROWS(B, 2),
    CONDITION_ROWS(NB, 3),
    CONDITION_ROWS(Z, 4),
    CONDITION_ROWS(NZ, 5),
    CONDITION_ROWS(BE, 6),
    CONDITION_ROWS(NBE, 7),
    CONDITION_ROWS(S, 8),
    CONDITION_ROWS(NS, 9),
    CONDITION_ROWS(P, 10),
    CONDITION_ROWS(NP, 11),
    CONDITION_ROWS(L, 12),
    CONDITION_ROWS(NL, 13),
    CONDITION_ROWS(LE, 14),
    CONDITION_ROWS(NLE, 15),
};
#undef CONDITION_ROWS

}  // namespace

std::span<const Family> transfer_family() { return kTransfer; }

}  // namespace vmxsim::cpu
