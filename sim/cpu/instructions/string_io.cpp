// SPDX-License-Identifier: MIT
// INS and OUTS (SDM volume 2), one element at a time: devices see every access.
#include "cpu/instructions/operand_forms.hpp"
#include "cpu/instructions/repeat.hpp"
#include "cpu/io_permission.hpp"

namespace vmxsim::cpu {
namespace {

constexpr u8 kRdx = 16;

// The place in memory is found good before the port is read: a read cannot be taken back.
template <class T>
Result<u64> ins_step(Cpu& cpu, const Insn& insn) {
    const u16 port = cpu.reg<u16>(kRdx);
    const u64 linear = TRY(cpu.linear_address(SegmentRegister::es, index_register(cpu, insn, kRdi), sizeof(T), true));
    (void)TRY(cpu.probe(linear, sizeof(T), cpu.data_access(paging::Access::write)));
    (void)TRY(cpu.write_linear<T>(linear, static_cast<T>(cpu.bus.in(port, sizeof(T)))));
    cpu.watch_io(port, sizeof(T));
    advance<T>(cpu, insn, kRdi);
    return u64{1};
}
template <class T>
Result<u64> outs_step(Cpu& cpu, const Insn& insn) {
    const u16 port = cpu.reg<u16>(kRdx);
    const T value = TRY(cpu.read<T>(static_cast<SegmentRegister>(insn.segment), index_register(cpu, insn, kRsi)));
    cpu.bus.out(port, sizeof(T), value);
    cpu.watch_io(port, sizeof(T));
    cpu.events_changed = true;
    advance<T>(cpu, insn, kRsi);
    return u64{1};
}

template <class T, Result<u64> (*kStep)(Cpu&, const Insn&)>
Flow string_io(Cpu& cpu, const Insn& insn) {
    // IMPL: the permission is asked for before the count is looked at, also when it is zero, as Intel's processors do.
    (void)TRY(require_io_permission(cpu, cpu.reg<u16>(kRdx), sizeof(T)));
    const Flow flow = repeat(cpu, insn, [&](u64) { return kStep(cpu, insn); });
    return flow == Flow::next ? Flow::branch : flow;
}

template <class T, Result<u64> (*kStep)(Cpu&, const Insn&)>
Handler select(const Decoded& decoded, Insn& insn) {
    take_repeat_prefix(decoded, insn);
    insn.flags |= kEndsBlock;
    return string_io<T, kStep>;
}

constexpr Family kStringIo[] = {
    {ZYDIS_MNEMONIC_INSB, select<u8, ins_step<u8>>},     {ZYDIS_MNEMONIC_INSW, select<u16, ins_step<u16>>},
    {ZYDIS_MNEMONIC_INSD, select<u32, ins_step<u32>>},   {ZYDIS_MNEMONIC_OUTSB, select<u8, outs_step<u8>>},
    {ZYDIS_MNEMONIC_OUTSW, select<u16, outs_step<u16>>}, {ZYDIS_MNEMONIC_OUTSD, select<u32, outs_step<u32>>},
};

}  // namespace

std::span<const Family> string_io_family() { return kStringIo; }

}  // namespace vmxsim::cpu
