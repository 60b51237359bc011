// SPDX-License-Identifier: MIT
// AAA, AAS, AAM, AAD, DAA, DAS: decimal arithmetic, outside 64-bit mode (SDM volume 2).
#include "cpu/decode.hpp"

namespace vmxsim::cpu {
namespace {

constexpr u8 kAl = 0, kAh = 1, kAx = 0;

// AAA and AAS correct AX as a whole, so that a carry out of AL + 6 reaches AH (SDM AAA, AAS).
template <bool kSubtract>
Flow adjust_unpacked(Cpu& cpu, const Insn&) {
    const u8 al = cpu.reg<u8>(kAl);
    const bool adjusts = (al & 0xF) > 9 || cpu.status.af();
    u16 ax = cpu.reg<u16>(kAx);
    if (adjusts) ax = static_cast<u16>(kSubtract ? ax - 0x106 : ax + 0x106);
    ax &= 0xFF0F;
    cpu.set_reg<u16>(kAx, ax);
    // IMPL: OF, SF, ZF and PF are undefined; they follow the new AL.
    cpu.status.set_logic<u8>(static_cast<u8>(ax));
    cpu.status.change(kCf | kAf, adjusts ? kCf | kAf : 0);
    return Flow::next;
}

template <bool kSubtract>
Flow adjust_packed(Cpu& cpu, const Insn&) {
    const u8 al = cpu.reg<u8>(kAl);
    const bool old_carry = cpu.status.cf();
    const bool low = (al & 0xF) > 9 || cpu.status.af();
    bool carry = false;
    u8 result = al;
    if (low) {
        carry = old_carry || (kSubtract ? al < 6 : al > 0xFF - 6);
        result = static_cast<u8>(kSubtract ? result - 6 : result + 6);
    }
    if (al > 0x99 || old_carry) {
        result = static_cast<u8>(kSubtract ? result - 0x60 : result + 0x60);
        carry = true;
    }
    cpu.set_reg<u8>(kAl, result);
    cpu.status.set_logic(result);
    cpu.status.change(kCf | kAf, (carry ? kCf : 0) | (low ? kAf : 0));
    return Flow::next;
}

Flow aam(Cpu& cpu, const Insn& insn) {
    const u8 base = static_cast<u8>(insn.immediate), al = cpu.reg<u8>(kAl);
    if (base == 0) return cpu.raise(kDivideError);
    cpu.set_reg<u8>(kAh, static_cast<u8>(al / base));
    cpu.set_reg<u8>(kAl, static_cast<u8>(al % base));
    cpu.status.set_logic(cpu.reg<u8>(kAl));
    return Flow::next;
}
Flow aad(Cpu& cpu, const Insn& insn) {
    const u8 base = static_cast<u8>(insn.immediate);
    const u8 result = static_cast<u8>(cpu.reg<u8>(kAl) + cpu.reg<u8>(kAh) * base);
    cpu.set_reg<u16>(kAx, result);
    cpu.status.set_logic(result);
    return Flow::next;
}

template <Handler kHandler>
Handler plain(const Decoded&, Insn&) {
    return kHandler;
}

constexpr Family kDecimal[] = {
    {ZYDIS_MNEMONIC_AAA, plain<adjust_unpacked<false>>},
    {ZYDIS_MNEMONIC_AAS, plain<adjust_unpacked<true>>},
    {ZYDIS_MNEMONIC_DAA, plain<adjust_packed<false>>},
    {ZYDIS_MNEMONIC_DAS, plain<adjust_packed<true>>},
    {ZYDIS_MNEMONIC_AAM, plain<aam>},
    {ZYDIS_MNEMONIC_AAD, plain<aad>},
};

}  // namespace

std::span<const Family> decimal_family() { return kDecimal; }

}  // namespace vmxsim::cpu
