// SPDX-License-Identifier: MIT
// What the fields that a dump does not show most likely hold. Never an answer by itself: only to tell the rules that a
// reader should look at from those whose condition is rare (virtual-8086 mode, SMM, an optional control).
#pragma once

#include "import/dump.hpp"
#include "vmcs/capabilities.hpp"

namespace vmxsim::report {

Vmcs likely_values(const import::DumpedVmcs& dump, const Capabilities& cpu);

}  // namespace vmxsim::report
