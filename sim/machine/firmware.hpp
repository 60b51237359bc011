// SPDX-License-Identifier: MIT
// What a PC's firmware leaves in memory for an operating system: the BIOS data area and the ACPI tables (ACPI 6.4, chapter 5).
#pragma once

#include "memory/physical_memory.hpp"

namespace vmxsim::machine {

void write_firmware_tables(PhysicalMemory& memory);

}  // namespace vmxsim::machine
