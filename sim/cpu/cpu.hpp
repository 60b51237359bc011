// SPDX-License-Identifier: MIT
// The instruction-level processor: fetch, decode once, execute, commit, events in the SDM's priority order.
// State is vmx::Processor's; what is here beside it is derived from it (mode, contexts, segment shortcuts) or a cache.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "cpu/bus.hpp"
#include "cpu/code_cache.hpp"
#include "cpu/cpuid_policy.hpp"
#include "cpu/features.hpp"
#include "cpu/flags.hpp"
#include "cpu/insn.hpp"
#include "paging/guest_walk.hpp"
#include "paging/tlb.hpp"
#include "vmcs/cpu_profile.hpp"
#include "vmx/processor.hpp"

namespace vmxsim::cpu {

// SDM table 6-1.
enum Vector : u8 {
    kDivideError = 0,
    kDebug = 1,
    kNonMaskableInterrupt = 2,
    kBreakpoint = 3,
    kOverflow = 4,
    kBoundRange = 5,
    kInvalidOpcode = 6,
    kDeviceNotAvailable = 7,
    kDoubleFault = 8,
    kInvalidTss = 10,
    kSegmentNotPresent = 11,
    kStackFault = 12,
    kGeneralProtection = 13,
    kPageFault = 14,
    kX87Error = 16,
    kAlignmentCheck = 17,
    kMachineCheck = 18,
    kSimdError = 19,
    kVirtualization = 20,
    kControlProtection = 21,
};

// The payload of Flow::fault: put here by raise(), taken by deliver_event.
struct Fault {
    u8 vector = 0;
    std::optional<u32> error_code;
    u64 address = 0;  // #PF: for CR2; #DB: bits for DR6
};

enum class CodeSize : u8 { bits16, bits32, bits64 };

// fault_loop: ten thousand faults in a row without one instruction that completes.
enum class StopReason : u8 { none, instruction_limit, halted, shutdown, requested, fault_loop };

class Cpu {
public:
    Cpu(PhysicalMemory& memory, const Capabilities& capabilities, const CpuProfile& profile, Bus& bus);
    ~Cpu();
    Cpu(const Cpu&) = delete;
    Cpu& operator=(const Cpu&) = delete;

    // Executes until `limit` instructions have retired in all, or something stops the processor. Returns earlier, as at the
    // limit, when string instructions repeat for very long, so that callers can look at their clocks.
    StopReason run(u64 limit);

    // Power-up state (SDM 9.1.1).
    void reset();

    vmx::Processor processor;
    CpuState& state = processor.state;
    StatusFlags status;  // CF, PF, AF, ZF, SF, OF; state.rflags holds the others and is whole after sync_rflags()
    const CpuProfile& profile;
    const FeatureSet features{profile};
    const CpuidPolicy cpuid;
    Bus& bus;
    Fault fault;
    u64 retired = 0;  // instructions
    bool stop_requested = false;
    bool nmi_requested = false;
    bool one_instruction_only = false;  // the next instruction runs alone: shadows, RFLAGS.TF and RF, instruction breakpoints
    bool trap_inhibited = false;        // the instruction has dealt with TF itself: software interrupts, SYSCALL

    // --- Virtual time: one tick an instruction, at a nominal kTicksPerSecond; while the processor waits (HLT), time jumps
    // to the next event. Every run is the same.
    static constexpr u64 kTicksPerSecond = 1'000'000'000;
    u64 now() const;  // exact to the instruction that executes
    u64 tsc() const { return state.tsc + now() - tsc_taken_at_; }
    void set_tsc(u64 value) {
        state.tsc = value;
        tsc_taken_at_ = now();
    }
    // Makes state.tsc the value of now: for whoever reads the state as a whole.
    void sync_tsc() { set_tsc(tsc()); }
    // Time passes without instructions.
    void skip_to(u64 tick) { skipped_ += tick - now(); }
    // A repeated string instruction leaves its run in the middle: it is not counted yet, but a tick has passed.
    void pass_portion() {
        --retired;
        ++skipped_;
        ++portions_;
        horizon_ -= horizon_ != 0 ? 1 : 0;
    }

    // --- Registers. Offsets are bytes into the register file (Insn::reg and so on).
    template <class T>
    T reg(u8 offset) const {
        T value;
        std::memcpy(&value, reinterpret_cast<const u8*>(state.general.data()) + offset, sizeof value);
        return value;
    }
    // A 32-bit result clears the upper half (SDM 3.4.1.1).
    template <class T>
    void set_reg(u8 offset, T value) {
        if constexpr (sizeof(T) == 4) {
            const u64 wide = value;
            std::memcpy(reinterpret_cast<u8*>(state.general.data()) + offset, &wide, sizeof wide);
        } else {
            std::memcpy(reinterpret_cast<u8*>(state.general.data()) + offset, &value, sizeof value);
        }
    }

