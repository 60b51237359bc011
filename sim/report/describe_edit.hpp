// SPDX-License-Identifier: MIT
// The smallest fix of a failing check, as an instruction to the reader.
#pragma once

#include <string>

#include "vmx/entry/check.hpp"

namespace vmxsim::report {

// "set bit 9 of GUEST_RFLAGS (0x2 -> 0x202)", "write 0xffffffffffffffff to VMCS_LINK_POINTER (it is 0x0)".
// was: the field's present value.
void describe_edit(std::string& out, const vmx::Edit& edit, u64 was);

// True when the edit is described by the bits to change, not by the whole value.
bool is_told_by_bits(const vmx::Edit& edit, u64 was);

}  // namespace vmxsim::report
