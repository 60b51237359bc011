// SPDX-License-Identifier: MIT
// The processor that vmxsim itself runs on, read through Linux's msr driver.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "vmcs/cpu_profile.hpp"

namespace vmxsim::import {

// Where the values come from; a test gives its own.
struct HostAccess {
    std::vector<std::string> msr_devices;  // tried in this order
    std::function<CpuidLeaf(u32 leaf, u32 subleaf)> cpuid;
};
HostAccess this_machine();  // /dev/cpu/0/msr, then /dev/msr0

// Throws InputError that says everything that stands in the way: no VMX, another vendor, no driver, no permission.
CpuProfile read_host_profile(const HostAccess& access);

}  // namespace vmxsim::import
