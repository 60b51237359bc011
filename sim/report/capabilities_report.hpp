// SPDX-License-Identifier: MIT
// The VMX capability MSRs of a processor taken apart: control by control as vmxcap does, and everything that vmxcap does not
// show.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spec/controls.hpp"
#include "vmcs/cpu_profile.hpp"

namespace vmxsim::report {

// What may be written into one control, in vmxcap's words.
enum class ControlSetting : u8 {
    no,        // must be 0
    default1,  // "default": must be 1 by the plain MSR, but the TRUE MSR lets it be 0
    forced,    // must be 1
    yes,       // may be 0 and 1
    unknown,   // "?": the MSR contradicts itself
};

ControlSetting setting_of(const VmxMsrs& msrs, spec::Control control);
std::string_view to_string(ControlSetting setting);

// vmxcap's groups first, then, under headings of their own, what vmxcap does not know.
std::string describe_capabilities(const CpuProfile& profile);

// Only what vmxcap prints.
std::string describe_capabilities_as_vmxcap(const VmxMsrs& msrs);

// {"cpu": .., "msrs": {..}, "controls": [..], "fields": [..]}
std::string capabilities_json(const CpuProfile& profile);

}  // namespace vmxsim::report
