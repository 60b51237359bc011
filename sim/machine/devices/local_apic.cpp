// SPDX-License-Identifier: MIT
#include "machine/devices/local_apic.hpp"

#include <algorithm>
#include <bit>

namespace vmxsim::machine {
namespace {

// Registers by offset / 16 (SDM table 10-1), which is also the low byte of the x2APIC MSR (table 10-6).
enum Index : unsigned {
    kId = 0x02,
    kVersion = 0x03,
    kTpr = 0x08,
    kApr = 0x09,
    kPpr = 0x0A,
    kEoi = 0x0B,
    kLdr = 0x0D,
    kDfr = 0x0E,
    kSvr = 0x0F,
    kIsr = 0x10,
    kTmr = 0x18,
    kIrr = 0x20,
    kEsr = 0x28,
    kLvtCmci = 0x2F,
    kIcr = 0x30,
    kIcrHigh = 0x31,
    kLvtTimer = 0x32,
    kLvtThermal = 0x33,
    kLvtPerformance = 0x34,
    kLvtLint0 = 0x35,
    kLvtLint1 = 0x36,
    kLvtError = 0x37,
    kInitialCount = 0x38,
    kCurrentCount = 0x39,
    kDivide = 0x3E,
    kSelfIpi = 0x3F,
};
enum DeliveryMode : unsigned { kFixed = 0, kLowestPriority = 1, kSmi = 2, kNmi = 4, kInit = 5, kStartUp = 6, kExtInt = 7 };
enum Error : unsigned { kSendIllegalVector = 5, kReceiveIllegalVector = 6, kIllegalRegister = 7 };

constexpr u32 kVersionValue = 0x00060015;  // seven LVT entries, integrated APIC
constexpr u32 kMasked = 1u << 16;

// Writable bits of the LVT entries, in the order of Lvt (SDM figure 10-8).
constexpr u32 kLvtWritable[] = {0x000700FF, 0x000107FF, 0x000107FF, 0x0001A7FF, 0x0001A7FF, 0x000100FF, 0x000107FF};

void set_vector(std::array<u32, 8>& vectors, u8 vector, bool value) {
    u32& word = vectors[vector / 32u];
    word = value ? word | 1u << vector % 32 : word & ~(1u << vector % 32);
}
bool has_vector(const std::array<u32, 8>& vectors, u8 vector) { return (vectors[vector / 32u] >> vector % 32 & 1) != 0; }
std::optional<u8> highest(const std::array<u32, 8>& vectors) {
    for (unsigned i = 8; i-- > 0;)
        if (vectors[i] != 0) return static_cast<u8>(i * 32 + 31 - static_cast<unsigned>(std::countl_zero(vectors[i])));
    return std::nullopt;
}

std::optional<unsigned> lvt_of(unsigned index) {
    if (index == kLvtCmci) return 6;
    if (index >= kLvtTimer && index <= kLvtError) return index - kLvtTimer;
    return std::nullopt;
}

}  // namespace

LocalApic::LocalApic(cpu::Cpu& cpu) : cpu_(cpu) {
    reset();
    spurious_ = 0x1FF;
    lvt_[kLint0] = kExtInt << 8;
    lvt_[kLint1] = kNmi << 8;
}

// SDM 10.4.7.1. The ID stays.
void LocalApic::reset() {
    logical_destination_ = 0;
    destination_format_ = ~0u;
    spurious_ = 0xFF;
    error_status_ = pending_errors_ = divide_ = initial_count_ = 0;
    task_priority_ = 0;
    cpu_.state.cr8 = 0;
    command_ = 0;
    lvt_.fill(kMasked);
    requests_ = in_service_ = level_triggered_ = {};
    counts_ = false;
    deadline_ = 0;
}

void LocalApic::base_changed(u64 old) {
    const u64 before = bits(old, 11, 10), now = bits(base(), 11, 10);
    if (before == now) return;
    if (before == 0) reset();  // SDM 10.4.3: enabled again, it is as after power-up
    if (now == 3) {
        id_ = 0;  // the x2APIC ID is 0 again, whatever software made of the xAPIC's
        command_ &= 0xFFFFFFFF;
    }
    if (now == 0) {
        requests_ = in_service_ = {};
        counts_ = false;
        deadline_ = 0;
    }
}

// CR8 is bits 7:4 of the TPR (SDM 10.8.6.1).
u8 LocalApic::task_priority() const {
    const u8 high = static_cast<u8>(cpu_.state.cr8 << 4);
    return high == (task_priority_ & 0xF0) ? task_priority_ : high;
}

u8 LocalApic::processor_priority() const {
    const u8 task = task_priority();
    const u8 served = highest(in_service_).value_or(0);
    return task >> 4 >= served >> 4 ? task : served & 0xF0;
}

bool LocalApic::interrupt_requested() const {
    if (!enabled()) return false;
    const auto vector = highest(requests_);
    return vector && *vector >> 4 > processor_priority() >> 4;
}

u8 LocalApic::acknowledge() {
    if (!interrupt_requested()) return static_cast<u8>(spurious_);
    const u8 vector = *highest(requests_);
    set_vector(requests_, vector, false);
    set_vector(in_service_, vector, true);
    return vector;
}

bool LocalApic::passes_external_interrupts() const {
    if (!enabled()) return true;
    return (lvt_[kLint0] & kMasked) == 0 && bits(lvt_[kLint0], 10, 8) == kExtInt;
}

void LocalApic::accept(const Message& message) {
    if (!enabled()) return;
    switch (message.delivery_mode) {
        case kFixed:
        case kLowestPriority:
            if (message.vector < 16) return error(kReceiveIllegalVector);
            if (!in_software()) return;  // SDM 10.4.7.2: fixed interrupts are not taken while it is off
            set_vector(requests_, message.vector, true);
            set_vector(level_triggered_, message.vector, message.level);
            break;
        case kNmi: cpu_.nmi_requested = true; break;
        default: return;  // SMI: no SMM; INIT and start-up: the only processor does not restart itself
    }
    cpu_.look_for_events();
}

bool LocalApic::is_destination(u32 destination, bool logical) const {
    const u32 broadcast = x2apic() ? ~0u : 0xFF;
    if (destination == broadcast) return true;
    if (!logical) return destination == (x2apic() ? id_ : id_ >> 24);
    if (x2apic()) return destination >> 16 == 0 && (destination & 1) != 0;
    const u32 mine = logical_destination_ >> 24;
    if (destination_format_ >> 28 == 0xF) return (mine & destination) != 0;   // flat
    return mine >> 4 == destination >> 4 && (mine & destination & 0xF) != 0;  // cluster
}

void LocalApic::error(u32 bit_of_it) {
    pending_errors_ |= 1u << bit_of_it;
    raise_lvt(kError);
}

void LocalApic::raise_lvt(Lvt which) {
    const u32 entry = lvt_[which];
    if ((entry & kMasked) != 0) return;
    const bool has_mode = which != kTimer && which != kError;
    // A bad vector in the error entry must not report itself for ever.
    if (which == kError && (entry & 0xFF) < 16) return;
    accept({static_cast<u8>(entry), has_mode ? static_cast<unsigned>(bits(entry, 10, 8)) : unsigned{kFixed}, false});
}

void LocalApic::end_of_interrupt() {
    const auto vector = highest(in_service_);
    if (!vector) return;
    set_vector(in_service_, *vector, false);
    if (has_vector(level_triggered_, *vector) && on_level_eoi) on_level_eoi(*vector);
    cpu_.look_for_events();
}

void LocalApic::send(u64 command) {
    const unsigned shorthand = static_cast<unsigned>(bits(command, 19, 18)), mode = static_cast<unsigned>(bits(command, 10, 8));
    const u8 vector = static_cast<u8>(command);
    const u32 destination = static_cast<u32>(x2apic() ? command >> 32 : command >> 56);
    enum { kByDestination, kSelf, kAll, kAllButSelf };
    if ((mode == kFixed || mode == kLowestPriority) && vector < 16) return error(kSendIllegalVector);
    const bool mine = shorthand == kSelf || shorthand == kAll ||
                      (shorthand == kByDestination && is_destination(destination, is_set(command, 11)));
    if (mine) accept({vector, mode, false});
}

// --- The timer (SDM 10.5.4). Its clock is the tick of Cpu::now(), divided.

u64 LocalApic::divisor() const {
    const unsigned code = (divide_ & 3) | (divide_ >> 1 & 4);
    return code == 7 ? 1 : u64{2} << code;
}

u32 LocalApic::current_count() const {
    if (!counts_ || deadline_mode()) return 0;
    const u64 passed = (cpu_.now() - timer_start_) / divisor();
    if (periodic()) return static_cast<u32>(initial_count_ - passed % initial_count_);
    return passed >= initial_count_ ? 0 : static_cast<u32>(initial_count_ - passed);
}

// The count goes on from where it is at the new rate.
void LocalApic::set_divide(u32 value) {
    const u32 count = current_count();
    divide_ = value;
    if (counts_) timer_start_ = cpu_.now() - std::min(cpu_.now(), u64{initial_count_ - count} * divisor());
}

u64 LocalApic::next_event() const {
    if (!enabled()) return cpu::kNever;
    if (deadline_mode()) {
        if (deadline_ == 0) return cpu::kNever;
        const u64 tsc = cpu_.tsc(), now = cpu_.now();
        return deadline_ <= tsc ? now : deadline_ - tsc > cpu::kNever - now ? cpu::kNever : now + (deadline_ - tsc);
    }
    return counts_ ? timer_start_ + u64{initial_count_} * divisor() : cpu::kNever;
}

void LocalApic::advance(u64 now) {
    if (next_event() > now) return;
    if (deadline_mode()) {
        deadline_ = 0;
    } else if (periodic()) {
        const u64 length = u64{initial_count_} * divisor();
        timer_start_ += (now - timer_start_) / length * length;
    } else {
        counts_ = false;
    }
    raise_lvt(kTimer);
}

// --- Registers

u32 LocalApic::register_at(unsigned index) {
    if (index >= kIsr && index < kIsr + 8) return in_service_[index - kIsr];
    if (index >= kTmr && index < kTmr + 8) return level_triggered_[index - kTmr];
    if (index >= kIrr && index < kIrr + 8) return requests_[index - kIrr];
    if (const auto which = lvt_of(index)) return lvt_[*which];
    switch (index) {
        case kId: return id_;
        case kVersion: return kVersionValue;
        case kTpr: return task_priority();
        case kApr: return processor_priority();
        case kPpr: return processor_priority();
        case kLdr: return x2apic() ? 1u << (id_ & 15) | id_ >> 4 << 16 : logical_destination_;
        case kDfr: return destination_format_;
        case kSvr: return spurious_;
        case kEsr: return error_status_;
        case kIcr: return static_cast<u32>(command_);
        case kIcrHigh: return static_cast<u32>(command_ >> 32);
        case kInitialCount: return initial_count_;
        case kCurrentCount: return current_count();
        case kDivide: return divide_;
        default: return 0;
    }
}

bool LocalApic::set_register(unsigned index, u32 value) {
    if (const auto which = lvt_of(index)) {
        u32 entry = value & kLvtWritable[*which];
        if (!in_software()) entry |= kMasked;
        if (*which == kTimer) {
            // SDM 10.5.4.1: changing to or from deadline mode disarms the timer.
            const bool was_deadline = deadline_mode();
            lvt_[kTimer] = entry;
            if (was_deadline != deadline_mode()) {
                deadline_ = 0;
                counts_ = false;
            }
            return true;
        }
        lvt_[*which] = entry;
        return true;
    }
    switch (index) {
        case kId: id_ = value & 0xFF000000; return true;
        case kTpr:
            task_priority_ = static_cast<u8>(value);
            cpu_.state.cr8 = task_priority_ >> 4;
            return true;
        case kEoi: end_of_interrupt(); return true;
        case kLdr: logical_destination_ = value & 0xFF000000; return true;
        case kDfr: destination_format_ = value | 0x0FFFFFFF; return true;
        case kSvr:
            spurious_ = value & 0x3FF;  // no suppression of EOI broadcasts
            if (!in_software())
                for (u32& entry : lvt_) entry |= kMasked;
            return true;
        case kEsr: error_status_ = std::exchange(pending_errors_, 0); return true;
        case kIcr:
            command_ = (command_ & ~u64{0xFFFFFFFF}) | (value & ~u32{0x1000});  // delivery is immediate: never pending
            send(command_);
            return true;
        case kIcrHigh: command_ = u64{value & 0xFF000000} << 32 | static_cast<u32>(command_); return true;
        case kInitialCount:
            if (deadline_mode()) return true;  // ignored
            initial_count_ = value;
            timer_start_ = cpu_.now();
            counts_ = value != 0;
            return true;
        case kDivide: set_divide(value & 0xB); return true;
        default: return false;
    }
}

u64 LocalApic::read(u64 offset, unsigned size) {
    const unsigned index = static_cast<unsigned>(offset >> 4);
    // SDM 10.4.1: only 32-bit accesses at multiples of 16 are defined; the 12 bytes behind each register are reserved.
    if ((offset & 15) + size > 4 && size <= 4) return 0;
    if (index > kDivide) {
        error(kIllegalRegister);
        return 0;
    }
    return register_at(index) >> 8 * (offset & 3);
}

void LocalApic::write(u64 offset, unsigned size, u64 value) {
    if ((offset & 15) != 0 || size < 4) return;
    const unsigned index = static_cast<unsigned>(offset >> 4);
    if (index >= kSelfIpi)
        error(kIllegalRegister);
    else
        (void)set_register(index, static_cast<u32>(value));
}

std::optional<u64> LocalApic::read_msr(u32 msr) {
    if (msr == 0x6E0) return deadline_mode() ? deadline_ : 0;
    if (!x2apic()) return std::nullopt;
    const unsigned index = msr & 0xFF;
    const bool readable = index == kId || index == kVersion || index == kTpr || index == kPpr || index == kLdr || index == kSvr ||
                          (index >= kIsr && index <= kEsr) || lvt_of(index) || index == kIcr || index == kInitialCount ||
                          index == kCurrentCount || index == kDivide;
    if (!readable) return std::nullopt;
    return index == kIcr ? command_ : register_at(index);
}

bool LocalApic::write_msr(u32 msr, u64 value) {
    if (msr == 0x6E0) {
        if (deadline_mode()) deadline_ = value;  // ignored in the other modes (SDM 10.5.4.1)
        return true;
    }
    if (!x2apic()) return false;
    const unsigned index = msr & 0xFF;
    // Reserved bits are #GP in x2APIC mode (SDM 10.12.1.3).
    const auto within = [&](u64 allowed) { return (value & ~allowed) == 0; };
    if (const auto which = lvt_of(index))
        return within(kLvtWritable[*which] | 0x5000) && set_register(index, static_cast<u32>(value));
    switch (index) {
        case kTpr: return within(0xFF) && set_register(index, static_cast<u32>(value));
        case kEoi:
        case kEsr: return value == 0 && set_register(index, 0);
        case kSvr: return within(0x3FF) && set_register(index, static_cast<u32>(value));
        case kIcr:
            if (!within(0xFFFFFFFF000CDFFF)) return false;
            command_ = value & ~u64{0x1000};
            send(command_);
            return true;
        case kInitialCount: return within(0xFFFFFFFF) && set_register(index, static_cast<u32>(value));
        case kDivide: return within(0xB) && set_register(index, static_cast<u32>(value));
        case kSelfIpi:
            if (!within(0xFF)) return false;
            if (value < 16)
                error(kSendIllegalVector);
            else
                accept({static_cast<u8>(value), kFixed, false});
            return true;
        default: return false;
    }
}

}  // namespace vmxsim::machine
