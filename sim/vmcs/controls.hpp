// SPDX-License-Identifier: MIT
// One type for each control word, with one predicate a bit: reading a bit of the wrong word does not compile.
#pragma once

#include "base/bits.hpp"
#include "spec/spec.hpp"

namespace vmxsim {

// The rows of one word become the predicates of its type; the rows of the others expand to nothing.
#define VMX_PREDICATE(bit_number, identifier) \
    constexpr bool identifier() const { return is_set(value, bit_number); }
#define VMX_NO_PREDICATE(bit_number, identifier)
#define VMX_CONTROL(word, bit_number, default1, identifier, name, vmxcap, linux_name) VMX_CONTROL_##word(bit_number, identifier)

#define VMX_CONTROL_pin VMX_NO_PREDICATE
#define VMX_CONTROL_primary VMX_NO_PREDICATE
#define VMX_CONTROL_secondary VMX_NO_PREDICATE
#define VMX_CONTROL_tertiary VMX_NO_PREDICATE
#define VMX_CONTROL_exit VMX_NO_PREDICATE
#define VMX_CONTROL_exit2 VMX_NO_PREDICATE
#define VMX_CONTROL_entry VMX_NO_PREDICATE
#define VMX_CONTROL_vmfunc VMX_NO_PREDICATE

#undef VMX_CONTROL_pin
#define VMX_CONTROL_pin VMX_PREDICATE
struct PinControls {
    u64 value = 0;
#include "spec/vmx_controls.def"
};
#undef VMX_CONTROL_pin
#define VMX_CONTROL_pin VMX_NO_PREDICATE

#undef VMX_CONTROL_primary
#define VMX_CONTROL_primary VMX_PREDICATE
struct PrimaryControls {
    u64 value = 0;
#include "spec/vmx_controls.def"
};
#undef VMX_CONTROL_primary
#define VMX_CONTROL_primary VMX_NO_PREDICATE

#undef VMX_CONTROL_secondary
#define VMX_CONTROL_secondary VMX_PREDICATE
struct SecondaryControls {
    u64 value = 0;
#include "spec/vmx_controls.def"
};
#undef VMX_CONTROL_secondary
#define VMX_CONTROL_secondary VMX_NO_PREDICATE

#undef VMX_CONTROL_tertiary
#define VMX_CONTROL_tertiary VMX_PREDICATE
struct TertiaryControls {
    u64 value = 0;
#include "spec/vmx_controls.def"
};
#undef VMX_CONTROL_tertiary
#define VMX_CONTROL_tertiary VMX_NO_PREDICATE

#undef VMX_CONTROL_exit
#define VMX_CONTROL_exit VMX_PREDICATE
struct ExitControls {
    u64 value = 0;
#include "spec/vmx_controls.def"
};
#undef VMX_CONTROL_exit
#define VMX_CONTROL_exit VMX_NO_PREDICATE

#undef VMX_CONTROL_exit2
#define VMX_CONTROL_exit2 VMX_PREDICATE
struct SecondaryExitControls {
    u64 value = 0;
#include "spec/vmx_controls.def"
};
#undef VMX_CONTROL_exit2
#define VMX_CONTROL_exit2 VMX_NO_PREDICATE

#undef VMX_CONTROL_entry
#define VMX_CONTROL_entry VMX_PREDICATE
struct EntryControls {
    u64 value = 0;
#include "spec/vmx_controls.def"
};
#undef VMX_CONTROL_entry
#define VMX_CONTROL_entry VMX_NO_PREDICATE

#undef VMX_CONTROL_vmfunc
#define VMX_CONTROL_vmfunc VMX_PREDICATE
struct VmFunctionControls {
    u64 value = 0;
#include "spec/vmx_controls.def"
};
#undef VMX_CONTROL_vmfunc

#undef VMX_CONTROL_pin
#undef VMX_CONTROL_primary
#undef VMX_CONTROL_secondary
#undef VMX_CONTROL_tertiary
#undef VMX_CONTROL_exit
#undef VMX_CONTROL_exit2
#undef VMX_CONTROL_entry
#undef VMX_CONTROL
#undef VMX_PREDICATE
#undef VMX_NO_PREDICATE

}  // namespace vmxsim
