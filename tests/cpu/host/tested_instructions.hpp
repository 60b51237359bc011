// SPDX-License-Identifier: MIT
#pragma once

#include "cpu/decode.hpp"
#include "cpu/host/host_case.hpp"

namespace vmxsim::cpu::tests {

// Whether this instruction is compared; with a feature that the host lacks it is not.
bool is_tested(ZydisMnemonic mnemonic, const FeatureSet& host);

// What of the outcome the SDM leaves undefined.
struct Undefined {
    u64 flags = 0;
    bool destination = false, registers = false, upper_halves = false;
};
Undefined undefined_of(const Decoded& decoded, const HostCase& host_case, const Outcome& outcome);

}  // namespace vmxsim::cpu::tests
