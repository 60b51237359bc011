// SPDX-License-Identifier: MIT
#include "cpu/code_cache.hpp"

#include "cpu/cpu.hpp"

namespace vmxsim::cpu {
namespace {

// What every instruction of a stale run does: nothing, and leave, so that the code is fetched again.
Flow leave_stale_run(Cpu& cpu, const Insn& insn) {
    cpu.state.rip -= insn.length;
    --cpu.retired;
    cpu.trap_inhibited = true;
    return Flow::branch;
}

}  // namespace

const Run* CodeCache::insert(std::unique_ptr<Run> run) {
    const u64 run_key = run->key;
    pages_[run_key >> 2 & ~u64{0xFFF}].push_back(run_key);
    auto& place = runs_[run_key];
    place = std::move(run);
    return recent_[slot(run_key)] = place.get();
}

const Run* CodeCache::find_slowly(u64 run_key) const {
    const auto found = runs_.find(run_key);
    if (found == runs_.end()) return nullptr;
    return recent_[slot(run_key)] = found->second.get();
}

void CodeCache::forget_page(u64 page) {
    const auto found = pages_.find(page);
    if (found == pages_.end()) return;
    for (const u64 run_key : found->second) {
        const auto run = runs_.find(run_key);
        if (run == runs_.end()) continue;
        if (recent_[slot(run_key)] == run->second.get()) recent_[slot(run_key)] = nullptr;
        for (Insn& insn : run->second->instructions) insn.handler = leave_stale_run;
        stale_.push_back(std::move(run->second));
        runs_.erase(run);
    }
    pages_.erase(found);
}

}  // namespace vmxsim::cpu
