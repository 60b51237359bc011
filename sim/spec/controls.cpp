// SPDX-License-Identifier: MIT
#include "spec/controls.hpp"

#include "spec/text.hpp"

namespace vmxsim::spec {

std::string_view to_string(ControlWord word) {
    constexpr std::string_view kNames[] = {"pin", "primary", "secondary", "tertiary", "exit", "exit2", "entry", "vmfunc"};
    return kNames[static_cast<size_t>(word)];
}

std::optional<ControlWord> find_control_word(std::string_view name) {
    for (size_t i = 0; i < kControlWordCount; ++i)
        if (same_ignoring_case(name, to_string(static_cast<ControlWord>(i)))) return static_cast<ControlWord>(i);
    return std::nullopt;
}

std::string_view sdm_section(ControlWord word) {
    constexpr std::string_view kSections[] = {"24.6.1", "24.6.2", "24.6.2", "24.6.2", "24.7.1", "24.7.1", "24.8.1", "24.6.14"};
    return kSections[static_cast<size_t>(word)];
}

}  // namespace vmxsim::spec
