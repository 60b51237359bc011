/* SPDX-License-Identifier: MIT */
/*
 * The facts of sim/spec/ as plain C, for the kernel module: the same .def rows that spec.hpp expands. Nothing is included
 * but the rows, so that the header serves a kernel, a test program and a boot loader alike.
 *
 * Field encodings carry Linux's names (GUEST_RIP), which <asm/vmx.h> also defines: a file includes one or the other.
 * The directory above spec/ must be on the include path.
 */
#ifndef VMXSIM_SPEC_C_H
#define VMXSIM_SPEC_C_H

/* GUEST_RIP = 0x681E. The high half of a 64-bit field is VMX_HIGH(field). */
enum vmx_field {
#define VMCS_FIELD(identifier, encoding, name, title, existence) name = encoding,
#include "spec/vmcs_fields.def"
#undef VMCS_FIELD
};
#define VMX_HIGH(field) ((field) | 1)

/* SDM 24.11.2. */
#define VMX_FIELD_WIDTH(encoding) ((encoding) >> 13 & 3)
#define VMX_FIELD_TYPE(encoding) ((encoding) >> 10 & 3)
#define VMX_FIELD_INDEX(encoding) ((encoding) >> 1 & 0x1FF)
enum vmx_field_width { VMX_WIDTH_16, VMX_WIDTH_64, VMX_WIDTH_32, VMX_WIDTH_NATURAL };
enum vmx_field_type { VMX_TYPE_CONTROL, VMX_TYPE_READ_ONLY, VMX_TYPE_GUEST_STATE, VMX_TYPE_HOST_STATE };

/* Bit numbers, vmx_bit_primary_hlt_exiting = 7, and masks, vmx_primary_hlt_exiting = 0x80. */
enum vmx_control_bit {
#define VMX_CONTROL(word, bit, default1, identifier, name, vmxcap, linux_name) vmx_bit_##word##_##identifier = bit,
#include "spec/vmx_controls.def"
#undef VMX_CONTROL
};
enum vmx_control_mask {
#define VMX_CONTROL(word, bit, default1, identifier, name, vmxcap, linux_name) vmx_##word##_##identifier = 1LL << (bit),
#include "spec/vmx_controls.def"
#undef VMX_CONTROL
};

/* Basic exit reasons, vmx_exit_reason_cpuid = 10, and the bits above them, vmx_exit_reason_bit_entry_failure = 31. */
enum vmx_exit_reason {
#define EXIT_REASON(number, identifier, name, cause, records, delivery, linux_name, sdm) vmx_exit_reason_##identifier = number,
#define EXIT_REASON_BIT(bit, identifier, meaning)
#include "spec/exit_reasons.def"
#undef EXIT_REASON
#undef EXIT_REASON_BIT
};
enum vmx_exit_reason_bit {
#define EXIT_REASON(number, identifier, name, cause, records, delivery, linux_name, sdm)
#define EXIT_REASON_BIT(bit, identifier, meaning) vmx_exit_reason_bit_##identifier = bit,
#include "spec/exit_reasons.def"
#undef EXIT_REASON
#undef EXIT_REASON_BIT
};

/* vmx_error_vm_entry_with_invalid_control_field = 7. */
enum vmx_instruction_error {
#define VM_INSTRUCTION_ERROR(number, identifier, text, instructions) vmx_error_##identifier = number,
#include "spec/vm_instruction_errors.def"
#undef VM_INSTRUCTION_ERROR
};

/* IA32_VMX_BASIC = 0x480. */
enum vmx_msr {
#define VMX_MSR(identifier, number, name, vmxcap, sdm, existence) name = number,
#define VMX_MSR_FIELD(msr, high, low, identifier, name, vmxcap, kind)
#include "spec/msrs.def"
#undef VMX_MSR
#undef VMX_MSR_FIELD
};

/* vmx_exception_page_fault = 14. */
enum vmx_exception {
#define EXCEPTION(vector, identifier, mnemonic, name, kind, severity, error_code) vmx_exception_##identifier = vector,
#include "spec/exceptions.def"
#undef EXCEPTION
};

/* Bit numbers, vmx_bit_cr4_vmxe = 13, and values of groups of bits, vmx_activity_state_hlt = 1. */
enum vmx_register_bit {
#define REGISTER(identifier, name, sdm)
#define REGISTER_BIT(reg, bit, identifier, mnemonic, name) vmx_bit_##reg##_##identifier = bit,
#define REGISTER_BITS(reg, high, low, identifier, mnemonic, name) vmx_bit_##reg##_##identifier = low,
#define REGISTER_VALUE(reg, low, value, identifier, name)
#include "spec/register_bits.def"
#undef REGISTER_BIT
#undef REGISTER_BITS
#undef REGISTER_VALUE
};
enum vmx_register_value {
#define REGISTER_BIT(reg, bit, identifier, mnemonic, name)
#define REGISTER_BITS(reg, high, low, identifier, mnemonic, name)
#define REGISTER_VALUE(reg, low, value, identifier, name) vmx_##reg##_##identifier = value,
#include "spec/register_bits.def"
#undef REGISTER
#undef REGISTER_BIT
#undef REGISTER_BITS
#undef REGISTER_VALUE
};

#endif
