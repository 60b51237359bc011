// SPDX-License-Identifier: MIT
// Control words and their bits.
#pragma once

#include <iterator>
#include <optional>
#include <string_view>

#include "base/types.hpp"

namespace vmxsim::spec {

enum class ControlWord : u8 { pin, primary, secondary, tertiary, exit, exit2, entry, vmfunc };
inline constexpr size_t kControlWordCount = 8;

// One enumerator a bit: Control::primary_hlt_exiting.
enum class Control : u8 {
#define VMX_CONTROL(word, bit, default1, identifier, name, vmxcap, linux_name) word##_##identifier,
#include "spec/vmx_controls.def"
#undef VMX_CONTROL
    none
};

struct ControlInfo {
    ControlWord word;
    u8 bit;
    bool default1;                 // SDM A.2: the plain capability MSR reports the bit as always 1
    std::string_view identifier;   // hlt_exiting
    std::string_view name;         // as in the SDM: "HLT exiting"
    std::string_view vmxcap_name;  // as vmxcap prints it; empty when vmxcap does not know the bit
    std::string_view linux_name;   // CPU_BASED_HLT_EXITING; empty when Linux has none
};

inline constexpr ControlInfo kControls[] = {
#define VMX_CONTROL(word, bit, default1, identifier, name, vmxcap, linux_name) \
    {ControlWord::word, bit, default1 != 0, #identifier, name, vmxcap, linux_name},
#include "spec/vmx_controls.def"
#undef VMX_CONTROL
};
inline constexpr size_t kControlCount = std::size(kControls);

constexpr const ControlInfo& info(Control control) { return kControls[static_cast<size_t>(control)]; }

// The control in a bit of a word; nothing where the SDM defines none.
constexpr std::optional<Control> find_control(ControlWord word, unsigned bit) {
    for (size_t i = 0; i < kControlCount; ++i)
        if (kControls[i].word == word && kControls[i].bit == bit) return static_cast<Control>(i);
    return std::nullopt;
}

// tertiary, exit2 and vmfunc have 64 bits, the others 32.
constexpr unsigned bit_count(ControlWord word) {
    return word == ControlWord::tertiary || word == ControlWord::exit2 || word == ControlWord::vmfunc ? 64 : 32;
}

// The MSRs that report what the word may be; true_msr is 0 when the word has none (SDM A.3 to A.5).
struct ControlMsrs {
    u32 plain, true_msr;
};
constexpr ControlMsrs msrs_of(ControlWord word) {
    constexpr ControlMsrs kMsrsOf[] = {{0x481, 0x48D}, {0x482, 0x48E}, {0x48B, 0},     {0x492, 0},
                                       {0x483, 0x48F}, {0x493, 0},     {0x484, 0x490}, {0x491, 0}};
    return kMsrsOf[static_cast<size_t>(word)];
}

std::optional<ControlWord> find_control_word(std::string_view name);  // "pin", "exit2", in any case

std::string_view to_string(ControlWord word);    // "pin", "exit2": the contract's word names
std::string_view sdm_section(ControlWord word);  // "24.6.1": where the SDM lists the bits

}  // namespace vmxsim::spec
