// SPDX-License-Identifier: MIT
// Reads a partial VMCS and remembers what was asked for and was not there, so that a verdict that rests on a guess is
// never given silently.
#pragma once

#include "vmcs/partial_vmcs.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

class KnownValues {
public:
    // stand_in: what an unknown field reads as. A rule that answers alike for all-zeros and all-ones is likely settled.
    explicit KnownValues(const PartialVmcs& partial, u64 stand_in = 0) : partial_(partial), stand_in_(stand_in) {}

    u64 field(Field field) const {
        if (partial_.knows(field)) return partial_.vmcs[field];
        missing_fields_.set(static_cast<size_t>(field));
        return stand_in_ & spec::info(field).value_mask();
    }
    u32 memory32(u64 address) const { return static_cast<u32>(memory(address, 4)); }
    u64 memory64(u64 address) const { return memory(address, 8); }

    const FieldSet& missing_fields() const { return missing_fields_; }
    const std::set<u64>& missing_memory() const { return missing_memory_; }
    bool guessed() const { return missing_fields_.any() || !missing_memory_.empty(); }
    void forget() {
        missing_fields_.reset();
        if (!missing_memory_.empty()) missing_memory_.clear();
    }

private:
    u64 memory(u64 address, unsigned size) const {
        if (partial_.known_pages.contains(address / PhysicalMemory::kPageSize))
            return size == 4 ? partial_.memory.read<u32>(address) : partial_.memory.read<u64>(address);
        missing_memory_.insert(address);
        return stand_in_;
    }

    const PartialVmcs& partial_;
    u64 stand_in_;
    mutable FieldSet missing_fields_;
    mutable std::set<u64> missing_memory_;
};

}  // namespace vmxsim::vmx
