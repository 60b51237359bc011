// SPDX-License-Identifier: MIT
// A machine: memory, one processor, devices, all owned by value; many live in one process.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "cpu/cpu.hpp"
#include "machine/device.hpp"
#include "machine/devices/serial.hpp"

namespace vmxsim::machine {

struct Outputs {
    std::function<void(char)> serial, debug_console;
};

class Machine : public cpu::Bus {
public:
    // memory_bytes: RAM from address 0, with the hole of a PC below 1 MByte and below 4 GByte.
    Machine(const CpuProfile& profile, u64 memory_bytes, Outputs outputs);

    // --- The processor's view
    bool is_memory(u64 page) const override;
    u64 read_device(u64 address, unsigned size) override;
    void write_device(u64 address, unsigned size, u64 value) override;
    u32 in(u16 port, unsigned size) override;
    void out(u16 port, unsigned size, u32 value) override;
    bool interrupt_requested() override;
    u8 acknowledge_interrupt() override;

    // Runs until the guest ends, something stops the processor, or `limit` instructions have retired.
    cpu::StopReason run(u64 limit) { return cpu.run(limit); }

    PhysicalMemory memory;
    u64 memory_bytes;
    Capabilities capabilities;
    cpu::Cpu cpu;
    std::optional<int> guest_status;  // what the guest gave through port F4H or 8900H
    u64 accesses_to_nothing = 0;

private:
    void exit_with(int status);

    Serial serial_;
    std::function<void(char)> debug_console_;
    size_t shutdown_matched_ = 0;  // how much of "Shutdown" port 8900H has seen
};

}  // namespace vmxsim::machine
