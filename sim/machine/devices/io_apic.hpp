// SPDX-License-Identifier: MIT
// The 82093AA I/O APIC at FEC00000H: 24 inputs, of which ISA line 0 is input 2, as the MADT says.
#pragma once

#include <array>

#include "machine/device.hpp"
#include "machine/devices/local_apic.hpp"

namespace vmxsim::machine {

class IoApic : public MemoryDevice {
public:
    static constexpr unsigned kInputs = 24;
    explicit IoApic(LocalApic& local_apic);

    void pulse(unsigned input);
    void end_of_interrupt(u8 vector);
    // Input 0, where the 8259A is, set to pass its interrupts on.
    bool passes_external_interrupts() const;

    u64 read(u64 offset, unsigned size) override;
    void write(u64 offset, unsigned size, u64 value) override;

private:
    u32 register_at(u8 index) const;
    void set_register(u8 index, u32 value);

    LocalApic& local_apic_;
    std::array<u64, kInputs> entries_;
    u8 index_ = 0;
    u32 id_ = 0;
};

}  // namespace vmxsim::machine
