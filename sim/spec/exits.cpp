// SPDX-License-Identifier: MIT
#include "spec/exits.hpp"

namespace vmxsim::spec {

std::string_view to_string(ExitDelivery delivery) {
    constexpr std::string_view kNames[] = {"fault-like",       "trap-like", "between instructions",
                                           "VM-entry failure", "other",     "none"};
    return kNames[static_cast<size_t>(delivery)];
}

}  // namespace vmxsim::spec
