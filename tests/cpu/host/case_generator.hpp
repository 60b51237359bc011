// SPDX-License-Identifier: MIT
// Random instructions by bytes: prefixes, opcode, ModRM, immediates; registers are then chosen so that most memory operands
// hit the areas of Layout, their borders, or just miss them.
#pragma once

#include "cpu/host/host_case.hpp"
#include "cpu/host/random_source.hpp"
#include "cpu/host/tested_instructions.hpp"

namespace vmxsim::cpu::tests {

class CaseGenerator {
public:
    CaseGenerator(u64 seed, const FeatureSet& host) : random_(seed), host_(host) {}

    HostCase next();

private:
    bool make_instruction(HostCase& host_case, Decoded& decoded);
    std::vector<u8> random_bytes(bool bits64);
    u64 random_target(bool locked);
    u64 random_code_address();
    void aim_memory_operand(HostCase& host_case, const Decoded& decoded, u64 target);
    void aim_stack(HostCase& host_case, const Decoded& decoded);
    void aim_strings(HostCase& host_case, const Decoded& decoded);
    void aim_branch(HostCase& host_case, const Decoded& decoded, u64 target);
    void tame(HostCase& host_case, const Decoded& decoded);

    RandomSource random_;
    const FeatureSet& host_;
    u64 count_ = 0, memory_seed_ = 0;
};

// Decodes the case's bytes as the processor would.
bool decode_case(const HostCase& host_case, Decoded& decoded);

}  // namespace vmxsim::cpu::tests
