// SPDX-License-Identifier: MIT
// PREFETCH*, CLFLUSH and its kin, fences, and the opcodes that are undefined for ever (SDM volume 2). There is no cache and
// no second processor to be seen: what remains of them is their faults.
#include "cpu/instructions/operand_forms.hpp"

namespace vmxsim::cpu {
namespace {

Flow nothing(Cpu&, const Insn&) { return Flow::next; }
Flow undefined(Cpu& cpu, const Insn&) { return cpu.undefined_opcode(); }

// One byte of the line, with the faults of a load.
Flow flush_line(Cpu& cpu, const Insn& insn) {
    const u64 linear = TRY(cpu.linear_address(static_cast<SegmentRegister>(insn.segment), cpu.effective_address(insn), 1, false));
    return cpu.probe(linear, 1, cpu.data_access(paging::Access::read));
}

template <Handler kHandler>
Handler plain(const Decoded&, Insn&) {
    return kHandler;
}
// Behind it everything is fetched anew.
Handler select_serialize(const Decoded&, Insn& insn) {
    insn.flags |= kEndsBlock;
    return [](Cpu&, const Insn&) { return Flow::branch; };
}

constexpr Family kCacheHints[] = {
    {ZYDIS_MNEMONIC_PREFETCH, plain<nothing>},
    {ZYDIS_MNEMONIC_PREFETCHW, plain<nothing>},
    {ZYDIS_MNEMONIC_PREFETCHWT1, plain<nothing>},
    {ZYDIS_MNEMONIC_PREFETCHNTA, plain<nothing>},
    {ZYDIS_MNEMONIC_PREFETCHT0, plain<nothing>},
    {ZYDIS_MNEMONIC_PREFETCHT1, plain<nothing>},
    {ZYDIS_MNEMONIC_PREFETCHT2, plain<nothing>},
    {ZYDIS_MNEMONIC_CLDEMOTE, plain<nothing>},
    {ZYDIS_MNEMONIC_SFENCE, plain<nothing>, Feature::sse},
    {ZYDIS_MNEMONIC_LFENCE, plain<nothing>, Feature::sse2},
    {ZYDIS_MNEMONIC_MFENCE, plain<nothing>, Feature::sse2},
    {ZYDIS_MNEMONIC_SERIALIZE, select_serialize, Feature::serialize},
    {ZYDIS_MNEMONIC_CLFLUSH, plain<flush_line>, Feature::clflush},
    {ZYDIS_MNEMONIC_CLFLUSHOPT, plain<flush_line>, Feature::clflushopt},
    {ZYDIS_MNEMONIC_CLWB, plain<flush_line>, Feature::clwb},
    {ZYDIS_MNEMONIC_UD0, plain<undefined>},
    {ZYDIS_MNEMONIC_UD1, plain<undefined>},
    {ZYDIS_MNEMONIC_UD2, plain<undefined>},
};

}  // namespace

std::span<const Family> cache_hint_family() { return kCacheHints; }

}  // namespace vmxsim::cpu
