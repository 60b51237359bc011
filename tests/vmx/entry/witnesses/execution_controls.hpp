// SPDX-License-Identifier: MIT
// Witnesses of SDM 26.2.1.1, VM-Execution Control Fields.
#pragma once

#include "vmx/entry/witness.hpp"

namespace vmxsim::vmx::tests {

inline constexpr Witness kExecutionControlWitnesses[] = {
    {"exec.io_bitmap_a.aligned", Variant::long_mode, {on(spec::Control::primary_use_io_bitmaps), {Field::io_bitmap_a, 0x1001}}},
};

}  // namespace vmxsim::vmx::tests
