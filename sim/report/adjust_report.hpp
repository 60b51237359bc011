// SPDX-License-Identifier: MIT
// A control word rounded to what a processor allows (SDM 31.5.1), and which capability bit moved each bit.
#pragma once

#include <string>
#include <vector>

#include "spec/controls.hpp"
#include "vmcs/cpu_profile.hpp"

namespace vmxsim::report {

struct AdjustedBit {
    unsigned bit;
    bool to_one;       // forced on, otherwise forced off
    std::string name;  // as in the SDM; "reserved" where it defines none
    std::string why;
};

struct Adjustment {
    std::string cpu;
    spec::ControlWord word;
    u32 msr;  // the MSR that rules: the TRUE one where it exists
    u64 asked = 0, allowed = 0;
    std::vector<AdjustedBit> changes;
};

Adjustment adjust_controls(const CpuProfile& profile, spec::ControlWord word, u64 value);

std::string to_text(const Adjustment& adjustment);
std::string to_json(const Adjustment& adjustment);

}  // namespace vmxsim::report
