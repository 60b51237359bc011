// SPDX-License-Identifier: MIT
// One instruction with everything it may read, and what became of it: the same shape for the host's processor and for ours.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.hpp"

namespace vmxsim::cpu::tests {

// Linear addresses, the same on both sides. Around each area lies nothing.
struct Layout {
    static constexpr u64 kCode = 0x10000000, kCodeSize = 0x2000;                          // read, execute
    static constexpr u64 kData = 0x20000000, kDataSize = 0x3000, kReadOnly = 0x20002000;  // the last page is read-only
    static constexpr u64 kStack = 0x30000000, kStackSize = 0x2000;
    static constexpr u8 kFill = 0xCC;  // INT3: the host stops at the first instruction behind the one under test
};

// A value put into memory before the instruction, over the random contents.
struct Poke {
    u64 address = 0, value = 0;

    friend bool operator==(const Poke&, const Poke&) = default;
};

struct HostCase {
    bool bits64 = true;
    std::vector<u8> code;
    u64 at = Layout::kCode;
    std::array<u64, 16> registers{};
    u64 rflags = 0x202;
    u64 fs_base = 0, gs_base = 0;
    u64 memory_seed = 0;
    std::vector<Poke> pokes;
};

struct Outcome {
    std::array<u64, 16> registers{};
    u64 rip = 0, rflags = 0;
    std::optional<u8> exception;  // the vector
    u64 fault_address = 0;        // of #PF

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

// One line that says everything, and its reader: what a failing case is printed as and can be run again from.
std::string to_line(const HostCase& host_case);
HostCase from_line(std::string_view line);

// The random contents of data and stack.
struct Contents {
    std::array<u8, Layout::kDataSize> data{};
    std::array<u8, Layout::kStackSize> stack{};

    static Contents random(u64 seed);
    void poke(const Poke& poke);

    friend bool operator==(const Contents&, const Contents&) = default;
};

}  // namespace vmxsim::cpu::tests
