// SPDX-License-Identifier: MIT
// VMCS templates that every scenario has, and the host-state capture of a kernel module.
//   golden             guest state and the fewest controls that enter on this processor, host state captured
//   blank              every field that can be written is 0
//   adjusted_controls  the four control words that every VMCS needs, as the capability MSRs require them
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenario/scenario.hpp"
#include "vmcs/capabilities.hpp"

namespace vmxsim::scenario {

bool is_built_in_template(std::string_view name);
std::string built_in_template_names();  // for messages

// The fields that exist on the processor, with what to write.
std::vector<FieldValue> built_in_template(std::string_view name, const Capabilities& cpu);
std::vector<FieldValue> host_capture(const Capabilities& cpu);

}  // namespace vmxsim::scenario
