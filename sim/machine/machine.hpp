// SPDX-License-Identifier: MIT
// A machine: memory, one processor, devices, all owned by value; many live in one process.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "cpu/cpu.hpp"
#include "machine/devices/board.hpp"
#include "machine/devices/debug_ports.hpp"
#include "machine/devices/io_apic.hpp"
#include "machine/devices/local_apic.hpp"
#include "machine/devices/pic.hpp"
#include "machine/devices/pit.hpp"
#include "machine/devices/rtc.hpp"
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
    u64 next_event() override;
    void advance(u64 now) override;
    std::optional<u64> read_apic_msr(u32 msr) override { return local_apic_.read_msr(msr); }
    bool write_apic_msr(u32 msr, u64 value) override { return local_apic_.write_msr(msr, value); }
    void apic_base_changed(u64 old) override { local_apic_.base_changed(old); }

    // Runs until the guest ends, something stops the processor, or `limit` instructions have retired.
    cpu::StopReason run(u64 limit) { return cpu.run(limit); }

    // RAM below 4 GByte ends here.
    static constexpr u64 kHighHole = 0xC0000000;
    // Whether all of it is RAM that can be addressed where it is.
    bool is_low_memory(u64 address, u64 size) const;

    PhysicalMemory memory;
    u64 memory_bytes;
    Capabilities capabilities;
    cpu::Cpu cpu;
    std::optional<int> guest_status;  // what the guest gave through port F4H or 8900H
    bool reset_requested = false;     // the guest has reset the machine, which ends the run
    u64 accesses_to_nothing = 0;

private:
    struct PortRoute {
        u16 first, last;
        unsigned widest;  // wider accesses are taken apart
        PortDevice* device;
    };
    PortDevice* device_at(u16 port, unsigned size, unsigned& width);
    void exit_with(int status);
    void reset();
    void interrupt_line(unsigned line);
    bool external_interrupt() const;

    LocalApic local_apic_;
    IoApic io_apic_;
    Pic pic_;
    Pit pit_;
    Rtc rtc_;
    Serial serial_;
    DebugConsole debug_console_;
    ExitPort exit_port_;
    ShutdownPort shutdown_port_;
    SystemControl system_control_;
    KeyboardController keyboard_;
    PostCode post_code_;
    PciConfiguration pci_;
    AcpiRegisters acpi_;
    std::vector<PortRoute> ports_;
};

}  // namespace vmxsim::machine
