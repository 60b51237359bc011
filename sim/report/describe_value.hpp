// SPDX-License-Identifier: MIT
// A field's value in words: only the bits that matter to the reader, by name.
#pragma once

#include <string>

#include "report/bit_names.hpp"

namespace vmxsim::report {

// "GUEST_RFLAGS is 0x2: IF (bit 9) is 0". focus: the bits to talk about.
void describe_value(std::string& out, Field field, u64 value, u64 focus, const BitNames& names);

// "external interrupt, vector 0xd1"; "nothing is injected" when bit 31 is 0 (SDM 24.8.3).
std::string describe_injection(u64 information);

}  // namespace vmxsim::report
