// SPDX-License-Identifier: MIT
#include "machine/devices/debug_ports.hpp"

#include <string_view>

namespace vmxsim::machine {

void ShutdownPort::out(u16, unsigned, u32 value) {
    constexpr std::string_view kWord = "Shutdown";
    const char c = static_cast<char>(value);
    matched_ = c == kWord[matched_] ? matched_ + 1 : c == kWord[0] ? 1 : 0;
    if (matched_ < kWord.size()) return;
    matched_ = 0;
    exit_(0);
}

}  // namespace vmxsim::machine
