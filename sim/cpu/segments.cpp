// SPDX-License-Identifier: MIT
#include "cpu/segments.hpp"

namespace vmxsim::cpu {

void load_real_mode_segment(Cpu& cpu, SegmentRegister r, u16 selector) {
    Segment& segment = cpu.state[r];
    segment.selector = selector;
    segment.base = u64{selector} << 4;
    if (cpu.state.virtual_8086()) {
        segment.limit = 0xFFFF;
        segment.rights = {0xF3};
    }
    cpu.refresh_segment(r);
}

void make_null(Cpu& cpu, SegmentRegister r, u16 selector) {
    Segment& segment = cpu.state[r];
    segment.selector = selector;
    segment.rights = {(segment.rights.value & ~0xF0FFu) | kUnusable};
    if (r != SegmentRegister::fs && r != SegmentRegister::gs) segment.base = 0;
    if (!cpu.bit64()) segment.base = 0;
    cpu.refresh_segment(r);
}

Result<Segment> check_stack_segment(Cpu& cpu, u16 selector, unsigned new_cpl, u8 vector, u32 external) {
    if (is_null(selector)) return cpu.raise(vector, external);
    Descriptor descriptor = TRY(read_descriptor(cpu, selector, vector, external));
    const u32 error = selector_error(selector, external);
    if ((selector & 3u) != new_cpl || descriptor.dpl() != new_cpl || !descriptor.is_data() || !descriptor.readable_or_writable())
        return cpu.raise(vector, error);
    if (!descriptor.present()) return cpu.raise(kStackFault, error);
    const Flow flow = mark_accessed(cpu, descriptor);
    if (flow != Flow::next) return flow;
    return descriptor.segment(selector);
}

Flow load_data_segment(Cpu& cpu, SegmentRegister r, u16 selector) {
    if (cpu.real_mode() || cpu.state.virtual_8086()) {
        load_real_mode_segment(cpu, r, selector);
        return Flow::next;
    }
    const unsigned cpl = cpu.cpl(), rpl = selector & 3;
    if (r == SegmentRegister::ss) {
        if (is_null(selector)) {
            // 64-bit mode allows a null SS below CPL 3 (SDM 5.4.1.1).
            if (!cpu.bit64() || cpl == 3 || rpl != cpl) return cpu.general_protection();
            Segment& ss = cpu.state[SegmentRegister::ss];
            ss = {selector, 0, ss.limit, {kUnusable | cpl << 5}};
            cpu.refresh_segment(r);
            return Flow::next;
        }
        const Segment segment = TRY(check_stack_segment(cpu, selector, cpl, kGeneralProtection, 0));
        cpu.state[r] = segment;
        cpu.refresh_mode();
        return Flow::next;
    }
    if (is_null(selector)) {
        make_null(cpu, r, selector);
        return Flow::next;
    }
    Descriptor descriptor = TRY(read_descriptor(cpu, selector));
    const u32 error = selector_error(selector);
    const bool readable = descriptor.is_data() || (descriptor.is_code() && descriptor.readable_or_writable());
    if (!readable) return cpu.general_protection(error);
    if (!(descriptor.is_code() && descriptor.conforming()) && (rpl > descriptor.dpl() || cpl > descriptor.dpl()))
        return cpu.general_protection(error);
    if (!descriptor.present()) return cpu.raise(kSegmentNotPresent, error);
    const Flow flow = mark_accessed(cpu, descriptor);
    if (flow != Flow::next) return flow;
    cpu.state[r] = descriptor.segment(selector);
    cpu.refresh_segment(r);
    return Flow::next;
}

void drop_inaccessible_segments(Cpu& cpu) {
    for (const SegmentRegister r : {SegmentRegister::es, SegmentRegister::fs, SegmentRegister::gs, SegmentRegister::ds}) {
        const AccessRights rights = cpu.state[r].rights;
        if (rights.unusable()) continue;
        const bool conforming_code = rights.code() && rights.conforming();
        if (!conforming_code && rights.dpl() < cpu.cpl()) make_null(cpu, r);
    }
}

}  // namespace vmxsim::cpu