    u64 rflags() const { return (state.rflags & ~kStatusFlags) | status.value(); }
    void set_rflags(u64 value) {
        const u64 changed = state.rflags ^ value;
        state.rflags = value;
        status.set(value);
        if ((changed & (kAc | kVm)) != 0) refresh_contexts();
        if ((changed & (kIf | kTf)) != 0 || (value & kRf) != 0) events_changed = true;
    }
    void sync_rflags() { state.rflags = rflags(); }

    // --- Mode
    CodeSize code_size() const { return code_size_; }
    bool bit64() const { return code_size_ == CodeSize::bits64; }
    unsigned cpl() const { return cpl_; }
    bool real_mode() const { return !state.protected_mode(); }
    u64 stack_mask() const { return stack_mask_; }
    // Call after any change of CR0, CR3, CR4, EFER, CS, SS, or CPL.
    void refresh_mode();
    void refresh_segment(SegmentRegister r);
    void refresh_contexts();
    paging::Mode paging_mode() const;

    // --- Exceptions
    Flow raise(u8 vector, std::optional<u32> error_code = std::nullopt) {
        fault = {vector, error_code, 0};
        return Flow::fault;
    }
    Flow general_protection(u32 error_code = 0) { return raise(kGeneralProtection, error_code); }
    Flow undefined_opcode() { return raise(kInvalidOpcode); }

    // --- Memory by segment and offset, checked as an explicit data access of the current privilege level
    u64 effective_address(const Insn& insn) const {
        u64 address = static_cast<u64>(i64{insn.displacement32}) + insn.displacement64 + reg<u64>(insn.base) +
                      reg<u64>(insn.index) * insn.scale;
        if (insn.has(kRipRelative)) address += state.rip;
        if (insn.address_size == 8) [[likely]]
            return address;
        return insn.address_size == 4 ? static_cast<u32>(address) : static_cast<u16>(address);
    }
    Result<u64> linear_address(SegmentRegister segment, u64 offset, unsigned size, bool write);

    template <class T>
    Result<T> read(SegmentRegister segment, u64 offset) {
        const u64 linear = TRY(linear_address(segment, offset, sizeof(T), false));
        return read_linear<T>(linear);
    }
    template <class T>
    Flow write(SegmentRegister segment, u64 offset, T value) {
        const u64 linear = TRY(linear_address(segment, offset, sizeof(T), true));
        return write_linear<T>(linear, value);
    }
    template <class T>
    Result<T> read_operand(const Insn& insn) {
        return read<T>(static_cast<SegmentRegister>(insn.segment), effective_address(insn));
    }
    template <class T>
    Flow write_operand(const Insn& insn, T value) {
        return write<T>(static_cast<SegmentRegister>(insn.segment), effective_address(insn), value);
    }
    // Read, change, write: `change` maps the old value to the new one and is called at most once.
    template <class T, class F>
    Flow modify_operand(const Insn& insn, F change) {
        const u64 offset = effective_address(insn);
        const u64 linear = TRY(linear_address(static_cast<SegmentRegister>(insn.segment), offset, sizeof(T), true));
        if (const auto* entry = tlb.find(paging::Access::write, linear, data_context_); entry && fits<T>(linear)) [[likely]] {
            T value;
            u8* place = entry->host + (linear & 0xFFF);
            std::memcpy(&value, place, sizeof value);
            value = change(value);
            std::memcpy(place, &value, sizeof value);
            return Flow::next;
        }
        const T old = static_cast<T>(TRY(read_slow(linear, sizeof(T), data_access(paging::Access::write))));
        return write_slow(linear, sizeof(T), change(old), data_access(paging::Access::write));
    }

