/* SPDX-License-Identifier: MIT */
/* What the C expansion of the rows gives, row by row, for a C++ test to compare. */
#ifndef VMXSIM_TESTS_SPEC_C_VALUES_H
#define VMXSIM_TESTS_SPEC_C_VALUES_H

struct c_value {
    const char* name;
    long long value;
};

#ifdef __cplusplus
extern "C" {
#endif
/* Each list ends with a null name. */
extern const struct c_value c_fields[], c_control_bits[], c_control_masks[], c_exit_reasons[], c_exit_reason_bits[];
extern const struct c_value c_errors[], c_msrs[], c_exceptions[], c_register_bits[], c_register_values[];
#ifdef __cplusplus
}
#endif

#endif
