// SPDX-License-Identifier: MIT
// LGDT, LIDT, SGDT, SIDT, LLDT, SLDT, LTR, STR, LAR, LSL, VERR, VERW, ARPL (SDM 2.8.1, 5.10).
#include "cpu/instructions/operand_forms.hpp"
#include "cpu/instructions/system_guards.hpp"
#include "cpu/segments.hpp"

namespace vmxsim::cpu {
namespace {

template <bool kGdt>
Flow load_table(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_cpl0(cpu));
    const auto segment = static_cast<SegmentRegister>(insn.segment);
    const u64 address = cpu.effective_address(insn);
    const u16 limit = TRY(cpu.read<u16>(segment, address));
    u64 base;
    if (cpu.bit64()) {
        base = TRY(cpu.read<u64>(segment, address + 2));
        if (!cpu.processor.capabilities.canonical(base)) return cpu.general_protection();
    } else {
        base = TRY(cpu.read<u32>(segment, address + 2));
        if (insn.operand_size == 2) base &= 0xFFFFFF;
    }
    (kGdt ? cpu.state.gdtr : cpu.state.idtr) = {base, limit};
    return Flow::branch;
}

template <bool kGdt>
Flow store_table(Cpu& cpu, const Insn& insn) {
    (void)TRY(forbid_by_umip(cpu));
    const DescriptorTable& table = kGdt ? cpu.state.gdtr : cpu.state.idtr;
    const auto segment = static_cast<SegmentRegister>(insn.segment);
    const u64 address = cpu.effective_address(insn);
    (void)TRY(cpu.write<u16>(segment, address, table.limit));
    if (cpu.bit64()) return cpu.write<u64>(segment, address + 2, table.base);
    return cpu.write<u32>(segment, address + 2, static_cast<u32>(table.base));
}

template <template <class> class Source>
Flow lldt(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_protected_mode(cpu));
    (void)TRY(require_cpl0(cpu));
    const u16 selector = TRY(Source<u16>::load(cpu, insn));
    Segment& ldtr = cpu.state[SegmentRegister::ldtr];
    if (is_null(selector)) {
        ldtr.selector = selector;
        ldtr.rights = {kUnusable};
        return Flow::branch;
    }
    const u32 error = selector_error(selector);
    if ((selector & 4) != 0) return cpu.general_protection(error);
    Descriptor descriptor = TRY(read_descriptor(cpu, selector));
    if (!descriptor.is_system(kLdt)) return cpu.general_protection(error);
    if (!descriptor.present()) return cpu.raise(kSegmentNotPresent, error);
    (void)TRY(read_upper_half(cpu, descriptor, selector));
    ldtr = descriptor.segment(selector);
    return Flow::branch;
}

template <template <class> class Source>
Flow ltr(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_protected_mode(cpu));
    (void)TRY(require_cpl0(cpu));
    const u16 selector = TRY(Source<u16>::load(cpu, insn));
    const u32 error = selector_error(selector);
    if (is_null(selector)) return cpu.general_protection();
    if ((selector & 4) != 0) return cpu.general_protection(error);
    Descriptor descriptor = TRY(read_descriptor(cpu, selector));
    const bool available =
        descriptor.is_system(kTss32Available) || (descriptor.is_system(kTss16Available) && !cpu.state.ia32e_mode());
    if (!available) return cpu.general_protection(error);
    if (!descriptor.present()) return cpu.raise(kSegmentNotPresent, error);
    (void)TRY(read_upper_half(cpu, descriptor, selector));
    descriptor.raw |= bit(41);  // busy
    (void)TRY(cpu.write_system<u8>(descriptor.address + 5, static_cast<u8>(descriptor.raw >> 40)));
    cpu.state[SegmentRegister::tr] = descriptor.segment(selector);
    return Flow::branch;
}

template <SegmentRegister kRegister>
Flow store_selector(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_protected_mode(cpu));
    (void)TRY(forbid_by_umip(cpu));
    const u16 selector = cpu.state[kRegister].selector;
    if (insn.has(kHasMemory)) return cpu.write_operand<u16>(insn, selector);
    if (insn.operand_size == 2)
        cpu.set_reg<u16>(insn.reg, selector);
    else
        cpu.set_reg<u64>(insn.reg, selector);
    return Flow::next;
}

// What LAR, LSL, VERR and VERW look at: nothing when the selector is null or outside its table.
Result<std::optional<Descriptor>> look_at(Cpu& cpu, u16 selector) {
    if (is_null(selector)) return std::optional<Descriptor>{};
    const Result<Descriptor> descriptor = read_descriptor(cpu, selector);
    if (!descriptor.has_value()) {
        if (cpu.fault.vector == kGeneralProtection) return std::optional<Descriptor>{};
        return descriptor.flow();
    }
    return std::optional<Descriptor>{*descriptor};
}

bool accessible(const Cpu& cpu, const Descriptor& descriptor, u16 selector) {
    return (descriptor.is_code() && descriptor.conforming()) ||
           (cpu.cpl() <= descriptor.dpl() && (selector & 3u) <= descriptor.dpl());
}

