// SPDX-License-Identifier: MIT
// Guest RAM as the processor addresses it: sparse, allocated page by page on first write, so that a large machine
// costs nothing until it is used. Bytes never written read as zero.
#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <span>
#include <unordered_map>

#include "base/types.hpp"

namespace vmxsim {

class PhysicalMemory {
public:
    static constexpr u64 kPageSize = 4096;
    using Page = std::array<u8, kPageSize>;

    PhysicalMemory() = default;
    PhysicalMemory(const PhysicalMemory& other) { *this = other; }
    PhysicalMemory& operator=(const PhysicalMemory& other);
    PhysicalMemory(PhysicalMemory&&) = default;
    PhysicalMemory& operator=(PhysicalMemory&&) = default;

    // Little-endian; may cross a page; addresses wrap at 2^64.
    template <class T>
    T read(u64 address) const {
        T value{};
        read_bytes(address, {reinterpret_cast<u8*>(&value), sizeof value});
        return value;
    }
    template <class T>
    void write(u64 address, T value) {
        write_bytes(address, {reinterpret_cast<const u8*>(&value), sizeof value});
    }

    void read_bytes(u64 address, std::span<u8> out) const;
    void write_bytes(u64 address, std::span<const u8> in);

    // The page that holds this address, or null when nothing was written to it yet.
    const Page* page_if_present(u64 address) const;
    Page& page(u64 address);

    size_t page_count() const { return pages_.size(); }

private:
    std::unordered_map<u64, std::unique_ptr<Page>> pages_;  // by address / kPageSize
};

}  // namespace vmxsim
