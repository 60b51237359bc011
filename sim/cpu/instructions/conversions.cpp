// SPDX-License-Identifier: MIT
// CBW, CWDE, CDQE, CWD, CDQ, CQO, XLAT, SALC, MOVBE, MOVNTI, CRC32 (SDM volume 2).
#include "cpu/instructions/operand_forms.hpp"

namespace vmxsim::cpu {
namespace {

constexpr u8 kRax = 0, kRdx = 16, kRbx = 24;

// The accumulator's lower half, sign-extended over the whole.
template <class From, class To>
Flow extend_accumulator(Cpu& cpu, const Insn&) {
    cpu.set_reg<To>(kRax, static_cast<To>(static_cast<std::make_signed_t<From>>(cpu.reg<From>(kRax))));
    return Flow::next;
}
// The accumulator's sign in every bit of DX, EDX or RDX.
template <class T>
Flow spread_sign(Cpu& cpu, const Insn&) {
    const bool negative = (cpu.reg<T>(kRax) >> (sizeof(T) * 8 - 1)) != 0;
    cpu.set_reg<T>(kRdx, static_cast<T>(negative ? ~T{0} : T{0}));
    return Flow::next;
}

Flow xlat(Cpu& cpu, const Insn& insn) {
    u64 offset = cpu.reg<u64>(kRbx) + cpu.reg<u8>(kRax);
    if (insn.address_size != 8) offset &= insn.address_size == 4 ? 0xFFFFFFFF : 0xFFFF;
    cpu.set_reg<u8>(kRax, TRY(cpu.read<u8>(static_cast<SegmentRegister>(insn.segment), offset)));
    return Flow::next;
}

// D6H, named by every assembler and by no manual of old: AL becomes the spread CF.
Flow salc(Cpu& cpu, const Insn&) {
    cpu.set_reg<u8>(kRax, cpu.status.cf() ? 0xFF : 0);
    return Flow::next;
}

template <class T>
T swap_bytes(T value) {
    if constexpr (sizeof(T) == 2)
        return __builtin_bswap16(value);
    else if constexpr (sizeof(T) == 4)
        return __builtin_bswap32(value);
    else
        return __builtin_bswap64(value);
}
template <class T>
Flow movbe_to_register(Cpu& cpu, const Insn& insn) {
    cpu.set_reg<T>(insn.reg, swap_bytes(TRY(cpu.read_operand<T>(insn))));
    return Flow::next;
}
template <class T>
Flow movbe_to_memory(Cpu& cpu, const Insn& insn) {
    return cpu.write_operand<T>(insn, swap_bytes(cpu.reg<T>(insn.reg)));
}
Handler select_movbe(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        if constexpr (sizeof(T) == 1)
            return nullptr;
        else
            return decoded.is_memory(1) ? Handler{movbe_to_register<T>} : Handler{movbe_to_memory<T>};
    });
}

template <class T>
Flow movnti(Cpu& cpu, const Insn& insn) {
    return cpu.write_operand<T>(insn, cpu.reg<T>(insn.reg));
}
Handler select_movnti(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), []<class T>() -> Handler { return movnti<T>; });
}

// CRC-32C: the polynomial 11EDC6F41H, bits reflected. The destination's upper half is cleared also with REX.W.
template <class T, template <class> class Source>
Flow crc32(Cpu& cpu, const Insn& insn) {
    constexpr u32 kReflectedPolynomial = 0x82F63B78;
    T data = TRY(Source<T>::load(cpu, insn));
    u32 crc = cpu.reg<u32>(insn.reg);
    for (unsigned i = 0; i < sizeof(T) * 8; ++i, data = static_cast<T>(data >> 1)) {
        const bool out = ((crc ^ static_cast<u32>(data)) & 1) != 0;
        crc = crc >> 1 ^ (out ? kReflectedPolynomial : 0);
    }
    cpu.set_reg<u32>(insn.reg, crc);
    return Flow::next;
}
Handler select_crc32(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(1), [&]<class T>() -> Handler {
        return decoded.is_memory(1) ? Handler{crc32<T, FromMemory>} : Handler{crc32<T, FromRegister2>};
    });
}

template <Handler kHandler>
Handler plain(const Decoded&, Insn&) {
    return kHandler;
}

constexpr Family kConversions[] = {
    {ZYDIS_MNEMONIC_CBW, plain<extend_accumulator<u8, u16>>},
    {ZYDIS_MNEMONIC_CWDE, plain<extend_accumulator<u16, u32>>},
    {ZYDIS_MNEMONIC_CDQE, plain<extend_accumulator<u32, u64>>},
    {ZYDIS_MNEMONIC_CWD, plain<spread_sign<u16>>},
    {ZYDIS_MNEMONIC_CDQ, plain<spread_sign<u32>>},
    {ZYDIS_MNEMONIC_CQO, plain<spread_sign<u64>>},
    {ZYDIS_MNEMONIC_XLAT, plain<xlat>},
    {ZYDIS_MNEMONIC_SALC, plain<salc>},
    {ZYDIS_MNEMONIC_MOVBE, select_movbe, Feature::movbe},
    {ZYDIS_MNEMONIC_MOVNTI, select_movnti, Feature::sse2},
    {ZYDIS_MNEMONIC_CRC32, select_crc32, Feature::sse42},
};

}  // namespace

std::span<const Family> conversion_family() { return kConversions; }

}  // namespace vmxsim::cpu
