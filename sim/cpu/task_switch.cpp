// SPDX-License-Identifier: MIT
#include "cpu/task_switch.hpp"

#include "cpu/segments.hpp"
#include "cpu/stack.hpp"

namespace vmxsim::cpu {
namespace {

// Places in a TSS (SDM figures 7-2 and 7-10).
struct Layout {
    unsigned register_size, size_limit, cr3, ip, flags, general, segments, ldt;
};
constexpr Layout kTss32{4, 103, 28, 32, 36, 40, 72, 96};
constexpr Layout kTss16{2, 43, 0, 14, 16, 18, 34, 42};

// The order of the segment registers in a TSS; the 16-bit one has the first four.
constexpr SegmentRegister kSegments[] = {SegmentRegister::es, SegmentRegister::cs, SegmentRegister::ss,
                                         SegmentRegister::ds, SegmentRegister::fs, SegmentRegister::gs};

struct NewTask {
    u32 cr3 = 0, ip = 0, flags = 0, general[8]{};
    u16 segments[6]{}, ldt = 0;
    bool trap = false;
};

Result<u32> read_field(Cpu& cpu, u64 address, unsigned size) {
    return size == 4 ? TRY(cpu.read_system<u32>(address)) : TRY(cpu.read_system<u16>(address));
}

Result<NewTask> read_task(Cpu& cpu, u64 base, bool wide) {
    const Layout& layout = wide ? kTss32 : kTss16;
    NewTask task;
    if (wide) task.cr3 = TRY(cpu.read_system<u32>(base + layout.cr3));
    task.ip = TRY(read_field(cpu, base + layout.ip, layout.register_size));
    task.flags = TRY(read_field(cpu, base + layout.flags, layout.register_size));
    for (unsigned i = 0; i < 8; ++i)
        task.general[i] = TRY(read_field(cpu, base + layout.general + i * layout.register_size, layout.register_size));
    for (unsigned i = 0; i < (wide ? 6u : 4u); ++i)
        task.segments[i] = TRY(cpu.read_system<u16>(base + layout.segments + i * layout.register_size));
    task.ldt = TRY(cpu.read_system<u16>(base + layout.ldt));
    if (wide) task.trap = (TRY(cpu.read_system<u16>(base + 100)) & 1) != 0;
    return task;
}

Flow save_task(Cpu& cpu, u64 base, bool wide, u32 flags) {
    const Layout& layout = wide ? kTss32 : kTss16;
    const auto save = [&](unsigned offset, u32 value) {
        return wide ? cpu.write_system<u32>(base + offset, value) : cpu.write_system<u16>(base + offset, static_cast<u16>(value));
    };
    (void)TRY(save(layout.ip, static_cast<u32>(cpu.state.rip)));
    (void)TRY(save(layout.flags, flags));
    for (unsigned i = 0; i < 8; ++i)
        (void)TRY(save(layout.general + i * layout.register_size, static_cast<u32>(cpu.state.general[i])));
    for (unsigned i = 0; i < (wide ? 6u : 4u); ++i)
        (void)TRY(cpu.write_system<u16>(base + layout.segments + i * layout.register_size, cpu.state[kSegments[i]].selector));
    return Flow::next;
}

Flow load_ldt(Cpu& cpu, u16 selector) {
    Segment& ldtr = cpu.state[SegmentRegister::ldtr];
    if (is_null(selector)) {
        ldtr = {selector, 0, 0, {kUnusable}};
        return Flow::next;
    }
    if ((selector & 4) != 0) return cpu.raise(kInvalidTss, selector_error(selector));
    const Descriptor descriptor = TRY(read_descriptor(cpu, selector, kInvalidTss));
    if (!descriptor.is_system(kLdt) || !descriptor.present()) return cpu.raise(kInvalidTss, selector_error(selector));
    ldtr = descriptor.segment(selector);
    return Flow::next;
}

// CS of the new task (SDM table 7-1).
Flow load_code(Cpu& cpu, u16 selector) {
    if (is_null(selector)) return cpu.raise(kInvalidTss, 0);
    Descriptor code = TRY(read_descriptor(cpu, selector, kInvalidTss));
    const u32 error = selector_error(selector), rpl = selector & 3;
    if (!code.is_code() || (code.conforming() ? code.dpl() > rpl : code.dpl() != rpl)) return cpu.raise(kInvalidTss, error);
    if (!code.present()) return cpu.raise(kSegmentNotPresent, error);
    (void)TRY(mark_accessed(cpu, code));
    cpu.state[SegmentRegister::cs] = code.segment(selector);
    return Flow::next;
}

Flow load_data(Cpu& cpu, SegmentRegister r, u16 selector) {
    if (is_null(selector)) {
        make_null(cpu, r, selector);
        return Flow::next;
    }
    const u32 cpl = cpu.state[SegmentRegister::cs].selector & 3, error = selector_error(selector);
    Descriptor data = TRY(read_descriptor(cpu, selector, kInvalidTss));
    if (!data.s() || (data.is_code() && !data.readable_or_writable())) return cpu.raise(kInvalidTss, error);
    if (!(data.is_code() && data.conforming()) && ((selector & 3u) > data.dpl() || cpl > data.dpl()))
        return cpu.raise(kInvalidTss, error);
    if (!data.present()) return cpu.raise(kSegmentNotPresent, error);
    (void)TRY(mark_accessed(cpu, data));
    cpu.state[r] = data.segment(selector);
    return Flow::next;
}

}  // namespace

Flow switch_task(Cpu& cpu, u16 selector, TaskSwitch source, u32 external, std::optional<u32> error_code) {
    const u8 bad = source == TaskSwitch::iret ? kInvalidTss : kGeneralProtection;
    if ((selector & 4) != 0 || is_null(selector)) return cpu.raise(bad, selector_error(selector, external));
    Descriptor tss = TRY(read_descriptor(cpu, selector, bad, external));
    const bool wide = tss.type() == kTss32Available || tss.type() == kTss32Busy;
    const bool busy = tss.type() == kTss32Busy || tss.type() == kTss16Busy;
    const bool is_tss = !tss.s() && (wide || tss.type() == kTss16Available || tss.type() == kTss16Busy);
    if (!is_tss || busy != (source == TaskSwitch::iret)) return cpu.raise(bad, selector_error(selector, external));
    if (!tss.present()) return cpu.raise(kSegmentNotPresent, selector_error(selector, external));
    if (tss.limit() < (wide ? kTss32 : kTss16).size_limit) return cpu.raise(kInvalidTss, selector_error(selector, external));

    CpuState& state = cpu.state;
    const Segment old = state[SegmentRegister::tr];
    const bool old_wide = (old.rights.type() & 8) != 0;
    const NewTask task = TRY(read_task(cpu, tss.base(), wide));
    u32 flags = static_cast<u32>(cpu.rflags());
    if (source == TaskSwitch::iret) flags &= ~static_cast<u32>(kNt);
    (void)TRY(save_task(cpu, old.base, old_wide, flags));
    const auto set_busy = [&](u16 which, bool value) -> Flow {
        const u64 address = state.gdtr.base + (which & 0xFFF8u) + 5;
        const u8 byte = TRY(cpu.read_system<u8>(address));
        return cpu.write_system<u8>(address, static_cast<u8>(value ? byte | 2 : byte & ~2));
    };
    if (source == TaskSwitch::jump || source == TaskSwitch::iret) (void)TRY(set_busy(old.selector, false));
    if (source != TaskSwitch::iret) (void)TRY(set_busy(selector, true));
    const bool nests = source == TaskSwitch::call || source == TaskSwitch::gate_in_idt;
    if (nests) (void)TRY(cpu.write_system<u16>(tss.base(), old.selector));

    // SDM 7.3, step 8 on: the new task is the current one; what fails from here fails in it.
    tss.raw |= bit(41);
    state[SegmentRegister::tr] = tss.segment(selector);
    state.cr0 |= bit(3);
    if (wide && is_set(state.cr0, 31)) {
        state.cr3 = task.cr3;
        cpu.flush_address_space();
    }
    state.rip = task.ip;
    cpu.set_rflags((task.flags & 0x3F7FD7u) | 2 | (nests ? kNt : 0));
    for (unsigned i = 0; i < 8; ++i)
        state.general[i] = wide ? task.general[i] : (state.general[i] & 0xFFFF0000) | task.general[i];
    for (unsigned i = 0; i < 6; ++i) state[kSegments[i]].selector = task.segments[i];
    state.dr7 &= ~u64{0x155};

    Flow flow = load_ldt(cpu, task.ldt);
    if (flow != Flow::next) return flow;
    if (state.virtual_8086()) {
        for (unsigned i = 0; i < 6; ++i) load_real_mode_segment(cpu, kSegments[i], task.segments[i]);
    } else {
        flow = load_code(cpu, task.segments[1]);
        if (flow != Flow::next) return flow;
        state[SegmentRegister::ss] = TRY(check_stack_segment(cpu, task.segments[2], task.segments[1] & 3, kInvalidTss, 0));
        for (const unsigned i : {3u, 0u, 4u, 5u}) {
            flow = load_data(cpu, kSegments[i], task.segments[i]);
            if (flow != Flow::next) return flow;
        }
    }
    cpu.refresh_mode();
    if (error_code) {
        const Flow pushed = wide ? cpu.push<u32>(*error_code) : cpu.push<u16>(static_cast<u16>(*error_code));
        if (pushed != Flow::next) return pushed;
    }
    if (state.rip > state[SegmentRegister::cs].limit) return cpu.general_protection();
    if (task.trap) {
        cpu.fault = {kDebug, std::nullopt, bit(15)};
        return Flow::fault;
    }
    return Flow::branch;
}

}  // namespace vmxsim::cpu
