// SPDX-License-Identifier: MIT
// Capability MSRs as people have them: the output of rdmsr, AIDA64 dumps, lists typed by hand.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vmcs/cpu_profile.hpp"

namespace vmxsim::import {

struct MsrText {
    std::map<u32, std::optional<u64>> msrs;  // 3AH, 480H-493H; no value: the text says that reading it failed
    std::vector<CpuidLeaf> cpuid;            // of the first logical processor that the text shows
    std::vector<std::string> warnings;       // "line 7: 0x480 is given again with another value"
};

// Lines such as
//     0x480 0x00da040000000004          480: da0400`00000004            480h = 00DA040000000004h
//     IA32_VMX_BASIC = 0x..             MSR 0x480: 0x..                 rdmsr 0x480, then the value on the next line
//     MSR 00000480: 00DA-0400-0000-0004 [S200]                          MSR 00000492: < FAILED >
//     CPUID 00000001: 000506E3-00100800-7FFAFBFF-BFEBFBFF [SL 00]
// Other MSRs and lines that speak of none are passed over. Throws InputError when a line names one of these MSRs and
// its value cannot be read, or when there is no such MSR at all.
MsrText parse_msr_text(std::string_view text, const std::string& file);

}  // namespace vmxsim::import
