// SPDX-License-Identifier: MIT
// Linear to guest-physical address: the walk of the guest's own paging structures (SDM chapter 4). It returns a fault as
// a value and knows nothing of exits, and nothing of where the structures lie: its Memory parameter reads and writes
// them, through EPT where there is one.
#pragma once

#include <array>

#include "base/bits.hpp"

namespace vmxsim::paging {

enum class Kind : u8 { none, bits32, pae, level4, level5 };  // SDM 4.1.1

// Everything in the control registers that a walk depends on.
struct Mode {
    Kind kind = Kind::none;
    bool write_protect = false, smep = false, smap = false, no_execute = false, page_size_extensions = false;
    bool protection_keys = false, supervisor_keys = false, global_pages = false, one_gigabyte_pages = true;
    unsigned physical_address_bits = 39;
    u64 cr3 = 0;
    std::array<u64, 4> pdptes{};  // PAE paging: loaded with CR3, not read at each walk (SDM 4.4.1)
    u32 pkru = 0, pkrs = 0;

    friend bool operator==(const Mode&, const Mode&) = default;
};

enum class Access : u8 { read, write, execute };

struct Request {
    Access access = Access::read;
    bool user = false;         // a user-mode access: CPL 3, and not an implicit supervisor access (SDM 4.6)
    bool smap_exempt = false;  // RFLAGS.AC = 1 and an explicit supervisor access
};

// Page-fault error code bits (SDM 4.7).
enum PageFaultBit : u32 { kPresent = 1, kWrite = 2, kUser = 4, kReserved = 8, kFetch = 16, kProtectionKey = 32 };

struct Translation {
    u64 physical = 0;         // of the byte asked for
    unsigned page_bits = 12;  // log2 of the size of the page: 12, 21, 22 or 30
    bool writable = false;    // a write under the same rights would succeed, its dirty bit being set already
    bool global = false;
};

enum class Outcome : u8 { translated, page_fault, nested_fault };

struct WalkResult {
    Outcome outcome = Outcome::translated;
    Translation translation;
    u32 error_code = 0;  // page_fault
};

// Loads and checks the four PDPTEs of PAE paging. False: a reserved bit is set (SDM 4.4.1).
constexpr bool pdpte_is_valid(u64 pdpte, unsigned physical_address_bits) {
    return !is_set(pdpte, 0) || (pdpte & (mask(63, physical_address_bits) | mask(8, 5) | mask(2, 1))) == 0;
}

namespace detail {

struct Rights {
    bool writable = true, user = true, executable = true;
};

struct Level {
    unsigned shift;       // the lowest linear-address bit of this level's index
    bool may_map_a_page;  // PS may be 1
};

}  // namespace detail

// Memory: bool read(u64 physical, unsigned size, u64& value), bool write(u64 physical, unsigned size, u64 value); false is
// a nested fault, which the Memory keeps for its owner.
template <class Memory>
WalkResult walk(const Mode& mode, u64 linear, const Request& request, Memory& memory) {
    WalkResult result;
    if (mode.kind == Kind::none) {
        result.translation = {linear & 0xFFFFFFFF, 12, true, false};
        return result;
    }

    const auto fault = [&](u32 bits_of_cause) {
        result.outcome = Outcome::page_fault;
        result.error_code = bits_of_cause | (request.access == Access::write ? kWrite : 0u) | (request.user ? kUser : 0u) |
                            (request.access == Access::execute && (mode.no_execute || mode.smep) ? kFetch : 0u);
        return result;
    };
    const auto nested = [&] {
        result.outcome = Outcome::nested_fault;
        return result;
    };

    const bool legacy = mode.kind == Kind::bits32;
    const unsigned entry_size = legacy ? 4 : 8, index_bits = legacy ? 10 : 9;
    unsigned shift = legacy ? 22 : mode.kind == Kind::pae ? 21 : mode.kind == Kind::level4 ? 39 : 48;
    u64 table = legacy ? mode.cr3 & 0xFFFFF000 : mode.cr3 & mask(mode.physical_address_bits - 1, 12);
    if (mode.kind == Kind::pae) {
        const u64 pdpte = mode.pdptes[bits(linear, 31, 30)];
        if (!is_set(pdpte, 0)) return fault(0);
        table = pdpte & mask(mode.physical_address_bits - 1, 12);
    }

    // What makes an entry's reserved bits: beyond the physical-address width, and XD when it is not enabled.
    const u64 always_reserved = legacy ? 0
                                       : mask(51, mode.physical_address_bits) | (mode.kind == Kind::pae ? mask(62, 52) : 0) |
                                             (mode.no_execute ? 0 : bit(63));

    detail::Rights rights;
    struct {
        u64 address, entry;
    } visited[5];
    unsigned depth = 0;
    for (;; shift -= index_bits) {
        const u64 address = table + bits(linear, shift + index_bits - 1, shift) * entry_size;
        u64 entry = 0;
        if (!memory.read(address, entry_size, entry)) return nested();
        visited[depth++] = {address, entry};
        if (!is_set(entry, 0)) return fault(0);
        rights.writable = rights.writable && is_set(entry, 1);
        rights.user = rights.user && is_set(entry, 2);
        rights.executable = rights.executable && !(mode.no_execute && !legacy && is_set(entry, 63));

        const bool page_size = is_set(entry, 7) && shift > 12 && (!legacy || mode.page_size_extensions);
        u64 reserved = always_reserved;
        if (page_size) {
            if (legacy)
                reserved |= bit(21) | (mode.physical_address_bits >= 40 ? 0 : mask(20, mode.physical_address_bits - 32 + 13));
            else if (shift == 21)
                reserved |= mask(20, 13);
            else if (shift == 30 && mode.one_gigabyte_pages)
                reserved |= mask(29, 13);
            else
                reserved |= bit(7);
        }
        if ((entry & reserved) != 0) return fault(kPresent | kReserved);

        if (shift == 12 || page_size) {
            u64 base = legacy ? entry & 0xFFFFF000 : entry & mask(mode.physical_address_bits - 1, 12);
            if (page_size) {
                base &= ~(bit(shift) - 1);
                if (legacy) base |= bits(entry, 20, 13) << 32;  // PSE-36
            }
            result.translation.physical = base | (linear & (bit(shift) - 1));
            result.translation.page_bits = shift;
            result.translation.global = mode.global_pages && is_set(entry, 8);

            // Access rights (SDM 4.6.1).
            const bool supervisor_page = !rights.user;
            bool allowed = true, key_fault = false;
            if (request.user) {
                allowed = rights.user && (request.access != Access::write || rights.writable) &&
                          (request.access != Access::execute || rights.executable);
            } else if (request.access == Access::execute) {
                allowed = rights.executable && (supervisor_page || !mode.smep);
            } else {
                allowed = (supervisor_page || !mode.smap || request.smap_exempt) &&
                          (request.access == Access::read || rights.writable || !mode.write_protect);
            }
            // Protection keys (SDM 4.6.2): data accesses only.
            const bool keyed = supervisor_page ? mode.supervisor_keys : mode.protection_keys;
            bool key_write_disabled = false;
            if (keyed && (mode.kind == Kind::level4 || mode.kind == Kind::level5) && request.access != Access::execute) {
                const u32 key_rights = (supervisor_page ? mode.pkrs : mode.pkru) >> (2 * bits(entry, 62, 59)) & 3;
                key_write_disabled = (key_rights & 2) != 0 && (request.user || mode.write_protect);
                key_fault = (key_rights & 1) != 0 || (request.access == Access::write && key_write_disabled);
            }
            if (!allowed) return fault(kPresent | (key_fault ? kProtectionKey : 0u));
            if (key_fault) return fault(kPresent | kProtectionKey);

            // Accessed and dirty flags (SDM 4.8), set only when the access happens.
            for (unsigned i = 0; i < depth; ++i) {
                const bool leaf = i + 1 == depth;
                const u64 flags = bit(5) | (leaf && request.access == Access::write ? bit(6) : 0);
                if ((visited[i].entry & flags) != flags) {
                    visited[i].entry |= flags;
                    if (!memory.write(visited[i].address, entry_size, visited[i].entry)) return nested();
                }
            }
            const bool may_write = request.user ? rights.writable : rights.writable || !mode.write_protect;
            result.translation.writable = may_write && !key_write_disabled && is_set(visited[depth - 1].entry, 6);
            return result;
        }
        table = legacy ? entry & 0xFFFFF000 : entry & mask(mode.physical_address_bits - 1, 12);
    }
}

}  // namespace vmxsim::paging