    // --- Memory by linear address
    template <class T>
    Result<T> read_linear(u64 linear) {
        if (const auto* entry = tlb.find(paging::Access::read, linear, data_context_); entry && fits<T>(linear)) [[likely]] {
            T value;
            std::memcpy(&value, entry->host + (linear & 0xFFF), sizeof value);
            return value;
        }
        return static_cast<T>(TRY(read_slow(linear, sizeof(T), data_access(paging::Access::read))));
    }
    template <class T>
    Flow write_linear(u64 linear, T value) {
        if (const auto* entry = tlb.find(paging::Access::write, linear, data_context_); entry && fits<T>(linear)) [[likely]] {
            std::memcpy(entry->host + (linear & 0xFFF), &value, sizeof value);
            return Flow::next;
        }
        return write_slow(linear, sizeof(T), value, data_access(paging::Access::write));
    }
    // The host's bytes behind `size` bytes of one page, when an access to them needs no check that has not been made; else null.
    u8* host_bytes(u64 linear, u64 size, paging::Access access) {
        if ((linear & 0xFFF) + size > 0x1000) return nullptr;
        const auto* entry = tlb.find(access, linear, data_context_);
        return entry == nullptr ? nullptr : entry->host + (linear & 0xFFF);
    }
    // Accesses of the processor itself to descriptor tables and TSSs: supervisor, whatever CPL is (SDM 4.6).
    template <class T>
    Result<T> read_system(u64 linear) {
        return static_cast<T>(TRY(read_slow(linear, sizeof(T), {paging::Access::read, false, false})));
    }
    template <class T>
    Flow write_system(u64 linear, T value) {
        return write_slow(linear, sizeof(T), value, {paging::Access::write, false, false});
    }
    Result<u64> read_slow(u64 linear, unsigned size, const paging::Request& request);
    Flow write_slow(u64 linear, unsigned size, u64 value, const paging::Request& request);
    // Faults as the access would, changes nothing but accessed and dirty flags.
    Flow probe(u64 linear, unsigned size, const paging::Request& request);
    // The physical address of one byte, after all checks.
    Result<u64> translate(u64 linear, const paging::Request& request);
    paging::Request data_access(paging::Access access) const { return {access, cpl_ == 3, (state.rflags & kAc) != 0}; }

    // --- The stack
    template <class T>
    Flow push(T value);
    template <class T>
    Result<T> pop();

    // --- Translations and decoded code
    void flush_address_space();   // MOV to CR3 and the like
    void flush_page(u64 linear);  // INVLPG
    void code_page_written(u64 physical_page);
    paging::Tlb tlb;
    bool events_changed = true;  // look for interrupts and traps before the next block
    // Look for them before the next instruction.
    void look_for_events() {
        events_changed = true;
        run_end_ = nullptr;
    }

    // --- Breakpoints (SDM 17.2.4)
    enum class Watched : u8 { instruction = 0, write = 1, io = 2, access = 3 };  // DR7.R/Wn
    // After DR0-DR3, DR7 or CR4.DE have changed.
    void refresh_breakpoints();
    // IN, OUT, INS and OUTS call it after the access.
    void watch_io(u16 port, unsigned size) {
        if (watches_io_) [[unlikely]]
            note_hits(breakpoint_hits(Watched::io, port, size));
    }

private:
    template <class T>
    static bool fits(u64 linear) {
        return (linear & 0xFFF) <= 0x1000 - sizeof(T);
    }

    struct SegmentShortcut {
        u64 base = 0;
        bool reads_freely = false, writes_freely = false;  // no limit, no rights to check
    };
    std::array<SegmentShortcut, kSegmentRegisterCount> shortcuts_{};
    CodeSize code_size_ = CodeSize::bits16;
    unsigned cpl_ = 0;
    u64 stack_mask_ = 0xFFFF;
    u64 data_context_ = 0, system_context_ = 0, fetch_context_ = 0;
    u64 next_context_ = 1;
    bool has_large_pages_ = false;  // some entry of the TLB is a part of a larger page
    // What a translation depends on apart from the linear address; see paging/tlb.hpp.
    struct Context {
        paging::Mode mode;
        bool user, smap_exempt;
        u64 number;
    };
    std::vector<Context> contexts_;
    u64 context_number(const paging::Mode& mode, bool user, bool smap_exempt);
    u64 context_of(const paging::Request& request) const;
    // The page of one byte, after all checks; fills the TLB where the page is memory.
    Result<paging::Translation> walk(u64 linear, const paging::Request& request);
    std::unique_ptr<CodeCache> code_;
    // The run that executes: where it ends, and where it began, for now() and look_for_events().
    const Insn* run_begin_ = nullptr;
    const Insn* run_end_ = nullptr;
    size_t run_length_ = 0;
    u64 run_rip_ = 0;
    u64 horizon_ = 0;       // `retired` may not pass it without a look at the clock
    u64 portions_ = 0;      // of string instructions, since run() last looked
    u64 skipped_ = 0;       // ticks that passed without instructions
    u64 tsc_taken_at_ = 0;  // the tick at which the TSC was state.tsc
    Flow execute(u64 room);
    StopReason execute_alone();
    void plan(u64 limit);

    bool watches_code_ = false, watches_data_ = false, watches_io_ = false;
    bool breakpoints_enabled_ = false;
    u64 breakpoint_hits(Watched kind, u64 address, unsigned size) const;
    void note_hits(u64 hits) {
        if (hits == 0) return;
        state.pending_debug_exceptions |= hits | bit(12);
        look_for_events();
    }
    void watch_data(u64 linear, unsigned size, bool write);
    bool watches_page(u64 linear) const;
    friend StopReason take_events(Cpu& cpu);

    Run crossing_;  // the one instruction that crosses a page, decoded anew each time
    Result<const Run*> fetch();
    Result<const Run*> decode_run(u64 linear, u64 physical);
};

}  // namespace vmxsim::cpu
