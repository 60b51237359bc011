// SPDX-License-Identifier: MIT
// The loop: events in priority order, then a run of decoded instructions.
#include "cpu/code_cache.hpp"
#include "cpu/decode.hpp"
#include "cpu/deliver_event.hpp"

namespace vmxsim::cpu {

Cpu::Cpu(PhysicalMemory& memory, const Capabilities& capabilities, const CpuProfile& on_profile, Bus& on_bus)
    : processor{{}, {}, memory, capabilities}, profile(on_profile), bus(on_bus), code_(std::make_unique<CodeCache>()) {
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
    if (const Run* run = code_->find(CodeCache::key(physical, static_cast<u64>(code_size_)))) [[likely]] return run;
    return decode_run(linear, physical);
}

StopReason Cpu::run(u64 limit) {
    while (retired < limit) {
        if (events_changed) [[unlikely]] {
            code_->bury();
            const StopReason reason = take_events(*this);
            if (reason != StopReason::none) return reason;
        }
        const bool traps = single_steps();
        const Result<const Run*> fetched = fetch();
        Flow flow = fetched.flow();
        if (fetched.has_value()) {
            const Run& run = **fetched;
            const bool alone = traps || one_instruction_only;
            one_instruction_only = false;
            const size_t room = alone ? 1 : std::min<u64>(run.instructions.size(), limit - retired);
            const Insn* insn = run.instructions.data();
            const Insn* const end = insn + room;
            do {
                state.rip += insn->length;
                flow = insn->handler(*this, *insn);
                if (flow != Flow::next) [[unlikely]] break;
                ++insn;
            } while (insn != end);
            const u64 completed = static_cast<u64>(insn - run.instructions.data());
            retired += completed + (flow == Flow::branch ? 1 : 0);
            if (flow == Flow::fault) state.rip -= insn->length;
            if (!bit64()) state.rip = static_cast<u32>(state.rip);
        }
        if (flow == Flow::fault) {
            const StopReason reason = deliver_fault(*this);
            if (reason != StopReason::none) return reason;
        } else if (flow == Flow::stop) {
            ++retired;
            events_changed = true;
        }
        if (traps && flow != Flow::fault) [[unlikely]] after_single_step(*this);
        if (stop_requested) return StopReason::requested;
    }
    return StopReason::instruction_limit;
}

}  // namespace vmxsim::cpu
