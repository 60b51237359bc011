// SPDX-License-Identifier: MIT
// A processor with memory and no devices, set up in a mode of choice: what instruction tests run on.
#pragma once

#include <initializer_list>
#include <vector>

#include "cpu/cpu.hpp"
#include "vmcs/profiles.hpp"

namespace vmxsim::cpu::tests {

class NoDevices : public Bus {
public:
    bool is_memory(u64 page) const override { return page < 0x10000000; }
    u64 read_device(u64, unsigned) override { return ~u64{0}; }
    void write_device(u64, unsigned, u64) override {}
    u32 in(u16, unsigned) override { return ~u32{0}; }
    void out(u16, unsigned, u32) override {}
    bool interrupt_requested() override { return false; }
    u8 acknowledge_interrupt() override { return 0; }
};

// 64-bit mode, flat, identity-mapped by 1-GByte pages; code at kCode, stack below kStack.
struct BareMachine {
    static constexpr u64 kCode = 0x100000, kStack = 0x200000, kData = 0x300000;

    PhysicalMemory memory;
    NoDevices bus;
    const CpuProfile& profile = default_profile();
    Capabilities capabilities{profile};
    Cpu cpu{memory, capabilities, profile, bus};

    BareMachine() {
        constexpr u64 kPml4 = 0x1000, kPdpt = 0x2000;
        memory.write<u64>(kPml4, kPdpt | 7);
        for (u64 i = 0; i < 4; ++i) memory.write<u64>(kPdpt + 8 * i, i << 30 | 0x87);
        CpuState& state = cpu.state;
        state.cr0 = 0x80000031;
        state.cr3 = kPml4;
        state.cr4 = 0x620;
        state.msrs.efer = 0xD01;
        for (Segment& segment : state.segments) segment = {0x10, 0, 0xFFFFFFFF, {0xC093}};
        state[SegmentRegister::cs] = {0x08, 0, 0xFFFFFFFF, {0xA09B}};
        state[Register::rsp] = kStack;
        state.rip = kCode;
        cpu.refresh_mode();
    }

    void load(const std::vector<u8>& code, u64 address = kCode) { memory.write_bytes(address, code); }
    StopReason run(u64 instructions) { return cpu.run(cpu.retired + instructions); }
};

}  // namespace vmxsim::cpu::tests
