// SPDX-License-Identifier: MIT
// Guest code in a scenario is NASM text; the external nasm turns it into bytes.
#pragma once

#include <stdexcept>
#include <vector>

#include "scenario/run.hpp"

namespace vmxsim::scenario {

class AssemblyError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The text sees ORG origin, its BITS, and at_NAME for the address of every region. Throws AssemblyError when nasm is not
// installed or refuses the text, with its message.
Bytes assemble(const Region& region, u64 origin, const std::vector<PlacedRegion>& placed);

}  // namespace vmxsim::scenario
