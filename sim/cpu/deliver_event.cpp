// SPDX-License-Identifier: MIT
#include "cpu/deliver_event.hpp"

#include <utility>

#include "cpu/segments.hpp"
#include "cpu/stack.hpp"
#include "cpu/task_switch.hpp"

namespace vmxsim::cpu {
namespace {

bool is_software(EventKind kind) { return kind == EventKind::software_interrupt || kind == EventKind::software_exception; }
u32 external_bit(EventKind kind) { return is_software(kind) ? 0 : 1; }

// RF of the image: also set in the middle of a repeated string instruction (SDM 17.3.1.1).
u64 pushed_flags(Cpu& cpu, const Event& event) { return cpu.rflags() | (event.rf ? kRf : 0); }

// SDM 20.1.4: an entry of the interrupt vector table is IP, CS.
Flow deliver_in_real_mode(Cpu& cpu, const Event& event) {
    if (event.vector * 4u + 3 > cpu.state.idtr.limit) return cpu.general_protection();
    const u32 entry = TRY(cpu.read_system<u32>(cpu.state.idtr.base + event.vector * 4u));
    for (const u16 value :
         {static_cast<u16>(cpu.rflags()), cpu.state[SegmentRegister::cs].selector, static_cast<u16>(cpu.state.rip)}) {
        const Flow flow = cpu.push<u16>(value);
        if (flow != Flow::next) return flow;
    }
    load_real_mode_segment(cpu, SegmentRegister::cs, static_cast<u16>(entry >> 16));
    cpu.state.rip = entry & 0xFFFF;
    cpu.set_rflags(cpu.rflags() & ~u64{kIf | kTf | kRf | kAc});
    return Flow::branch;
}

struct Target {
    Descriptor gate, code;
    u64 offset = 0;
    unsigned new_cpl = 0;
};

// The gate and the code segment behind it, checked (SDM 6.12.1.2, 6.14.1). Not for task gates.
Result<Target> check_gate(Cpu& cpu, const Event& event, const Descriptor& gate) {
    const u32 external = external_bit(event.kind);
    Target target{gate, {}, cpu.state.ia32e_mode() ? gate.gate_offset64() : gate.gate_offset32(), 0};
    if (gate.type() == kInterruptGate16 || gate.type() == kTrapGate16) target.offset &= 0xFFFF;
    const u16 selector = gate.gate_selector();
    if (is_null(selector)) return cpu.general_protection(external);
    target.code = TRY(read_descriptor(cpu, selector, kGeneralProtection, external));
    const u32 error = selector_error(selector, external);
    if (!target.code.is_code() || target.code.dpl() > cpu.cpl()) return cpu.general_protection(error);
    if (cpu.state.ia32e_mode() && (!target.code.l() || target.code.db())) return cpu.general_protection(error);
    if (!target.code.present()) return cpu.raise(kSegmentNotPresent, error);
    target.new_cpl = target.code.conforming() ? cpu.cpl() : target.code.dpl();
    if (cpu.state.virtual_8086() && target.new_cpl != 0) return cpu.general_protection(error);
    const Flow flow = mark_accessed(cpu, target.code);
    if (flow != Flow::next) return flow;
    return target;
}

void enter_handler(Cpu& cpu, const Target& target, bool interrupt_gate) {
    cpu.state[SegmentRegister::cs] = target.code.segment(static_cast<u16>((target.gate.gate_selector() & ~3u) | target.new_cpl));
    cpu.state.rip = target.offset;
    cpu.set_rflags(cpu.rflags() & ~u64{kTf | kNt | kRf | kVm | (interrupt_gate ? kIf : 0)});
    cpu.refresh_mode();
}

template <class T>
Flow push_all(Cpu& cpu, std::initializer_list<u64> values) {
    for (const u64 value : values) {
        const Flow flow = cpu.push<T>(static_cast<T>(value));
        if (flow != Flow::next) return flow;
    }
    return Flow::next;
}

// The stack of an inner level from the TSS (SDM 7.2.1); its SS is checked but not yet loaded.
struct InnerStack {
    u64 pointer = 0;
    Segment ss;
};
Result<InnerStack> inner_stack_from_tss(Cpu& cpu, unsigned level, u32 external) {
    const Segment& tr = cpu.state[SegmentRegister::tr];
    const bool wide = (tr.rights.type() & 8) != 0;
    const u32 offset = wide ? 4 + 8 * level : 2 + 4 * level;
    if (offset + (wide ? 7u : 3u) > tr.limit) return cpu.raise(kInvalidTss, selector_error(tr.selector, external));
    InnerStack stack;
    stack.pointer = wide ? TRY(cpu.read_system<u32>(tr.base + offset)) : TRY(cpu.read_system<u16>(tr.base + offset));
    const u16 selector = TRY(cpu.read_system<u16>(tr.base + offset + (wide ? 4 : 2)));
    stack.ss = TRY(check_stack_segment(cpu, selector, level, kInvalidTss, external));
    return stack;
}

template <class T>
Flow deliver_through_gate(Cpu& cpu, const Event& event, const Target& target, bool interrupt_gate) {
    CpuState& state = cpu.state;
    const u64 flags = pushed_flags(cpu, event), rip = state.rip, rsp = state[Register::rsp];
    const u16 cs = state[SegmentRegister::cs].selector, ss = state[SegmentRegister::ss].selector;
    if (target.new_cpl != cpu.cpl() || state.virtual_8086()) {
        const bool from_virtual_8086 = state.virtual_8086();
        const u16 selectors[] = {state[SegmentRegister::gs].selector, state[SegmentRegister::fs].selector,
                                 state[SegmentRegister::ds].selector, state[SegmentRegister::es].selector};
        const InnerStack stack = TRY(inner_stack_from_tss(cpu, target.new_cpl, external_bit(event.kind)));
        state.rflags &= ~kVm;
        state[SegmentRegister::ss] = stack.ss;
        cpu.refresh_mode();  // CPL is SS.DPL from here on
        set_stack_pointer(cpu, stack.pointer);
        if (from_virtual_8086) {
            const Flow flow = push_all<T>(cpu, {selectors[0], selectors[1], selectors[2], selectors[3]});
            if (flow != Flow::next) return flow;
            for (const SegmentRegister r : {SegmentRegister::gs, SegmentRegister::fs, SegmentRegister::ds, SegmentRegister::es})
                make_null(cpu, r);
        }
        const Flow flow = push_all<T>(cpu, {ss, rsp});
        if (flow != Flow::next) return flow;
    }
    const Flow flow = push_all<T>(cpu, {flags, cs, rip});
    if (flow != Flow::next) return flow;
    if (event.error_code) {
        const Flow pushed = cpu.push<T>(static_cast<T>(*event.error_code));
        if (pushed != Flow::next) return pushed;
    }
    if (target.offset > target.code.limit()) return cpu.general_protection(external_bit(event.kind));
    enter_handler(cpu, target, interrupt_gate);
    return Flow::branch;
}

Flow deliver_in_ia32e_mode(Cpu& cpu, const Event& event, const Target& target, bool interrupt_gate) {
    CpuState& state = cpu.state;
    const u32 external = external_bit(event.kind);
    const u64 flags = pushed_flags(cpu, event), rip = state.rip, rsp = state[Register::rsp];
    const u16 cs = state[SegmentRegister::cs].selector, ss = state[SegmentRegister::ss].selector;
    u64 stack = rsp;
    const bool changes_level = target.new_cpl != cpu.cpl();
    if (changes_level || target.gate.ist() != 0) {
        const Segment& tr = state[SegmentRegister::tr];
        const u32 offset = target.gate.ist() != 0 ? 28 + 8 * target.gate.ist() : 4 + 8 * target.new_cpl;
        if (offset + 7 > tr.limit) return cpu.raise(kInvalidTss, selector_error(tr.selector, external));
        stack = TRY(cpu.read_system<u64>(tr.base + offset));
        if (!is_canonical(stack, 48)) return cpu.raise(kStackFault, external);
    }
    if (!is_canonical(target.offset, 48)) return cpu.general_protection(external);
    // The pushes are made by the new privilege level, in 64-bit mode.
    state[SegmentRegister::cs] = target.code.segment(static_cast<u16>((target.gate.gate_selector() & ~3u) | target.new_cpl));
    if (changes_level)
        state[SegmentRegister::ss] = {static_cast<u16>(target.new_cpl), 0, 0xFFFFFFFF, {kUnusable | target.new_cpl << 5}};
    cpu.refresh_mode();
    state[Register::rsp] = stack & ~u64{15};  // SDM 6.14.2
    Flow flow = push_all<u64>(cpu, {ss, rsp, flags, cs, rip});
    if (flow == Flow::next && event.error_code) flow = cpu.push<u64>(*event.error_code);
    if (flow != Flow::next) return flow;
    enter_handler(cpu, target, interrupt_gate);
    return Flow::branch;
}

Flow deliver_in_protected_mode(Cpu& cpu, const Event& event) {
    const bool long_mode = cpu.state.ia32e_mode();
    const unsigned size = long_mode ? 16 : 8;
    const u32 external = external_bit(event.kind);
    const u32 gate_error = event.vector * 8u + 2 + external;
    // SDM 20.3.3: INT n in virtual-8086 mode needs IOPL 3 (the redirection bitmap of CR4.VME is handled by the instruction).
    if (event.vector * size + size - 1 > cpu.state.idtr.limit) return cpu.general_protection(gate_error);
    Descriptor gate;
    gate.address = cpu.state.idtr.base + u64{event.vector} * size;
    gate.raw = TRY(cpu.read_system<u64>(gate.address));
    if (long_mode) gate.upper = TRY(cpu.read_system<u64>(gate.address + 8)) & 0xFFFFFFFF;

    const u32 type = gate.s() ? 0 : gate.type();
    const bool interrupt_gate = type == kInterruptGate32 || type == kInterruptGate16;
    const bool is_wide = type == kInterruptGate32 || type == kTrapGate32;
    const bool is_narrow = type == kInterruptGate16 || type == kTrapGate16;
    if (!is_wide && (long_mode || (!is_narrow && type != kTaskGate))) return cpu.general_protection(gate_error);
    if (is_software(event.kind) && gate.dpl() < cpu.cpl()) return cpu.general_protection(gate_error);
    if (!gate.present()) return cpu.raise(kSegmentNotPresent, gate_error);
    if (type == kTaskGate) return switch_task(cpu, gate.gate_selector(), TaskSwitch::gate_in_idt, external, event.error_code);

    const Target target = TRY(check_gate(cpu, event, gate));
    if (long_mode) return deliver_in_ia32e_mode(cpu, event, target, interrupt_gate);
    return is_wide ? deliver_through_gate<u32>(cpu, event, target, interrupt_gate)
                   : deliver_through_gate<u16>(cpu, event, target, interrupt_gate);
}

// SDM table 6-4 and 6-5.
enum class FaultClass { benign, contributory, page_fault, double_fault };
FaultClass class_of(u8 vector) {
    switch (vector) {
        case kDivideError:
        case kInvalidTss:
        case kSegmentNotPresent:
        case kStackFault:
        case kGeneralProtection:
        case kControlProtection: return FaultClass::contributory;
        case kPageFault:
        case kVirtualization: return FaultClass::page_fault;
        case kDoubleFault: return FaultClass::double_fault;
        default: return FaultClass::benign;
    }
}

bool makes_double_fault(FaultClass first, FaultClass second) {
    if (first == FaultClass::contributory) return second == FaultClass::contributory;
    if (first == FaultClass::page_fault) return second == FaultClass::contributory || second == FaultClass::page_fault;
    return false;
}

bool has_error_code(u8 vector) {
    return vector == kDoubleFault || (vector >= kInvalidTss && vector <= kPageFault) || vector == kAlignmentCheck ||
           vector == kControlProtection;
}

// What an exception changes before its delivery: CR2, DR6 (SDM 6.15).
Event event_of(Cpu& cpu, const Fault& fault) {
    if (fault.vector == kPageFault) cpu.state.cr2 = fault.address;
    Event event{fault.vector, EventKind::hardware_exception, fault.error_code, true};
    if (fault.vector == kDebug) {
        cpu.state.dr6 = (cpu.state.dr6 & ~u64{0xF}) | fault.address;
        cpu.state.msrs.debugctl &= ~u64{3};         // SDM 17.4.1: LBR and BTF
        event.rf = (fault.address & bit(13)) != 0;  // of the debug faults only general detect pushes RF = 1 (SDM 17.3.1.1)
    }
    if (!has_error_code(fault.vector) || cpu.real_mode()) event.error_code.reset();
    if (fault.vector == kDoubleFault || fault.vector == kMachineCheck) event.rf = false;
    return event;
}

StopReason shut_down(Cpu& cpu) {
    cpu.state.activity = ActivityState::shutdown;
    return StopReason::shutdown;
}

}  // namespace

Flow deliver(Cpu& cpu, const Event& event) {
    const CpuState before = cpu.state;
    const StatusFlags status = cpu.status;
    const Flow flow = cpu.real_mode() ? deliver_in_real_mode(cpu, event) : deliver_in_protected_mode(cpu, event);
    if (flow == Flow::fault) {
        const u64 cr2 = cpu.state.cr2;
        cpu.state = before;
        cpu.state.cr2 = cr2;
        cpu.status = status;
        cpu.refresh_mode();
    }
    return flow;
}

StopReason deliver_fault(Cpu& cpu) {
    Event event = event_of(cpu, cpu.fault);
    FaultClass first = class_of(event.vector);
    while (deliver(cpu, event) == Flow::fault) {
        if (first == FaultClass::double_fault) return shut_down(cpu);
        const FaultClass second = class_of(cpu.fault.vector);
        if (makes_double_fault(first, second)) {
            event = {kDoubleFault, EventKind::hardware_exception, cpu.real_mode() ? std::nullopt : std::optional<u32>{0}, false};
            first = FaultClass::double_fault;
        } else {
            event = event_of(cpu, cpu.fault);
            first = second;
        }
    }
    return StopReason::none;
}

StopReason deliver_or_fault(Cpu& cpu, const Event& event) {
    return deliver(cpu, event) == Flow::fault ? deliver_fault(cpu) : StopReason::none;
}

StopReason take_events(Cpu& cpu) {
    CpuState& state = cpu.state;
    // A device whose events change nothing cannot wake a processor: so many of them in a row, and it will never wake.
    constexpr unsigned kVainEvents = 20'000;
    unsigned vain = 0;
    while (true) {
        if (state.activity == ActivityState::shutdown) return StopReason::shutdown;
        cpu.events_changed = false;
        if (cpu.bus.next_event() <= cpu.now()) cpu.bus.advance(cpu.now());

        // SDM table 6-2: traps of the last instruction, NMI, external interrupts. MOV SS holds all of them off for one
        // instruction, STI the interrupts. IMPL: STI holds NMIs off, too, which SDM 6.7.1 leaves open.
        const bool shadow = state.blocking_by_sti || state.blocking_by_mov_ss;
        std::optional<StopReason> taken;
        if (state.pending_debug_exceptions != 0 && !state.blocking_by_mov_ss) {
            const u64 traps = std::exchange(state.pending_debug_exceptions, 0);
            state.activity = ActivityState::active;
            cpu.fault = {kDebug, std::nullopt, traps & (mask(3, 0) | bit(14) | bit(15))};
            taken = deliver_fault(cpu);
        } else if (cpu.nmi_requested && !state.blocking_by_nmi && !shadow) {
            cpu.nmi_requested = false;
            state.blocking_by_nmi = true;
            state.activity = ActivityState::active;
            taken = deliver_or_fault(cpu, {kNonMaskableInterrupt, EventKind::nmi, std::nullopt, false});
        } else if ((state.rflags & kIf) != 0 && !shadow && cpu.bus.interrupt_requested()) {
            state.activity = ActivityState::active;
            taken = deliver_or_fault(cpu, {cpu.bus.acknowledge_interrupt(), EventKind::external_interrupt, std::nullopt, false});
        }
        if (taken) {
            state.blocking_by_sti = state.blocking_by_mov_ss = false;
            if (*taken != StopReason::none) return *taken;
            vain = 0;
            continue;
        }
        if (state.activity == ActivityState::active) break;
        if (shadow) {
            // HLT in the shadow of STI: it ends with the instruction.
            state.blocking_by_sti = state.blocking_by_mov_ss = false;
            continue;
        }
        const u64 event = cpu.bus.next_event();
        if (event == kNever || ++vain > kVainEvents) {
            cpu.events_changed = true;
            return StopReason::halted;
        }
        if (event > cpu.now()) cpu.skip_to(event);
    }
    cpu.one_instruction_only =
        state.blocking_by_sti || state.blocking_by_mov_ss || (state.rflags & (kTf | kRf)) != 0 || cpu.watches_code_;
    return StopReason::none;
}

}  // namespace vmxsim::cpu
