// SPDX-License-Identifier: MIT
// CMPXCHG, CMPXCHG8B, CMPXCHG16B, XADD (SDM volume 2). All of them write their memory operand whatever the comparison says.
#include "cpu/instructions/alu_flags.hpp"
#include "cpu/instructions/operand_forms.hpp"

namespace vmxsim::cpu {
namespace {

constexpr u8 kRax = 0, kRcx = 8, kRdx = 16, kRbx = 24;

template <class T>
Flow cmpxchg_register(Cpu& cpu, const Insn& insn) {
    const T old = cpu.reg<T>(insn.reg), expected = cpu.reg<T>(kRax), value = cpu.reg<T>(insn.reg2);
    set_compare_flags(cpu.status, expected, old);
    // IMPL: only the register that receives a value is written, so that a 32-bit form clears no other upper half.
    if (old == expected)
        cpu.set_reg<T>(insn.reg, value);
    else
        cpu.set_reg<T>(kRax, old);
    return Flow::next;
}
template <class T>
Flow cmpxchg_memory(Cpu& cpu, const Insn& insn) {
    const T expected = cpu.reg<T>(kRax), value = cpu.reg<T>(insn.reg);
    T old{};
    (void)TRY(cpu.modify_operand<T>(insn, [&](T a) {
        old = a;
        return a == expected ? value : a;
    }));
    set_compare_flags(cpu.status, expected, old);
    if (old != expected) cpu.set_reg<T>(kRax, old);
    return Flow::next;
}

Flow cmpxchg8b(Cpu& cpu, const Insn& insn) {
    const u64 expected = u64{cpu.reg<u32>(kRdx)} << 32 | cpu.reg<u32>(kRax),
              value = u64{cpu.reg<u32>(kRbx)} | u64{cpu.reg<u32>(kRcx)} << 32;
    u64 old = 0;
    (void)TRY(cpu.modify_operand<u64>(insn, [&](u64 a) {
        old = a;
        return a == expected ? value : a;
    }));
    cpu.status.change(kZf, old == expected ? kZf : 0);
    if (old != expected) {
        cpu.set_reg<u32>(kRax, static_cast<u32>(old));
        cpu.set_reg<u32>(kRdx, static_cast<u32>(old >> 32));
    }
    return Flow::next;
}
Flow cmpxchg16b(Cpu& cpu, const Insn& insn) {
    const u64 linear = TRY(cpu.linear_address(static_cast<SegmentRegister>(insn.segment), cpu.effective_address(insn), 16, true));
    if ((linear & 15) != 0) return cpu.general_protection();
    (void)TRY(cpu.probe(linear, 16, cpu.data_access(paging::Access::write)));
    const u64 low = TRY(cpu.read_linear<u64>(linear)), high = TRY(cpu.read_linear<u64>(linear + 8));
    const bool equal = low == cpu.reg<u64>(kRax) && high == cpu.reg<u64>(kRdx);
    (void)TRY(cpu.write_linear<u64>(linear, equal ? cpu.reg<u64>(kRbx) : low));
    (void)TRY(cpu.write_linear<u64>(linear + 8, equal ? cpu.reg<u64>(kRcx) : high));
    cpu.status.change(kZf, equal ? kZf : 0);
    if (!equal) {
        cpu.set_reg<u64>(kRax, low);
        cpu.set_reg<u64>(kRdx, high);
    }
    return Flow::next;
}

template <class T>
Flow xadd_register(Cpu& cpu, const Insn& insn) {
    const T old = cpu.reg<T>(insn.reg), sum = add_with_flags(cpu.status, old, cpu.reg<T>(insn.reg2));
    cpu.set_reg<T>(insn.reg2, old);
    cpu.set_reg<T>(insn.reg, sum);  // the destination wins when both are one register
    return Flow::next;
}
template <class T>
Flow xadd_memory(Cpu& cpu, const Insn& insn) {
    T old{};
    const T value = cpu.reg<T>(insn.reg);
    (void)TRY(cpu.modify_operand<T>(insn, [&](T a) {
        old = a;
        return add_with_flags(cpu.status, a, value);
    }));
    cpu.set_reg<T>(insn.reg, old);
    return Flow::next;
}

Handler select_cmpxchg(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        return decoded.is_memory(0) ? Handler{cmpxchg_memory<T>} : Handler{cmpxchg_register<T>};
    });
}
Handler select_xadd(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        return decoded.is_memory(0) ? Handler{xadd_memory<T>} : Handler{xadd_register<T>};
    });
}
Handler select_cmpxchg8b(const Decoded&, Insn&) { return cmpxchg8b; }
Handler select_cmpxchg16b(const Decoded&, Insn&) { return cmpxchg16b; }

constexpr Family kCompareExchange[] = {
    {ZYDIS_MNEMONIC_CMPXCHG, select_cmpxchg},
    {ZYDIS_MNEMONIC_CMPXCHG8B, select_cmpxchg8b, Feature::cmpxchg8b},
    {ZYDIS_MNEMONIC_CMPXCHG16B, select_cmpxchg16b, Feature::cmpxchg16b},
    {ZYDIS_MNEMONIC_XADD, select_xadd},
};

}  // namespace

std::span<const Family> compare_exchange_family() { return kCompareExchange; }

}  // namespace vmxsim::cpu
