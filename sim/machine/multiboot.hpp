// SPDX-License-Identifier: MIT
// Multiboot 1 (the specification 0.6.96): an ELF32, ELF64 or flat image is put into a machine's memory together with its
// modules, memory map and command line, and the processor is left as GRUB leaves it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "machine/machine.hpp"

namespace vmxsim::machine {

struct BootModule {
    std::string name;  // for error messages
    std::vector<u8> contents;
    std::string arguments;
};

struct BootImage {
    std::string name;  // for error messages, and the first word of the command line
    std::vector<u8> contents;
    std::string command_line;
    std::vector<BootModule> modules;
};

// Throws InputError on an image that is none, is truncated, or does not fit into the machine's memory.
void load_multiboot(Machine& machine, const BootImage& image);

}  // namespace vmxsim::machine
