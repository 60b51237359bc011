// SPDX-License-Identifier: MIT
// A VMCS of which only some fields, and only some memory, are known: what a dump or a batch case shows.
#pragma once

#include <bitset>
#include <set>

#include "memory/physical_memory.hpp"
#include "vmcs/vmcs.hpp"

namespace vmxsim {

using FieldSet = std::bitset<spec::kFieldCount>;  // by Field

struct PartialVmcs {
    Vmcs vmcs;
    FieldSet known;
    PhysicalMemory memory;
    std::set<u64> known_pages;  // numbers of the 4-KByte pages whose contents are known

    bool knows(Field field) const { return known[static_cast<size_t>(field)]; }
    void set(Field field, u64 value) {
        vmcs.set(field, value);
        known.set(static_cast<size_t>(field));
    }
};

}  // namespace vmxsim
