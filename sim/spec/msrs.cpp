// SPDX-License-Identifier: MIT
#include "spec/msrs.hpp"

#include "spec/text.hpp"

namespace vmxsim::spec {

const VmxMsrInfo* find_vmx_msr(std::string_view name) {
    constexpr std::string_view kLinuxPrefix = "MSR_";
    if (name.size() > kLinuxPrefix.size() && same_ignoring_case(name.substr(0, kLinuxPrefix.size()), kLinuxPrefix))
        name.remove_prefix(kLinuxPrefix.size());
    for (const VmxMsrInfo& msr : kVmxMsrs)
        if (same_ignoring_case(name, msr.name) || same_ignoring_case(name, msr.identifier)) return &msr;
    return nullptr;
}

std::string_view to_string(VmxMsrFieldKind kind) {
    constexpr std::string_view kNames[] = {"flag", "number", "mask"};
    return kNames[static_cast<size_t>(kind)];
}

}  // namespace vmxsim::spec
