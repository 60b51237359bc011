// SPDX-License-Identifier: MIT
#include "memory/physical_memory.hpp"

#include <algorithm>

namespace vmxsim {

PhysicalMemory& PhysicalMemory::operator=(const PhysicalMemory& other) {
    if (this == &other) return *this;
    pages_.clear();
    for (const auto& [number, page] : other.pages_) pages_.emplace(number, std::make_unique<Page>(*page));
    return *this;
}

void PhysicalMemory::read_bytes(u64 address, std::span<u8> out) const {
    while (!out.empty()) {
        const size_t offset = address % kPageSize;
        const size_t count = std::min(out.size(), static_cast<size_t>(kPageSize) - offset);
        if (const Page* page = page_if_present(address))
            std::memcpy(out.data(), page->data() + offset, count);
        else
            std::memset(out.data(), 0, count);
        out = out.subspan(count);
        address += count;
    }
}

void PhysicalMemory::write_bytes(u64 address, std::span<const u8> in) {
    while (!in.empty()) {
        const size_t offset = address % kPageSize;
        const size_t count = std::min(in.size(), static_cast<size_t>(kPageSize) - offset);
        std::memcpy(page(address).data() + offset, in.data(), count);
        in = in.subspan(count);
        address += count;
    }
}

const PhysicalMemory::Page* PhysicalMemory::page_if_present(u64 address) const {
    const auto found = pages_.find(address / kPageSize);
    return found == pages_.end() ? nullptr : found->second.get();
}

PhysicalMemory::Page& PhysicalMemory::page(u64 address) {
    auto& page = pages_[address / kPageSize];
    if (!page) page = std::make_unique<Page>();
    return *page;
}

}  // namespace vmxsim
