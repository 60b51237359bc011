// SPDX-License-Identifier: MIT
// The bytes that a write_memory step writes.
#pragma once

#include <span>
#include <string>

#include "scenario/scenario.hpp"

namespace vmxsim::scenario {

// Throws ExpressionError when a value has none now, or when there would be no bytes or more than a region can have.
Bytes bytes_of(const MemoryWrite& write, const Names& names);

// "0f01c4"
std::string digits(std::span<const u8> bytes);

}  // namespace vmxsim::scenario
