// SPDX-License-Identifier: MIT
// IN and OUT, with IOPL and the I/O permission bitmap (SDM volume 1, 19.5).
#include "cpu/io_permission.hpp"

#include "cpu/instructions/operand_forms.hpp"

namespace vmxsim::cpu {
namespace {

constexpr u8 kRax = 0, kRdx = 16;

template <class T>
void load_accumulator(Cpu& cpu, u32 value) {
    cpu.set_reg<T>(kRax, static_cast<T>(value));
}

template <class T, bool kImmediate>
Flow in(Cpu& cpu, const Insn& insn) {
    const u16 port = kImmediate ? static_cast<u8>(insn.immediate) : cpu.reg<u16>(kRdx);
    (void)TRY(require_io_permission(cpu, port, sizeof(T)));
    load_accumulator<T>(cpu, cpu.bus.in(port, sizeof(T)));
    cpu.watch_io(port, sizeof(T));
    return Flow::branch;
}
template <class T, bool kImmediate>
Flow out(Cpu& cpu, const Insn& insn) {
    const u16 port = kImmediate ? static_cast<u8>(insn.immediate) : cpu.reg<u16>(kRdx);
    (void)TRY(require_io_permission(cpu, port, sizeof(T)));
    cpu.bus.out(port, sizeof(T), cpu.reg<T>(kRax));
    cpu.watch_io(port, sizeof(T));
    cpu.events_changed = true;
    return Flow::branch;
}

template <bool kIn>
Handler select_io(const Decoded& decoded, Insn& insn) {
    insn.flags |= kEndsBlock;
    const unsigned accumulator = kIn ? 0 : 1, port = kIn ? 1 : 0;
    const bool immediate = decoded.is_immediate(port);
    return by_size(decoded.size(accumulator), [&]<class T>() -> Handler {
        if constexpr (sizeof(T) == 8)
            return nullptr;
        else if constexpr (kIn)
            return immediate ? Handler{in<T, true>} : Handler{in<T, false>};
        else
            return immediate ? Handler{out<T, true>} : Handler{out<T, false>};
    });
}

constexpr Family kIo[] = {{ZYDIS_MNEMONIC_IN, select_io<true>}, {ZYDIS_MNEMONIC_OUT, select_io<false>}};

}  // namespace

Flow require_io_permission(Cpu& cpu, u16 port, unsigned size) {
    if (cpu.real_mode()) return Flow::next;
    const bool virtual_8086 = cpu.state.virtual_8086();
    if (!virtual_8086 && cpu.cpl() <= bits(cpu.state.rflags, 13, 12)) return Flow::next;
    const Segment& tr = cpu.state[SegmentRegister::tr];
    if ((tr.rights.type() & 8) == 0 || tr.limit < 103) return cpu.general_protection();
    const u32 map = TRY(cpu.read_system<u16>(tr.base + 102));
    const u32 place = map + port / 8u;
    if (place + 1 > tr.limit) return cpu.general_protection();
    const u16 permissions = TRY(cpu.read_system<u16>(tr.base + place));
    return (permissions >> (port % 8) & ((1u << size) - 1)) != 0 ? cpu.general_protection() : Flow::next;
}

std::span<const Family> io_family() { return kIo; }

}  // namespace vmxsim::cpu
