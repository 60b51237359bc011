// SPDX-License-Identifier: MIT
// What VMREAD and VMWRITE have in common (SDM 30.3, 24.11.2; VMCS shadowing: 24.10, 25.1.3).
#pragma once

#include "vmx/instructions/endings.hpp"

namespace vmxsim::vmx {

// Operands have 64 bits in 64-bit mode and 32 bits elsewhere, whatever CS.D says.
u64 operand_of(const Processor& cpu, u64 value);

// Up to and with "is there a VMCS to access?". bitmap: of the VMREAD or the VMWRITE bitmap.
Guard guard_field_access(Processor& cpu, u64 encoding, spec::ExitReason reason, Field bitmap);

// The field, full or high half, if this processor has it.
std::optional<spec::FieldAccess> supported_field(const Processor& cpu, u64 encoding);

// The VMCS that the instruction accesses: the current one, or in VMX non-root operation the shadow VMCS in its region.
u64 load_component(const Processor& cpu, Field field);
void store_component(Processor& cpu, Field field, u64 value);

}  // namespace vmxsim::vmx
