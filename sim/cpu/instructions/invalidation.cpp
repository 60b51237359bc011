// SPDX-License-Identifier: MIT
// INVPCID; INVD and WBINVD (WBNOINVD is that with a prefix). There is no cache: memory is always as the last write left it.
#include "cpu/instructions/operand_forms.hpp"
#include "cpu/instructions/system_guards.hpp"

namespace vmxsim::cpu {
namespace {

// SDM INVPCID: what may stay in the TLB may also go, so every type forgets the whole address space.
Flow invpcid(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_cpl0(cpu));
    const auto segment = static_cast<SegmentRegister>(insn.segment);
    const u64 address = cpu.effective_address(insn);
    const u64 type = cpu.bit64() ? cpu.reg<u64>(insn.reg) : cpu.reg<u32>(insn.reg);
    const u64 pcid = TRY(cpu.read<u64>(segment, address)), linear = TRY(cpu.read<u64>(segment, address + 8));
    const bool pcide = is_set(cpu.state.cr4, 17);
    if (type > 3 || pcid >> 12 != 0) return cpu.general_protection();
    if (type == 0 && !cpu.processor.capabilities.canonical(linear)) return cpu.general_protection();
    if (type < 2 && !pcide && pcid != 0) return cpu.general_protection();
    cpu.flush_address_space();
    return Flow::branch;
}

Flow invd(Cpu& cpu, const Insn&) {
    (void)TRY(require_cpl0(cpu));
    return Flow::branch;
}

template <Handler kHandler>
Handler ends_run(const Decoded&, Insn& insn) {
    insn.flags |= kEndsBlock;
    return kHandler;
}
constexpr Family kInvalidations[] = {
    {ZYDIS_MNEMONIC_INVPCID, ends_run<invpcid>, Feature::invpcid},
    {ZYDIS_MNEMONIC_INVD, ends_run<invd>},
    {ZYDIS_MNEMONIC_WBINVD, ends_run<invd>},
};

}  // namespace

std::span<const Family> invalidation_family() { return kInvalidations; }

}  // namespace vmxsim::cpu
