// SPDX-License-Identifier: MIT
// What follows from the control registers: code size, privilege level, paging mode, translation contexts.
#include "cpu/cpu.hpp"

namespace vmxsim::cpu {
namespace {

enum Cr0 : unsigned { kCr0Wp = 16, kCr0Pg = 31 };
enum Cr4 : unsigned {
    kCr4Pse = 4,
    kCr4Pae = 5,
    kCr4Pge = 7,
    kCr4La57 = 12,
    kCr4Smep = 20,
    kCr4Smap = 21,
    kCr4Pke = 22,
    kCr4Pks = 24
};

}  // namespace

paging::Mode Cpu::paging_mode() const {
    paging::Mode mode;
    if (!is_set(state.cr0, kCr0Pg)) return mode;
    const u64 cr4 = state.cr4;
    mode.kind = !is_set(cr4, kCr4Pae)   ? paging::Kind::bits32
                : !state.ia32e_mode()   ? paging::Kind::pae
                : is_set(cr4, kCr4La57) ? paging::Kind::level5
                                        : paging::Kind::level4;
    mode.write_protect = is_set(state.cr0, kCr0Wp);
    mode.smep = is_set(cr4, kCr4Smep);
    mode.smap = is_set(cr4, kCr4Smap);
    mode.no_execute = is_set(state.msrs.efer, 11);
    mode.page_size_extensions = is_set(cr4, kCr4Pse);
    mode.protection_keys = is_set(cr4, kCr4Pke);
    mode.supervisor_keys = is_set(cr4, kCr4Pks);
    mode.global_pages = is_set(cr4, kCr4Pge);
    mode.one_gigabyte_pages = is_set(profile.cpuid_leaf(0x80000001).edx, 26);
    mode.physical_address_bits = processor.capabilities.physical_address_bits;
    mode.cr3 = state.cr3 & ~bit(63);
    mode.pdptes = state.pdptes;
    mode.pkru = state.pkru;
    mode.pkrs = static_cast<u32>(state.msrs.pkrs);
    return mode;
}

void Cpu::refresh_segment(SegmentRegister r) {
    const Segment& segment = state[r];
    auto& shortcut = shortcuts_[static_cast<size_t>(r)];
    shortcut.base = segment.base;
    if (bit64()) {
        // SDM 3.4.4: bases of CS, DS, ES and SS are zero, and there are no limits.
        if (r < SegmentRegister::fs) shortcut.base = 0;
        shortcut.reads_freely = shortcut.writes_freely = true;
        return;
    }
    const AccessRights rights = segment.rights;
    const bool flat = segment.base == 0 && segment.limit == 0xFFFFFFFF && !rights.unusable();
    const bool expands_down = !rights.code() && rights.conforming();
    shortcut.reads_freely = flat && !expands_down && (!rights.code() || rights.writable_or_readable());
    shortcut.writes_freely = flat && !expands_down && !rights.code() && rights.writable_or_readable();
}

void Cpu::refresh_mode() {
    const Segment& cs = state[SegmentRegister::cs];
    code_size_ = state.ia32e_mode() && cs.rights.l() && !state.virtual_8086() ? CodeSize::bits64
                 : cs.rights.db()                                             ? CodeSize::bits32
                                                                              : CodeSize::bits16;
    cpl_ = real_mode() ? 0 : state.virtual_8086() ? 3 : state[SegmentRegister::ss].rights.dpl();
    stack_mask_ = bit64() ? ~u64{0} : state[SegmentRegister::ss].rights.db() ? 0xFFFFFFFF : 0xFFFF;
    for (size_t i = 0; i < kSegmentRegisterCount; ++i) refresh_segment(static_cast<SegmentRegister>(i));
    refresh_breakpoints();
    refresh_contexts();
}

void Cpu::refresh_contexts() {
    const paging::Mode mode = paging_mode();
    const bool user = cpl_ == 3, exempt = !mode.smap || (state.rflags & kAc) != 0;
    data_context_ = context_number(mode, user, user || exempt);
    system_context_ = context_number(mode, false, !mode.smap);
    fetch_context_ = context_number(mode, user, true);
}

u64 Cpu::context_number(const paging::Mode& mode, bool user, bool smap_exempt) {
    for (const Context& context : contexts_)
        if (context.user == user && context.smap_exempt == smap_exempt && context.mode == mode) return context.number;
    if (next_context_ > paging::Tlb::kMaximumContext || contexts_.size() >= 64) {
        tlb.clear();
        contexts_.clear();
        next_context_ = 1;
    }
    contexts_.push_back({mode, user, smap_exempt, next_context_++});
    return contexts_.back().number;
}

u64 Cpu::context_of(const paging::Request& request) const {
    if (request.access == paging::Access::execute) return fetch_context_;
    return request.user == (cpl_ == 3) && (request.user || request.smap_exempt || !is_set(state.cr4, kCr4Smap)) ? data_context_
                                                                                                                : system_context_;
}

void Cpu::flush_address_space() {
    contexts_.clear();
    refresh_contexts();
}

void Cpu::flush_page(u64 linear) {
    tlb.forget_page(linear);
    if (has_large_pages_) flush_address_space();
}

}  // namespace vmxsim::cpu
