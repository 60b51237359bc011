// SPDX-License-Identifier: MIT
// A software TLB that yields host pointers. Entries carry a context number, which stands for everything a translation
// depends on apart from the linear address (paging mode, CR3 or PCID, user or supervisor, SMAP exemption, VPID, EPTP), so
// that a change of mode or of address space costs nothing and flushes nothing. A context is flushed by giving it a new
// number.
#pragma once

#include <array>

#include "base/bits.hpp"
#include "paging/guest_walk.hpp"

namespace vmxsim::paging {

class Tlb {
public:
    static constexpr size_t kEntries = 1024;

    struct Entry {
        u64 tag = ~u64{0};   // linear page address | context number
        u8* host = nullptr;  // of the first byte of the page
        u64 physical = 0;    // of the first byte of the page
    };

    static constexpr u64 kMaximumContext = 0xFFF;
    static constexpr u64 tag(u64 linear, u64 context) { return (linear & ~u64{0xFFF}) | context; }

    const Entry* find(Access access, u64 linear, u64 context) const {
        const Entry& entry = slot(access, linear);
        return entry.tag == tag(linear, context) ? &entry : nullptr;
    }
    void insert(Access access, u64 linear, u64 context, u8* host, u64 physical) {
        slot(access, linear) = {tag(linear, context), host, physical & ~u64{0xFFF}};
    }

    // Every context's entry for this page.
    void forget_page(u64 linear) {
        for (auto& table : tables_) table[index(linear)] = {};
    }
    // Every entry through which this page of physical memory could be written.
    void forget_writes_to(u64 physical_page) {
        for (Entry& entry : tables_[static_cast<size_t>(Access::write)])
            if (entry.physical == physical_page) entry = {};
    }
    void clear() {
        for (auto& table : tables_) table.fill({});
    }

private:
    static constexpr size_t index(u64 linear) { return linear >> 12 & (kEntries - 1); }
    Entry& slot(Access access, u64 linear) { return tables_[static_cast<size_t>(access)][index(linear)]; }
    const Entry& slot(Access access, u64 linear) const { return tables_[static_cast<size_t>(access)][index(linear)]; }

    std::array<std::array<Entry, kEntries>, 3> tables_{};
};

}  // namespace vmxsim::paging
