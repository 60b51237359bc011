// SPDX-License-Identifier: MIT
// The VMX instructions (SDM chapter 30), one .cpp file each. An instruction has two parts, because operands in memory are
// fetched between them: guard_X decides what the SDM's operation section decides before it touches the memory operand
// (#UD, VM exit, #GP(0), and what else precedes it), perform_X does the rest. X runs both, with operands already fetched.
//
// A guard that returns an Outcome has ended the instruction. Outcome::vm_exit changes no state: saving guest state and
// loading host state is the caller's affair. RIP never moves here, except by a VM entry or a failed one.
#pragma once

#include <optional>

#include "vmx/outcome.hpp"
#include "vmx/processor.hpp"

namespace vmxsim::vmx {

using Guard = std::optional<Outcome>;

struct InveptDescriptor {
    u64 eptp = 0;
    u64 reserved = 0;  // bits 127:64; the operation section checks nothing in them
};

struct InvvpidDescriptor {
    u64 vpid = 0;  // bits 63:16 are reserved
    u64 linear_address = 0;
};

// --- Entering and leaving VMX operation
Guard guard_vmxon(Processor& cpu);
Outcome perform_vmxon(Processor& cpu, u64 pointer);
Outcome vmxon(Processor& cpu, u64 pointer);
Outcome vmxoff(Processor& cpu);

// --- VMCS maintenance
Guard guard_vmclear(Processor& cpu);
Outcome perform_vmclear(Processor& cpu, u64 pointer);
Outcome vmclear(Processor& cpu, u64 pointer);
Guard guard_vmptrld(Processor& cpu);
Outcome perform_vmptrld(Processor& cpu, u64 pointer);
Outcome vmptrld(Processor& cpu, u64 pointer);
Guard guard_vmptrst(Processor& cpu);
Outcome perform_vmptrst(Processor& cpu, u64& pointer);
Outcome vmptrst(Processor& cpu, u64& pointer);

// VMREAD and VMWRITE: outside 64-bit mode operands have 32 bits; higher ones are ignored and read as 0. The encoding is a
// register operand, and a fault on the memory operand comes after the guard: VMREAD has by then found the VMCS and the
// field, VMWRITE only the VMCS. value is written on success only. In VMX non-root operation with VMCS shadowing they
// access the shadow VMCS that the VMCS link pointer references.
Guard guard_vmread(Processor& cpu, u64 encoding);
Outcome perform_vmread(Processor& cpu, u64 encoding, u64& value);
Outcome vmread(Processor& cpu, u64 encoding, u64& value);
Guard guard_vmwrite(Processor& cpu, u64 encoding);
Outcome perform_vmwrite(Processor& cpu, u64 encoding, u64 value);
Outcome vmwrite(Processor& cpu, u64 encoding, u64 value);

// --- VM entries (the steps after the basic checks are vmx/entry/enter.hpp)
Outcome vmlaunch(Processor& cpu);
Outcome vmresume(Processor& cpu);

// --- Calls and invalidation
Outcome vmcall(Processor& cpu);
Guard guard_invept(Processor& cpu, u64 type);
Outcome perform_invept(Processor& cpu, u64 type, InveptDescriptor descriptor);
Outcome invept(Processor& cpu, u64 type, InveptDescriptor descriptor);
Guard guard_invvpid(Processor& cpu, u64 type);
Outcome perform_invvpid(Processor& cpu, u64 type, InvvpidDescriptor descriptor);
Outcome invvpid(Processor& cpu, u64 type, InvvpidDescriptor descriptor);
Outcome vmfunc(Processor& cpu);  // the function is in EAX, its argument in ECX

}  // namespace vmxsim::vmx
