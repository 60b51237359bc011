// SPDX-License-Identifier: MIT
// A VMCS held decoded in the processor: one value a field, dense, in the order of sim/spec/vmcs_fields.def. Plain and
// copyable. How it lies in its region in memory is vmcs/region.hpp's affair.
#pragma once

#include <array>

#include "spec/spec.hpp"

namespace vmxsim {

using spec::Field;

class Vmcs {
public:
    u64 operator[](Field field) const { return values_[static_cast<size_t>(field)]; }

    // Bits beyond the field's width are dropped.
    void set(Field field, u64 value) { values_[static_cast<size_t>(field)] = value & spec::info(field).value_mask(); }

    u64 read(spec::FieldAccess access) const { return access.high ? (*this)[access.field] >> 32 : (*this)[access.field]; }
    void write(spec::FieldAccess access, u64 value) {
        set(access.field, access.high ? ((*this)[access.field] & 0xFFFFFFFF) | value << 32 : value);
    }

    friend bool operator==(const Vmcs&, const Vmcs&) = default;

private:
    std::array<u64, spec::kFieldCount> values_{};
};

}  // namespace vmxsim
