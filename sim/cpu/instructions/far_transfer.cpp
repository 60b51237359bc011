// SPDX-License-Identifier: MIT
// Far JMP, CALL and RET (SDM 5.8), IRET, and the software interrupts INT n, INT3, INTO, INT1.
#include "cpu/deliver_event.hpp"
#include "cpu/instructions/operand_forms.hpp"
#include "cpu/segments.hpp"
#include "cpu/stack.hpp"
#include "cpu/task_switch.hpp"

namespace vmxsim::cpu {
namespace {

struct FarPointer {
    u16 selector = 0;
    u64 offset = 0;
};

Result<FarPointer> pointer_operand(Cpu& cpu, const Insn& insn) {
    if (!insn.has(kHasMemory)) return FarPointer{static_cast<u16>(insn.displacement64), insn.immediate};
    const auto segment = static_cast<SegmentRegister>(insn.segment);
    const u64 address = cpu.effective_address(insn);
    FarPointer pointer;
    switch (insn.operand_size) {
        case 2: pointer.offset = TRY(cpu.read<u16>(segment, address)); break;
        case 4: pointer.offset = TRY(cpu.read<u32>(segment, address)); break;
        default: pointer.offset = TRY(cpu.read<u64>(segment, address)); break;
    }
    pointer.selector = TRY(cpu.read<u16>(segment, address + insn.operand_size));
    return pointer;
}

u64 in_operand_size(u64 value, unsigned size) { return size == 2 ? value & 0xFFFF : size == 4 ? value & 0xFFFFFFFF : value; }

Flow push_sized(Cpu& cpu, unsigned size, u64 value) {
    switch (size) {
        case 2: return cpu.push<u16>(static_cast<u16>(value));
        case 4: return cpu.push<u32>(static_cast<u32>(value));
        default: return cpu.push<u64>(value);
    }
}
Result<u64> pop_sized(Cpu& cpu, unsigned size) {
    switch (size) {
        case 2: return u64{TRY(cpu.pop<u16>())};
        case 4: return u64{TRY(cpu.pop<u32>())};
        default: return TRY(cpu.pop<u64>());
    }
}

// Whether an offset can be RIP in this code segment.
bool offset_is_valid(const Cpu& cpu, const Descriptor& code, u64 offset) {
    return cpu.state.ia32e_mode() && code.l() ? is_canonical(offset, 48) : offset <= code.limit();
}

void enter_code(Cpu& cpu, const Descriptor& code, u16 selector, unsigned cpl, u64 offset) {
    cpu.state[SegmentRegister::cs] = code.segment(static_cast<u16>((selector & ~3u) | cpl));
    cpu.state.rip = offset;
    cpu.refresh_mode();
}

// A code segment as the target of a far jump or call that does not change CPL (SDM 5.8.1).
Flow check_direct_code(Cpu& cpu, Descriptor& code, u16 selector) {
    const u32 error = selector_error(selector), rpl = selector & 3;
    if (cpu.state.ia32e_mode() && code.l() && code.db()) return cpu.general_protection(error);
    if (code.conforming() ? code.dpl() > cpu.cpl() : rpl > cpu.cpl() || code.dpl() != cpu.cpl())
        return cpu.general_protection(error);
    if (!code.present()) return cpu.raise(kSegmentNotPresent, error);
    return mark_accessed(cpu, code);
}

Flow real_mode_far(Cpu& cpu, const Insn& insn, const FarPointer& target, bool call) {
    const u64 offset = in_operand_size(target.offset, insn.operand_size);
    if (offset > cpu.state[SegmentRegister::cs].limit) return cpu.general_protection();
    if (call) {
        (void)TRY(push_sized(cpu, insn.operand_size, cpu.state[SegmentRegister::cs].selector));
        (void)TRY(push_sized(cpu, insn.operand_size, cpu.state.rip));
    }
    load_real_mode_segment(cpu, SegmentRegister::cs, target.selector);
    cpu.state.rip = offset;
    return Flow::branch;
}

// Through a call gate (SDM 5.8.3); a call may go to an inner level with a stack of its own.
Flow through_call_gate(Cpu& cpu, u16 selector, Descriptor gate, bool call) {
    const u32 error = selector_error(selector);
    const bool long_mode = cpu.state.ia32e_mode();
    if (gate.dpl() < cpu.cpl() || (selector & 3u) > gate.dpl()) return cpu.general_protection(error);
    if (!gate.present()) return cpu.raise(kSegmentNotPresent, error);
    (void)TRY(read_upper_half(cpu, gate, selector));
    const u16 code_selector = gate.gate_selector();
    if (is_null(code_selector)) return cpu.general_protection();
    Descriptor code = TRY(read_descriptor(cpu, code_selector));
    const u32 code_error = selector_error(code_selector);
    if (!code.is_code() || code.dpl() > cpu.cpl()) return cpu.general_protection(code_error);
    if (long_mode && (!code.l() || code.db())) return cpu.general_protection(code_error);
    const bool inner = call && !code.conforming() && code.dpl() < cpu.cpl();
    if (!call && !code.conforming() && code.dpl() != cpu.cpl()) return cpu.general_protection(code_error);
    if (!code.present()) return cpu.raise(kSegmentNotPresent, code_error);
    (void)TRY(mark_accessed(cpu, code));
    const unsigned size = long_mode ? 8 : gate.type() == kCallGate32 ? 4 : 2;
    const u64 offset = long_mode ? gate.gate_offset64() : size == 2 ? gate.gate_offset32() & 0xFFFF : gate.gate_offset32();
    if (!offset_is_valid(cpu, code, offset)) return cpu.general_protection();

    const u16 old_cs = cpu.state[SegmentRegister::cs].selector;
    const u64 old_rip = cpu.state.rip;
    if (!inner) {
        const unsigned cpl = cpu.cpl();
        if (call) {
            (void)TRY(push_sized(cpu, size, old_cs));
            (void)TRY(push_sized(cpu, size, old_rip));
        }
        enter_code(cpu, code, code_selector, cpl, offset);
        return Flow::branch;
    }

    const unsigned level = code.dpl();
    const Segment& tr = cpu.state[SegmentRegister::tr];
    const Segment old_ss = cpu.state[SegmentRegister::ss];
    const u64 old_rsp = cpu.state[Register::rsp];
    u64 parameters[31]{};
    u64 new_rsp;
    Segment new_ss{static_cast<u16>(level), 0, 0xFFFFFFFF, {kUnusable | level << 5}};
    if (long_mode) {
        if (4 + 8 * level + 7 > tr.limit) return cpu.raise(kInvalidTss, selector_error(tr.selector));
        new_rsp = TRY(cpu.read_system<u64>(tr.base + 4 + 8 * level));
        if (!is_canonical(new_rsp, 48)) return cpu.raise(kStackFault, 0);
    } else {
        const bool wide = (tr.rights.type() & 8) != 0;
        const u32 place = wide ? 4 + 8 * level : 2 + 4 * level;
        if (place + (wide ? 5u : 3u) > tr.limit) return cpu.raise(kInvalidTss, selector_error(tr.selector));
        new_rsp = wide ? TRY(cpu.read_system<u32>(tr.base + place)) : TRY(cpu.read_system<u16>(tr.base + place));
        const u16 ss = TRY(cpu.read_system<u16>(tr.base + place + (wide ? 4 : 2)));
        new_ss = TRY(check_stack_segment(cpu, ss, level, kInvalidTss, 0));
        for (u32 i = 0; i < gate.parameter_count(); ++i) {
            const u64 from = (old_rsp + i * size) & cpu.stack_mask();
            parameters[i] =
                size == 4 ? TRY(cpu.read<u32>(SegmentRegister::ss, from)) : TRY(cpu.read<u16>(SegmentRegister::ss, from));
        }
    }
    const u32 count = long_mode ? 0 : gate.parameter_count();
    cpu.state[SegmentRegister::ss] = new_ss;
    enter_code(cpu, code, code_selector, level, offset);
    set_stack_pointer(cpu, new_rsp);
    (void)TRY(push_sized(cpu, size, old_ss.selector));
    (void)TRY(push_sized(cpu, size, old_rsp));
    for (u32 i = count; i-- > 0;) (void)TRY(push_sized(cpu, size, parameters[i]));
    (void)TRY(push_sized(cpu, size, old_cs));
    (void)TRY(push_sized(cpu, size, old_rip));
    return Flow::branch;
}

Flow far_transfer(Cpu& cpu, const Insn& insn, bool call) {
    const FarPointer target = TRY(pointer_operand(cpu, insn));
    if (cpu.real_mode() || cpu.state.virtual_8086()) return real_mode_far(cpu, insn, target, call);
    if (is_null(target.selector)) return cpu.general_protection();
    Descriptor descriptor = TRY(read_descriptor(cpu, target.selector));
    const u32 error = selector_error(target.selector);
    if (descriptor.is_code()) {
        (void)TRY(check_direct_code(cpu, descriptor, target.selector));
        const u64 offset = in_operand_size(target.offset, insn.operand_size);
        if (!offset_is_valid(cpu, descriptor, offset)) return cpu.general_protection();
        if (call) {
            (void)TRY(push_sized(cpu, insn.operand_size, cpu.state[SegmentRegister::cs].selector));
            (void)TRY(push_sized(cpu, insn.operand_size, cpu.state.rip));
        }
        enter_code(cpu, descriptor, target.selector, cpu.cpl(), offset);
        return Flow::branch;
    }
    if (descriptor.s()) return cpu.general_protection(error);
    const bool long_mode = cpu.state.ia32e_mode();
    switch (descriptor.type()) {
        case kCallGate32: return through_call_gate(cpu, target.selector, descriptor, call);
        case kCallGate16:
            if (long_mode) return cpu.general_protection(error);
            return through_call_gate(cpu, target.selector, descriptor, call);
        case kTss16Available:
        case kTss32Available:
        case kTaskGate: {
            if (long_mode) return cpu.general_protection(error);
            if (descriptor.dpl() < cpu.cpl() || (target.selector & 3u) > descriptor.dpl()) return cpu.general_protection(error);
            u16 tss = target.selector;
            if (descriptor.type() == kTaskGate) {
                if (!descriptor.present()) return cpu.raise(kSegmentNotPresent, error);
                tss = descriptor.gate_selector();
            }
            return switch_task(cpu, tss, call ? TaskSwitch::call : TaskSwitch::jump, 0, std::nullopt);
        }
        default: return cpu.general_protection(error);
    }
}

// Runs `body`; on a fault everything is as it was before.
template <class F>
Flow all_or_nothing(Cpu& cpu, F body) {
    const CpuState before = cpu.state;
    const StatusFlags status = cpu.status;
    const Flow flow = body();
    if (flow == Flow::fault) {
        cpu.state = before;
        cpu.status = status;
        cpu.refresh_mode();
    }
    return flow;
}

Flow jmp_far(Cpu& cpu, const Insn& insn) {
    return all_or_nothing(cpu, [&] { return far_transfer(cpu, insn, false); });
}
Flow call_far(Cpu& cpu, const Insn& insn) {
    return all_or_nothing(cpu, [&] { return far_transfer(cpu, insn, true); });
}

// What RET far and IRET share: return to CS:offset with the RPL of CS as the new CPL; SS:RSP are popped for an outer level.
Flow return_to(Cpu& cpu, u16 selector, u64 offset, unsigned size, u64 released, bool always_pops_stack,
               std::optional<u64> flags) {
    if (is_null(selector)) return cpu.general_protection();
    Descriptor code = TRY(read_descriptor(cpu, selector));
    const u32 error = selector_error(selector), rpl = selector & 3;
    if (!code.is_code() || rpl < cpu.cpl()) return cpu.general_protection(error);
    if (cpu.state.ia32e_mode() && code.l() && code.db()) return cpu.general_protection(error);
    if (code.conforming() ? code.dpl() > rpl : code.dpl() != rpl) return cpu.general_protection(error);
    if (!code.present()) return cpu.raise(kSegmentNotPresent, error);
    (void)TRY(mark_accessed(cpu, code));
    if (!offset_is_valid(cpu, code, offset)) return cpu.general_protection();
    const bool outer = rpl > cpu.cpl();
    const bool to_64_bit = cpu.state.ia32e_mode() && code.l();
    set_stack_pointer(cpu, cpu.state[Register::rsp] + released);
    if (outer || always_pops_stack) {
        const u64 rsp = TRY(pop_sized(cpu, size));
        const u16 ss = static_cast<u16>(TRY(pop_sized(cpu, size)));
        Segment segment{ss, 0, 0xFFFFFFFF, {kUnusable | rpl << 5}};
        if (is_null(ss)) {
            if (!to_64_bit || rpl == 3 || (ss & 3u) != rpl) return cpu.general_protection();
        } else {
            segment = TRY(check_stack_segment(cpu, ss, rpl, kGeneralProtection, 0));
        }
        cpu.state[SegmentRegister::ss] = segment;
        enter_code(cpu, code, selector, rpl, offset);
        cpu.state[Register::rsp] =
            size == 2 && cpu.stack_mask() == 0xFFFF ? (cpu.state[Register::rsp] & ~u64{0xFFFF}) | rsp : rsp;
        set_stack_pointer(cpu, cpu.state[Register::rsp] + (outer ? released : 0));
    } else {
        enter_code(cpu, code, selector, rpl, offset);
    }
    if (flags) cpu.set_rflags(*flags);
    if (outer) drop_inaccessible_segments(cpu);
    return Flow::branch;
}

Flow ret_far(Cpu& cpu, const Insn& insn) {
    return all_or_nothing(cpu, [&]() -> Flow {
        const u64 offset = TRY(pop_sized(cpu, insn.operand_size));
        const u16 selector = static_cast<u16>(TRY(pop_sized(cpu, insn.operand_size)));
        const u64 released = static_cast<u16>(insn.immediate);
        if (cpu.real_mode() || cpu.state.virtual_8086()) {
            if (offset > cpu.state[SegmentRegister::cs].limit) return cpu.general_protection();
            load_real_mode_segment(cpu, SegmentRegister::cs, selector);
            cpu.state.rip = offset;
            set_stack_pointer(cpu, cpu.state[Register::rsp] + released);
            return Flow::branch;
        }
        return return_to(cpu, selector, offset, insn.operand_size, released, false, std::nullopt);
    });
}

// The flags IRET takes from the image, by operand size and privilege (SDM IRET).
u64 merged_flags(const Cpu& cpu, u64 image, unsigned size, bool to_any) {
    u64 taken = kCf | kPf | kAf | kZf | kSf | kTf | kDf | kOf | kNt;
    if (size != 2) taken |= kRf | kAc | kId;
    const unsigned cpl = cpu.cpl(), iopl = static_cast<unsigned>(bits(cpu.state.rflags, 13, 12));
    if (to_any || cpl <= iopl) taken |= kIf;
    if (to_any || cpl == 0) {
        taken |= kIopl;
        if (size != 2) taken |= kVif | kVip;
    }
    return (cpu.rflags() & ~taken) | (image & taken) | 2;
}

Flow iret_to_virtual_8086(Cpu& cpu, u16 selector, u64 offset, u64 flags) {
    const u64 rsp = TRY(cpu.pop<u32>());
    u16 selectors[5];
    for (u16& value : selectors) value = static_cast<u16>(TRY(cpu.pop<u32>()));
    cpu.set_rflags((flags & 0x3F7FD7u) | 2);
    constexpr SegmentRegister kOrder[] = {SegmentRegister::ss, SegmentRegister::es, SegmentRegister::ds, SegmentRegister::fs,
                                          SegmentRegister::gs};
    for (size_t i = 0; i < 5; ++i) load_real_mode_segment(cpu, kOrder[i], selectors[i]);
    load_real_mode_segment(cpu, SegmentRegister::cs, selector);
    cpu.state.rip = offset & 0xFFFF;
    cpu.state[Register::rsp] = rsp;
    cpu.refresh_mode();
    return Flow::branch;
}

Flow iret(Cpu& cpu, const Insn& insn) {
    const bool blocked_nmi = cpu.state.blocking_by_nmi;
    const Flow result = all_or_nothing(cpu, [&]() -> Flow {
        const unsigned size = insn.operand_size;
        const bool virtual_8086 = cpu.state.virtual_8086();
        if (virtual_8086 && bits(cpu.state.rflags, 13, 12) != 3) return cpu.general_protection();
        if (!cpu.real_mode() && !virtual_8086 && (cpu.state.rflags & kNt) != 0) {
            if (cpu.state.ia32e_mode()) return cpu.general_protection();
            const u16 link = TRY(cpu.read_system<u16>(cpu.state[SegmentRegister::tr].base));
            return switch_task(cpu, link, TaskSwitch::iret, 0, std::nullopt);
        }
        const u64 offset = TRY(pop_sized(cpu, size));
        const u16 selector = static_cast<u16>(TRY(pop_sized(cpu, size)));
        const u64 image = TRY(pop_sized(cpu, size));
        if (cpu.real_mode() || virtual_8086) {
            if (offset > cpu.state[SegmentRegister::cs].limit) return cpu.general_protection();
            load_real_mode_segment(cpu, SegmentRegister::cs, selector);
            cpu.state.rip = offset;
            u64 taken = size == 2 ? 0x7FD5 : 0x257FD5;
            if (virtual_8086) taken &= ~kIopl;
            cpu.set_rflags((cpu.rflags() & ~taken) | (image & taken) | 2);
            return Flow::branch;
        }
        if (size == 4 && (image & kVm) != 0 && cpu.cpl() == 0 && !cpu.state.ia32e_mode())
            return iret_to_virtual_8086(cpu, selector, offset, image);
        return return_to(cpu, selector, offset, size, 0, cpu.bit64(), merged_flags(cpu, image, size, false));
    });
    // SDM 6.7.1: IRET ends the blocking of NMIs, even when it faults.
    if (blocked_nmi) {
        cpu.state.blocking_by_nmi = false;
        cpu.events_changed = true;
    }
    return result;
}

Handler far_form(const Decoded& decoded, Handler handler) {
    return decoded.instruction.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR ? handler : nullptr;
}

Flow software_event(Cpu& cpu, u8 vector, EventKind kind) {
    cpu.sync_rflags();
    cpu.trap_inhibited = true;  // SDM 17.3.1.4: the delivery clears TF, and no single-step trap follows
    return deliver(cpu, {vector, kind, std::nullopt, false});
}
Flow int_n(Cpu& cpu, const Insn& insn) {
    // SDM 20.3.3: in virtual-8086 mode INT n is sensitive to IOPL.
    if (cpu.state.virtual_8086() && bits(cpu.state.rflags, 13, 12) != 3 && !is_set(cpu.state.cr4, 0))
        return cpu.general_protection();
    return software_event(cpu, static_cast<u8>(insn.immediate), EventKind::software_interrupt);
}
Flow int3(Cpu& cpu, const Insn&) { return software_event(cpu, kBreakpoint, EventKind::software_exception); }
Flow into(Cpu& cpu, const Insn&) {
    return cpu.status.of() ? software_event(cpu, kOverflow, EventKind::software_exception) : Flow::branch;
}
Flow int1(Cpu& cpu, const Insn&) { return software_event(cpu, kDebug, EventKind::privileged_software_exception); }

template <Handler kHandler>
Handler always(const Decoded&, Insn& insn) {
    insn.flags |= kEndsBlock;
    return kHandler;
}

constexpr Family kFar[] = {
    {ZYDIS_MNEMONIC_IRET, always<iret>}, {ZYDIS_MNEMONIC_IRETD, always<iret>}, {ZYDIS_MNEMONIC_IRETQ, always<iret>},
    {ZYDIS_MNEMONIC_INT, always<int_n>}, {ZYDIS_MNEMONIC_INT3, always<int3>},  {ZYDIS_MNEMONIC_INTO, always<into>},
    {ZYDIS_MNEMONIC_INT1, always<int1>},
};

}  // namespace

Handler far_jump_handler(const Decoded& decoded) { return far_form(decoded, jmp_far); }
Handler far_call_handler(const Decoded& decoded) { return far_form(decoded, call_far); }
Handler far_return_handler(const Decoded& decoded) { return far_form(decoded, ret_far); }

std::span<const Family> far_family() { return kFar; }

}  // namespace vmxsim::cpu