template <bool kLimit, template <class> class Source>
Flow load_rights_or_limit(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_protected_mode(cpu));
    const u16 selector = TRY(Source<u16>::load(cpu, insn));
    const std::optional<Descriptor> descriptor = TRY(look_at(cpu, selector));
    bool valid = descriptor && accessible(cpu, *descriptor, selector);
    if (valid && !descriptor->s()) {
        // SDM LAR and LSL: tables of the system types they take.
        const u32 type = descriptor->type();
        const bool narrow = type == kTss16Available || type == kTss16Busy;
        const bool wide = type == kTss32Available || type == kTss32Busy || type == kLdt;
        const bool gate = type == kCallGate32, narrow_gate = type == kCallGate16 || type == kTaskGate;
        valid = wide || (!cpu.state.ia32e_mode() && narrow) || (!kLimit && (gate || (!cpu.state.ia32e_mode() && narrow_gate)));
    }
    cpu.status.change(kZf, valid ? kZf : 0);
    if (!valid) return Flow::next;
    const u32 value = kLimit ? descriptor->limit() : static_cast<u32>(descriptor->raw >> 32) & 0xFFFF00;
    if (insn.operand_size == 2)
        cpu.set_reg<u16>(insn.reg, static_cast<u16>(value));
    else
        cpu.set_reg<u64>(insn.reg, value);
    return Flow::next;
}

template <bool kWrite, template <class> class Source>
Flow verify(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_protected_mode(cpu));
    const u16 selector = TRY(Source<u16>::load(cpu, insn));
    const std::optional<Descriptor> descriptor = TRY(look_at(cpu, selector));
    bool valid = descriptor && descriptor->s() && accessible(cpu, *descriptor, selector);
    if (valid)
        valid = kWrite ? descriptor->is_data() && descriptor->readable_or_writable()
                       : descriptor->is_data() || descriptor->readable_or_writable();
    cpu.status.change(kZf, valid ? kZf : 0);
    return Flow::next;
}

Flow arpl(Cpu& cpu, const Insn& insn) {
    (void)TRY(require_protected_mode(cpu));
    const u16 source = cpu.reg<u16>(insn.has(kHasMemory) ? insn.reg : insn.reg2);
    bool changed = false;
    const auto adjust = [&](u16 old) -> u16 {
        changed = (old & 3) < (source & 3);
        return changed ? static_cast<u16>((old & ~3) | (source & 3)) : old;
    };
    if (insn.has(kHasMemory))
        (void)TRY(cpu.modify_operand<u16>(insn, adjust));
    else
        cpu.set_reg<u16>(insn.reg, adjust(cpu.reg<u16>(insn.reg)));
    cpu.status.change(kZf, changed ? kZf : 0);
    return Flow::next;
}

template <Handler kHandler>
Handler ends_run(const Decoded&, Insn& insn) {
    insn.flags |= kEndsBlock;
    return kHandler;
}
// The r/m operand is the first (LLDT) or the second (LAR).
template <Handler kFromRegister, Handler kFromMemory>
Handler by_form(const Decoded&, Insn& insn) {
    insn.flags |= kEndsBlock;
    return insn.has(kHasMemory) ? kFromMemory : kFromRegister;
}

constexpr Family kTables[] = {
    {ZYDIS_MNEMONIC_LGDT, ends_run<load_table<true>>},
    {ZYDIS_MNEMONIC_LIDT, ends_run<load_table<false>>},
    {ZYDIS_MNEMONIC_SGDT, ends_run<store_table<true>>},
    {ZYDIS_MNEMONIC_SIDT, ends_run<store_table<false>>},
    {ZYDIS_MNEMONIC_LLDT, by_form<lldt<FromRegister>, lldt<FromMemory>>},
    {ZYDIS_MNEMONIC_LTR, by_form<ltr<FromRegister>, ltr<FromMemory>>},
    {ZYDIS_MNEMONIC_SLDT, ends_run<store_selector<SegmentRegister::ldtr>>},
    {ZYDIS_MNEMONIC_STR, ends_run<store_selector<SegmentRegister::tr>>},
    {ZYDIS_MNEMONIC_LAR, by_form<load_rights_or_limit<false, FromRegister2>, load_rights_or_limit<false, FromMemory>>},
    {ZYDIS_MNEMONIC_LSL, by_form<load_rights_or_limit<true, FromRegister2>, load_rights_or_limit<true, FromMemory>>},
    {ZYDIS_MNEMONIC_VERR, by_form<verify<false, FromRegister>, verify<false, FromMemory>>},
    {ZYDIS_MNEMONIC_VERW, by_form<verify<true, FromRegister>, verify<true, FromMemory>>},
    {ZYDIS_MNEMONIC_ARPL, ends_run<arpl>},
};

}  // namespace

std::span<const Family> descriptor_table_family() { return kTables; }

}  // namespace vmxsim::cpu
