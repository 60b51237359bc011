// SPDX-License-Identifier: MIT
// Memory accesses off the fast path: segment checks, page walks, page crossings, devices.
#include "cpu/code_cache.hpp"
#include "cpu/cpu.hpp"

namespace vmxsim::cpu {
namespace {

// Guest paging structures in physical memory, while there is no EPT in between.
struct DirectStructures {
    PhysicalMemory& memory;

    bool read(u64 physical, unsigned size, u64& value) const {
        value = size == 4 ? memory.read<u32>(physical) : memory.read<u64>(physical);
        return true;
    }
    bool write(u64 physical, unsigned size, u64 value) {
        if (size == 4)
            memory.write<u32>(physical, static_cast<u32>(value));
        else
            memory.write<u64>(physical, value);
        return true;
    }
};

}  // namespace

Result<u64> Cpu::linear_address(SegmentRegister segment, u64 offset, unsigned size, bool write) {
    const auto& shortcut = shortcuts_[static_cast<size_t>(segment)];
    if (bit64()) [[likely]] {
        const u64 linear = shortcut.base + offset;
        const unsigned width = processor.capabilities.linear_address_bits == 57 && is_set(state.cr4, 12) ? 57 : 48;
        if (!is_canonical(linear, width) || !is_canonical(linear + size - 1, width)) [[unlikely]]
            return raise(segment == SegmentRegister::ss ? kStackFault : kGeneralProtection, 0);
        return linear;
    }
    if (write ? shortcut.writes_freely : shortcut.reads_freely) [[likely]]
        return static_cast<u32>(offset);

    // SDM 5.3 and 5.4: limit and type.
    const Segment& s = state[segment];
    const u8 vector = segment == SegmentRegister::ss ? kStackFault : kGeneralProtection;
    if (!real_mode() && !state.virtual_8086()) {
        if (s.rights.unusable()) return raise(kGeneralProtection, 0);
        const bool readable = !s.rights.code() || s.rights.writable_or_readable();
        const bool writable = !s.rights.code() && s.rights.writable_or_readable();
        if (!(write ? writable : readable)) return raise(kGeneralProtection, 0);
    }
    const u64 last = offset + size - 1;
    const bool expands_down = !s.rights.code() && s.rights.conforming() && !real_mode() && !state.virtual_8086();
    const bool inside = expands_down ? offset > s.limit && last <= (s.rights.db() ? 0xFFFFFFFFu : 0xFFFFu) : last <= s.limit;
    if (!inside) return raise(vector, 0);
    return static_cast<u32>(s.base + offset);
}

Result<paging::Translation> Cpu::walk(u64 linear, const paging::Request& request) {
    DirectStructures structures{processor.memory};
    const paging::Mode mode = paging_mode();
    paging::Request checked = request;
    if (!mode.smap) checked.smap_exempt = true;
    const paging::WalkResult result = paging::walk(mode, linear, checked, structures);
    if (result.outcome == paging::Outcome::page_fault) {
        fault = {kPageFault, result.error_code, linear};
        return Flow::fault;
    }
    const u64 page = result.translation.physical & ~u64{0xFFF};
    if (result.translation.page_bits > 12) has_large_pages_ = true;
    if (bus.is_memory(page)) {
        u8* host = processor.memory.page(page).data();
        const u64 context = context_of(request);
        if (request.access == paging::Access::write) {
            // A page that holds decoded code is written the slow way, so that the code is decoded again.
            if (!code_->holds(page) && !watches_page(linear)) tlb.insert(paging::Access::write, linear, context, host, page);
        } else if (request.access == paging::Access::execute || !watches_page(linear)) {
            tlb.insert(request.access, linear, context, host, page);
        }
    }
    return result.translation;
}

Result<u64> Cpu::translate(u64 linear, const paging::Request& request) {
    if (const auto* entry = tlb.find(request.access, linear, context_of(request))) return entry->physical | (linear & 0xFFF);
    return TRY(walk(linear, request)).physical;
}

Flow Cpu::probe(u64 linear, unsigned size, const paging::Request& request) {
    (void)TRY(translate(linear, request));
    if ((linear & 0xFFF) + size > 0x1000) (void)TRY(translate(linear + size - 1, request));
    return Flow::next;
}

Result<u64> Cpu::read_slow(u64 linear, unsigned size, const paging::Request& request) {
    const unsigned first = static_cast<unsigned>(std::min<u64>(size, 0x1000 - (linear & 0xFFF)));
    const u64 physical = TRY(translate(linear, request));
    const u64 second = first == size ? 0 : TRY(translate(bit64() ? linear + first : static_cast<u32>(linear + first), request));
    const auto part = [&](u64 address, unsigned count) -> u64 {
        if (!bus.is_memory(address & ~u64{0xFFF})) return bus.read_device(address, count);
        u64 value = 0;
        processor.memory.read_bytes(address, {reinterpret_cast<u8*>(&value), count});
        return value;
    };
    u64 value = part(physical, first);
    if (first != size) value |= part(second, size - first) << (8 * first);
    if (watches_data_) [[unlikely]]
        watch_data(linear, size, false);
    return value;
}

Flow Cpu::write_slow(u64 linear, unsigned size, u64 value, const paging::Request& request) {
    const unsigned first = static_cast<unsigned>(std::min<u64>(size, 0x1000 - (linear & 0xFFF)));
    const u64 physical = TRY(translate(linear, request));
    const u64 second = first == size ? 0 : TRY(translate(bit64() ? linear + first : static_cast<u32>(linear + first), request));
    const auto part = [&](u64 address, unsigned count, u64 bytes) {
        const u64 page = address & ~u64{0xFFF};
        if (!bus.is_memory(page)) {
            bus.write_device(address, count, bytes);
            look_for_events();
            return;
        }
        processor.memory.write_bytes(address, {reinterpret_cast<const u8*>(&bytes), count});
        if (code_->holds(page)) code_page_written(page);
    };
    part(physical, first, value);
    if (first != size) part(second, size - first, value >> (8 * first));
    if (watches_data_) [[unlikely]]
        watch_data(linear, size, true);
    return Flow::next;
}

void Cpu::code_page_written(u64 physical_page) {
    code_->forget_page(physical_page);
    events_changed = true;  // leave the block that is running: it may be the one that changed
}

}  // namespace vmxsim::cpu
