// SPDX-License-Identifier: MIT
// Our processor with the same address space at CPL 3, and an IDT whose handlers tell which exception was raised.
#pragma once

#include "cpu/bare_machine.hpp"
#include "cpu/host/host_case.hpp"

namespace vmxsim::cpu::tests {

// The default profile with the CPUID leaves of the processor that this runs on.
CpuProfile profile_of_host();

class SimulatedProcess {
public:
    explicit SimulatedProcess(const CpuProfile& profile);

    Outcome run(const HostCase& host_case, Contents& contents);

private:
    void map(u64 linear, u64 physical, u64 size, u64 flags);
    void write_tables();

    PhysicalMemory memory_;
    NoDevices bus_;
    const CpuProfile profile_;
    Capabilities capabilities_{profile_};
    Cpu cpu_{memory_, capabilities_, profile_, bus_};
};

}  // namespace vmxsim::cpu::tests
