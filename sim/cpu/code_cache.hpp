// SPDX-License-Identifier: MIT
// Decoded code, by physical address and code size: straight runs of instructions that end at a branch, at a page's end
// or after kMaximumLength. A write to a page that holds code makes its runs stale: every instruction of them then leaves
// the run, so that self-modifying code is right even within the run that is executing.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

#include "cpu/insn.hpp"

namespace vmxsim::cpu {

struct Run {
    static constexpr size_t kMaximumLength = 64;
    u64 key = ~u64{0};
    std::vector<Insn> instructions;
};

class CodeCache {
public:
    static constexpr u64 key(u64 physical, u64 code_size) { return physical << 2 | code_size; }

    // Null when it is not there.
    const Run* find(u64 run_key) const {
        const Run* run = recent_[slot(run_key)];
        if (run != nullptr && run->key == run_key) [[likely]]
            return run;
        return find_slowly(run_key);
    }
    const Run* insert(std::unique_ptr<Run> run);
    bool holds(u64 page) const { return pages_.contains(page); }
    // Marks the page as holding code although no run is kept for it (an instruction that crosses into it).
    void forget_page(u64 page);
    // Frees what forget_page() left standing for the run that was executing then.
    void bury() {
        if (!stale_.empty()) stale_.clear();
    }

private:
    static constexpr size_t slot(u64 run_key) { return (run_key ^ run_key >> 14) & 0xFFF; }
    const Run* find_slowly(u64 run_key) const;

    mutable std::array<const Run*, 4096> recent_{};
    std::unordered_map<u64, std::unique_ptr<Run>> runs_;
    std::unordered_map<u64, std::vector<u64>> pages_;  // keys of the runs that begin in each page
    std::vector<std::unique_ptr<Run>> stale_;
};

}  // namespace vmxsim::cpu
