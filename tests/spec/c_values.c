/* SPDX-License-Identifier: MIT */
#include "spec/c_values.h"

#include "spec/spec_c.h"

#define END {0, 0}

const struct c_value c_fields[] = {
#define VMCS_FIELD(identifier, encoding, name, title, existence) {#name, name},
#include "spec/vmcs_fields.def"
    END};
const struct c_value c_control_bits[] = {
#define VMX_CONTROL(word, bit, default1, identifier, name, vmxcap, linux_name) {#word "." #identifier, vmx_bit_##word##_##identifier},
#include "spec/vmx_controls.def"
#undef VMX_CONTROL
    END};
const struct c_value c_control_masks[] = {
#define VMX_CONTROL(word, bit, default1, identifier, name, vmxcap, linux_name) {#word "." #identifier, vmx_##word##_##identifier},
#include "spec/vmx_controls.def"
    END};
const struct c_value c_exit_reasons[] = {
#define EXIT_REASON(number, identifier, name, cause, records, delivery, linux_name, sdm) {#identifier, vmx_exit_reason_##identifier},
#define EXIT_REASON_BIT(bit, identifier, meaning)
#include "spec/exit_reasons.def"
#undef EXIT_REASON
#undef EXIT_REASON_BIT
    END};
const struct c_value c_exit_reason_bits[] = {
#define EXIT_REASON(number, identifier, name, cause, records, delivery, linux_name, sdm)
#define EXIT_REASON_BIT(bit, identifier, meaning) {#identifier, vmx_exit_reason_bit_##identifier},
#include "spec/exit_reasons.def"
    END};
const struct c_value c_errors[] = {
#define VM_INSTRUCTION_ERROR(number, identifier, text, instructions) {#identifier, vmx_error_##identifier},
#include "spec/vm_instruction_errors.def"
    END};
const struct c_value c_msrs[] = {
#define VMX_MSR(identifier, number, name, vmxcap, sdm, existence) {#name, name},
#define VMX_MSR_FIELD(msr, high, low, identifier, name, vmxcap, kind)
#include "spec/msrs.def"
    END};
const struct c_value c_exceptions[] = {
#define EXCEPTION(vector, identifier, mnemonic, name, kind, severity, error_code) {#identifier, vmx_exception_##identifier},
#include "spec/exceptions.def"
    END};
const struct c_value c_register_bits[] = {
#define REGISTER(identifier, name, sdm)
#define REGISTER_BIT(reg, bit, identifier, mnemonic, name) {#reg "." #identifier, vmx_bit_##reg##_##identifier},
#define REGISTER_BITS(reg, high, low, identifier, mnemonic, name) {#reg "." #identifier, vmx_bit_##reg##_##identifier},
#define REGISTER_VALUE(reg, low, value, identifier, name)
#include "spec/register_bits.def"
#undef REGISTER_BIT
#undef REGISTER_BITS
#undef REGISTER_VALUE
    END};
const struct c_value c_register_values[] = {
#define REGISTER_BIT(reg, bit, identifier, mnemonic, name)
#define REGISTER_BITS(reg, high, low, identifier, mnemonic, name)
#define REGISTER_VALUE(reg, low, value, identifier, name) {#reg "." #identifier, vmx_##reg##_##identifier},
#include "spec/register_bits.def"
    END};
