// SPDX-License-Identifier: MIT
// SDM 26.2.1.1, VM-Execution Control Fields.
#pragma once

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

template <class C>
inline constexpr auto kExecutionControlChecks = std::to_array<Check<C>>({
    {"exec.io_bitmap_a.aligned", "26.2.1.1", {Field::io_bitmap_a, Field::primary_processor_based_controls},
     "If \"use I/O bitmaps\" is 1, bits 11:0 of the I/O-bitmap A address must be 0.",
     [](const C& c) { return c.primary().use_io_bitmaps(); },
     [](const C& c) { return bits(c[Field::io_bitmap_a], 11, 0) == 0; },
     [](const C& c) { return clear_bits(c, Field::io_bitmap_a, mask(11, 0)); }, kInvalidControls},
});

}  // namespace vmxsim::vmx
