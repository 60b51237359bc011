// SPDX-License-Identifier: MIT
// The small things on the board: port 92H, the keyboard controller as far as it resets, POST codes (80H), the PCI
// configuration ports with nothing behind them, and the ACPI power-management registers that the FADT names.
#pragma once

#include "machine/device.hpp"
#include "machine/devices/debug_ports.hpp"

namespace vmxsim::machine {

using Reset = std::function<void()>;

// 92H: bit 0 resets; bit 1 is the A20 gate, which is always open.
class SystemControl : public PortDevice {
public:
    explicit SystemControl(Reset reset) : reset_(std::move(reset)) {}
    u32 in(u16, unsigned) override { return value_; }
    void out(u16, unsigned, u32 value) override;

private:
    Reset reset_;
    u8 value_ = 2;
};

// 60H and 64H: no key is ever pressed.
class KeyboardController : public PortDevice {
public:
    explicit KeyboardController(Reset reset) : reset_(std::move(reset)) {}
    u32 in(u16 port, unsigned size) override;
    void out(u16 port, unsigned size, u32 value) override;

private:
    Reset reset_;
    bool has_output_ = false, takes_data_ = false;
    u8 output_ = 0, output_port_ = 0xDF, command_byte_ = 0x61;
    u8 command_ = 0;
};

class PostCode : public PortDevice {
public:
    u32 in(u16, unsigned) override { return last_; }
    void out(u16, unsigned, u32 value) override { last_ = static_cast<u8>(value); }

private:
    u8 last_ = 0;
};

// CF8H-CFFH: no device answers. CF9H resets.
class PciConfiguration : public PortDevice {
public:
    explicit PciConfiguration(Reset reset) : reset_(std::move(reset)) {}
    u32 in(u16 port, unsigned size) override;
    void out(u16 port, unsigned size, u32 value) override;

private:
    Reset reset_;
    u32 address_ = 0;
};

class AcpiRegisters : public PortDevice {
public:
    static constexpr u16 kFirst = 0x600, kEvent = 0x600, kControl = 0x604, kTimer = 0x608, kLast = 0x60B;
    AcpiRegisters(Clock clock, Exit exit) : clock_(std::move(clock)), exit_(std::move(exit)) {}
    u32 in(u16 port, unsigned size) override;
    void out(u16 port, unsigned size, u32 value) override;

private:
    Clock clock_;
    Exit exit_;
    u32 enable_ = 0, control_ = 1;  // SCI_EN: ACPI mode from the beginning
};

}  // namespace vmxsim::machine
