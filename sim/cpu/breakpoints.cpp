// SPDX-License-Identifier: MIT
// DR0-DR3 and DR7 (SDM 17.2). While a data breakpoint is enabled, its page has no entry in the TLB, so that accesses to it
// take the slow way, which looks; with an instruction breakpoint enabled, instructions run alone.
#include "cpu/cpu.hpp"

namespace vmxsim::cpu {
namespace {

struct Breakpoint {
    bool enabled;
    Cpu::Watched kind;
    u64 first, last;
};

// SDM 17.2.5: a breakpoint covers 1, 2, 4 or 8 aligned bytes.
Breakpoint breakpoint(const CpuState& state, unsigned n) {
    constexpr unsigned kLengths[] = {1, 2, 8, 4};
    const auto kind = static_cast<Cpu::Watched>(bits(state.dr7, 17 + 4 * n, 16 + 4 * n));
    const unsigned length = kind == Cpu::Watched::instruction ? 1 : kLengths[bits(state.dr7, 19 + 4 * n, 18 + 4 * n)];
    const u64 first = state.dr[n] & ~u64{length - 1};
    return {bits(state.dr7, 2 * n + 1, 2 * n) != 0, kind, first, first + length - 1};
}

constexpr u64 kDe = bit(3);  // CR4.DE: R/W = 2 means I/O

}  // namespace

void Cpu::refresh_breakpoints() {
    const bool enabled = bits(state.dr7, 7, 0) != 0;
    if (!enabled && !breakpoints_enabled_) return;
    breakpoints_enabled_ = enabled;
    watches_code_ = watches_data_ = watches_io_ = false;
    for (unsigned n = 0; n < 4; ++n) {
        const Breakpoint b = breakpoint(state, n);
        if (!b.enabled) continue;
        watches_code_ |= b.kind == Watched::instruction;
        watches_data_ |= b.kind == Watched::write || b.kind == Watched::access;
        watches_io_ |= b.kind == Watched::io && (state.cr4 & kDe) != 0;
    }
    tlb.clear();
    events_changed = true;
}

u64 Cpu::breakpoint_hits(Watched kind, u64 address, unsigned size) const {
    u64 hits = 0;
    for (unsigned n = 0; n < 4; ++n) {
        const Breakpoint b = breakpoint(state, n);
        if (b.enabled && b.kind == kind && address <= b.last && address + size - 1 >= b.first) hits |= bit(n);
    }
    return hits;
}

void Cpu::watch_data(u64 linear, unsigned size, bool write) {
    note_hits(breakpoint_hits(Watched::access, linear, size) | (write ? breakpoint_hits(Watched::write, linear, size) : 0));
}

bool Cpu::watches_page(u64 linear) const {
    if (!watches_data_) [[likely]]
        return false;
    for (unsigned n = 0; n < 4; ++n) {
        const Breakpoint b = breakpoint(state, n);
        if (b.enabled && (b.kind == Watched::write || b.kind == Watched::access) && (b.first ^ linear) >> 12 == 0) return true;
    }
    return false;
}

}  // namespace vmxsim::cpu
