// SPDX-License-Identifier: MIT
// The local APIC of the one processor (SDM 10): xAPIC page and x2APIC MSRs over one set of registers, the timer in its three
// modes. It begins as firmware leaves it: enabled, LINT0 passing the 8259A's interrupts on, LINT1 for NMIs.
#pragma once

#include <array>
#include <functional>
#include <optional>

#include "cpu/cpu.hpp"
#include "machine/device.hpp"

namespace vmxsim::machine {

class LocalApic : public MemoryDevice, public TimedDevice {
public:
    explicit LocalApic(cpu::Cpu& cpu);

    bool enabled() const { return is_set(base(), 11); }  // by IA32_APIC_BASE
    bool x2apic() const { return bits(base(), 11, 10) == 3; }
    bool owns(u64 page) const { return bits(base(), 11, 10) == 2 && (base() & ~u64{0xFFF}) == page; }

    // An interrupt message on the system bus.
    struct Message {
        u8 vector = 0;
        unsigned delivery_mode = 0;  // as in the ICR and in redirection entries
        bool level = false;
    };
    void accept(const Message& message);
    // Whether a message to this destination is for this processor.
    bool is_destination(u32 destination, bool logical) const;

    bool interrupt_requested() const;
    u8 acknowledge();
    // Whether the 8259A's output reaches the processor: through LINT0 in ExtINT mode, or directly when the APIC is off.
    bool passes_external_interrupts() const;
    // Called with the vector at the EOI of a level-triggered interrupt.
    std::function<void(u8)> on_level_eoi;

    void base_changed(u64 old);

    // The page, by byte offset.
    u64 read(u64 offset, unsigned size) override;
    void write(u64 offset, unsigned size, u64 value) override;
    // 800H-8FFH and IA32_TSC_DEADLINE.
    std::optional<u64> read_msr(u32 msr);
    bool write_msr(u32 msr, u64 value);

    u64 next_event() const override;
    void advance(u64 now) override;

private:
    using Vectors = std::array<u32, 8>;
    enum Lvt : unsigned { kTimer, kThermal, kPerformance, kLint0, kLint1, kError, kCmci, kLvtCount };

    u64 base() const { return cpu_.state.msrs.apic_base; }
    void reset();
    u32 register_at(unsigned index);               // index: offset / 16
    bool set_register(unsigned index, u32 value);  // false: it is not there or cannot be written
    bool in_software() const { return is_set(spurious_, 8); }
    u8 task_priority() const;
    u8 processor_priority() const;
    void end_of_interrupt();
    void send(u64 command);
    void raise_lvt(Lvt which);
    void error(u32 bit_of_it);
    bool deadline_mode() const { return bits(lvt_[kTimer], 18, 17) == 2; }
    bool periodic() const { return bits(lvt_[kTimer], 18, 17) == 1; }
    u64 divisor() const;
    u32 current_count() const;
    void set_divide(u32 value);

    cpu::Cpu& cpu_;
    u32 id_ = 0, logical_destination_ = 0, destination_format_ = ~0u, spurious_ = 0xFF, error_status_ = 0, pending_errors_ = 0,
        divide_ = 0, initial_count_ = 0;
    u8 task_priority_ = 0;
    u64 command_ = 0;
    std::array<u32, kLvtCount> lvt_{};
    Vectors requests_{}, in_service_{}, level_triggered_{};
    u64 timer_start_ = 0;  // the tick at which the count was the initial one
    bool counts_ = false;  // the one-shot count has not reached zero, or the timer is periodic
    u64 deadline_ = 0;     // IA32_TSC_DEADLINE
};

}  // namespace vmxsim::machine
