// SPDX-License-Identifier: MIT
// Is a value an EPT pointer that a VM entry with "enable EPT" would accept (SDM 24.6.11, 26.2.1.1)? INVEPT and EPTP
// switching ask the same.
#pragma once

#include "base/bits.hpp"
#include "vmcs/capabilities.hpp"

namespace vmxsim::vmx {

inline bool valid_eptp(const Capabilities& cpu, u64 eptp) {
    const u64 memory_type = bits(eptp, 2, 0), levels = bits(eptp, 5, 3) + 1;
    const bool memory_type_supported =
        (memory_type == 0 && is_set(cpu.ept_vpid, 8)) || (memory_type == 6 && is_set(cpu.ept_vpid, 14));
    const bool levels_supported = (levels == 4 && is_set(cpu.ept_vpid, 6)) || (levels == 5 && is_set(cpu.ept_vpid, 7));
    const bool accessed_and_dirty_supported = !is_set(eptp, 6) || is_set(cpu.ept_vpid, 21);
    const bool shadow_stack_control_supported = !is_set(eptp, 7) || is_set(cpu.ept_vpid, 23);
    return memory_type_supported && levels_supported && accessed_and_dirty_supported && shadow_stack_control_supported &&
           bits(eptp, 11, 8) == 0 && cpu.physical_address_in_range(eptp);
}

}  // namespace vmxsim::vmx
