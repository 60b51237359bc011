// SPDX-License-Identifier: MIT
// The loop: events in priority order, then a run of decoded instructions.
#include <utility>

#include "cpu/code_cache.hpp"
#include "cpu/decode.hpp"
#include "cpu/deliver_event.hpp"

namespace vmxsim::cpu {

Cpu::Cpu(PhysicalMemory& memory, const Capabilities& capabilities, const CpuProfile& on_profile, Bus& on_bus)
    : processor{{}, {}, memory, capabilities},
      profile(on_profile),
      cpuid(on_profile),
      bus(on_bus),
      code_(std::make_unique<CodeCache>()) {
    reset();
}

Cpu::~Cpu() = default;

// Decodes the run that begins at this linear address. Instructions that cross into the next page are decoded alone, each
// time anew, so that a change of either page is seen.
Result<const Run*> Cpu::decode_run(u64 linear, u64 physical) {
    const u64 page = physical & ~u64{0xFFF};
    auto run = std::make_unique<Run>();
    run->key = CodeCache::key(physical, static_cast<u64>(code_size_));
    u64 offset = physical & 0xFFF;
    std::array<u8, 15> bytes{};
    while (run->instructions.size() < Run::kMaximumLength) {
        const size_t in_page = std::min<size_t>(bytes.size(), 0x1000 - offset);
        processor.memory.read_bytes(page | offset, {bytes.data(), in_page});
        Insn insn;
        if (decode({bytes.data(), in_page}, code_size_, features, insn) == DecodeStatus::needs_more_bytes) {
            if (in_page == bytes.size()) {
                // 15 bytes and no end: #GP(0), as for any longer instruction (SDM volume 2, 2.3.11).
                insn.handler = [](Cpu& cpu, const Insn&) { return cpu.general_protection(); };
                insn.length = 1;
                insn.flags = kEndsBlock;
            } else if (!run->instructions.empty()) {
                break;
            } else {
                const u64 rest = TRY(translate(linear + in_page, {paging::Access::execute, cpl_ == 3, false}));
                processor.memory.read_bytes(rest, {bytes.data() + in_page, bytes.size() - in_page});
                if (decode(bytes, code_size_, features, insn) == DecodeStatus::needs_more_bytes) {
                    insn.handler = [](Cpu& cpu, const Insn&) { return cpu.general_protection(); };
                    insn.length = 1;
                }
                crossing_.instructions.assign(1, insn);
                return &crossing_;
            }
        }
        run->instructions.push_back(insn);
        offset += insn.length;
        if (insn.has(kEndsBlock) || offset >= 0x1000) break;
    }
    tlb.forget_writes_to(page);
    return code_->insert(std::move(run));
}

Result<const Run*> Cpu::fetch() {
    u64 linear = state.rip;
    if (!bit64()) {
        const Segment& cs = state[SegmentRegister::cs];
        if (state.rip > cs.limit) return general_protection();
        linear = static_cast<u32>(cs.base + state.rip);
    }
    u64 physical;
    if (const auto* entry = tlb.find(paging::Access::execute, linear, fetch_context_)) [[likely]]
        physical = entry->physical | (linear & 0xFFF);
    else
        physical = TRY(translate(linear, {paging::Access::execute, cpl_ == 3, false}));
    if (const Run* run = code_->find(CodeCache::key(physical, static_cast<u64>(code_size_)))) [[likely]]
        return run;
    return decode_run(linear, physical);
}

u64 Cpu::now() const {
    const u64 before_run = retired + skipped_;
    if (run_begin_ == nullptr) return before_run;
    // RIP points behind the instruction that executes; only the last one of a run may have moved it elsewhere.
    u64 rip = run_rip_;
    for (size_t i = 0; i < run_length_; ++i) {
        rip += run_begin_[i].length;
        if (rip == state.rip) return before_run + i;
    }
    return before_run + run_length_ - 1;
}

// Executes up to `room` instructions of the run at RIP. The ones that completed are counted; after a fault RIP is back at
// the instruction.
[[gnu::always_inline]] inline Flow Cpu::execute(u64 room) {
    const Result<const Run*> fetched = fetch();
    if (!fetched.has_value()) return fetched.flow();
    const Run& run = **fetched;
    const Insn* insn = run.instructions.data();
    run_begin_ = insn;
    run_rip_ = state.rip;
    run_length_ = run.instructions.size();
    run_end_ = insn + std::min<u64>(run_length_, room);
    Flow flow;
    do {
        state.rip += insn->length;
        flow = insn->handler(*this, *insn);
        if (flow != Flow::next) [[unlikely]]
            break;
    } while (++insn < run_end_);
    retired += static_cast<u64>(insn - run_begin_) + (flow == Flow::branch || flow == Flow::stop ? 1 : 0);
    run_begin_ = nullptr;
    if (flow == Flow::fault) state.rip -= insn->length;
    if (!bit64()) state.rip = static_cast<u32>(state.rip);
    return flow;
}

// One instruction under an interrupt shadow, with RFLAGS.TF or RF, or with instruction breakpoints enabled.
StopReason Cpu::execute_alone() {
    events_changed = true;
    const bool shadow = state.blocking_by_sti || state.blocking_by_mov_ss, traps = (state.rflags & kTf) != 0;
    const u64 pending = state.pending_debug_exceptions, rip = state.rip;
    // SDM 17.3.1.1: RF keeps the fault away for one instruction; so does the shadow of MOV SS (SDM 6.8.3).
    if (watches_code_ && (state.rflags & kRf) == 0 && !state.blocking_by_mov_ss) {
        const u64 linear = bit64() ? rip : static_cast<u32>(state[SegmentRegister::cs].base + rip);
        if (const u64 hits = breakpoint_hits(Watched::instruction, linear, 1)) {
            fault = {kDebug, std::nullopt, hits};
            return deliver_fault(*this);
        }
    }
    const u64 rf = state.rflags & kRf;
    state.rflags &= ~kRf;
    trap_inhibited = false;
    const u64 before = retired;
    const Flow flow = execute(1);
    const bool stale = retired == before && trap_inhibited && flow == Flow::branch;  // nothing was executed: the code has changed
    const bool repeats = retired == before && !stale && flow == Flow::branch;
    if (stale) state.rflags |= rf;
    if (repeats) state.rflags |= kRf;  // its breakpoint has hit already
    StopReason reason = StopReason::none;
    if (flow == Flow::fault) {
        state.pending_debug_exceptions = pending;
        reason = deliver_fault(*this);
    } else if (traps && !trap_inhibited) {
        // With IA32_DEBUGCTL.BTF only branches trap (SDM 17.4.3).
        const bool branched = flow == Flow::branch && state.rip - rip > 15;
        if (!is_set(state.msrs.debugctl, 1) || branched) state.pending_debug_exceptions |= bit(14);
    }
    // SDM 6.8.3: one instruction, and the next of its kind right behind it holds nothing off any more.
    if (shadow && !stale) state.blocking_by_sti = state.blocking_by_mov_ss = false;
    return reason;
}

// How far instructions may go before a device or the caller wants to be asked.
void Cpu::plan(u64 limit) {
    const u64 event = bus.next_event();
    horizon_ = event == kNever ? limit : std::min(limit, event > skipped_ ? event - skipped_ : 0);
}

StopReason Cpu::run(u64 limit) {
    constexpr unsigned kEndlessFaults = 10'000;
    unsigned faults = 0;
    u64 completed_at_fault = ~u64{0};
    plan(limit);
    while (true) {
        if (events_changed || retired >= horizon_) [[unlikely]] {
            constexpr u64 kManyPortions = 65536;
            if (retired >= limit || portions_ >= kManyPortions) {
                portions_ = 0;
                return StopReason::instruction_limit;
            }
            code_->bury();
            StopReason reason = take_events(*this);
            if (reason != StopReason::none) return reason;
            plan(limit);
            if (one_instruction_only) {
                reason = execute_alone();
                if (reason != StopReason::none) return reason;
                if (stop_requested) return StopReason::requested;
                continue;
            }
        }
        const Flow flow = execute(std::max<u64>(horizon_, retired + 1) - retired);
        if (flow == Flow::fault) {
            if (std::exchange(completed_at_fault, retired) != retired) faults = 0;
            if (++faults >= kEndlessFaults) return StopReason::fault_loop;
            const StopReason reason = deliver_fault(*this);
            if (reason != StopReason::none) return reason;
        } else if (flow == Flow::stop) {
            events_changed = true;
        }
        if (stop_requested) return StopReason::requested;
    }
}

}  // namespace vmxsim::cpu
