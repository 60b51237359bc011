// SPDX-License-Identifier: MIT
// SDM 26.2.3, Checks on Host Segment and Descriptor-Table Registers.
#pragma once

#include "vmx/entry/check.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::vmx {

// clang-format off
#define SELECTOR(id, name, field) \
    {"host." id "_selector.rpl", "26.2.3", {Field::field}, "The RPL (bits 1:0) of the host " name " selector must be 0.", \
     [](const C&) { return true; }, \
     [](const C& c) { return bits(c[Field::field], 1, 0) == 0; }, \
     [](const C& c) { return clear_bits(c, Field::field, mask(1, 0)); }, kInvalidHostState}, \
    {"host." id "_selector.ti", "26.2.3", {Field::field}, "The TI flag (bit 2) of the host " name " selector must be 0: the host has no LDT.", \
     [](const C&) { return true; }, \
     [](const C& c) { return !is_set(c[Field::field], 2); }, \
     [](const C& c) { return clear_bits(c, Field::field, bit(2)); }, kInvalidHostState}

// No single edit: which selector the host uses is not in the VMCS.
#define NOT_NULL(id, name, field, condition, sentence, ...) \
    {"host." id "_selector.not_null", "26.2.3", {Field::field __VA_OPT__(,) __VA_ARGS__}, sentence, \
     [](const C& c) { return condition; }, \
     [](const C& c) { return c[Field::field] != 0; }, \
     [](const C&) { return kNoSingleEdit; }, kInvalidHostState}

#define BASE(id, name, field) \
    {"host." id "_base.canonical", "26.2.3", {Field::field}, "The host " name " base address must be canonical.", \
     [](const C&) { return true; }, \
     [](const C& c) { return c.canonical(Field::field); }, \
     [](const C& c) { return make_canonical(c, Field::field); }, kInvalidHostState}

template <class C>
inline constexpr auto kHostSegmentChecks = std::to_array<Check<C>>({
    SELECTOR("es", "ES", host_es_selector),
    SELECTOR("cs", "CS", host_cs_selector),
    SELECTOR("ss", "SS", host_ss_selector),
    SELECTOR("ds", "DS", host_ds_selector),
    SELECTOR("fs", "FS", host_fs_selector),
    SELECTOR("gs", "GS", host_gs_selector),
    SELECTOR("tr", "TR", host_tr_selector),
    NOT_NULL("cs", "CS", host_cs_selector, ((void)c, true), "The host CS selector must not be 0000H."),
    NOT_NULL("tr", "TR", host_tr_selector, ((void)c, true), "The host TR selector must not be 0000H."),
    NOT_NULL("ss", "SS", host_ss_selector, !c.host_64_bit(), "If \"host address-space size\" is 0, the host SS selector must not be 0000H.", Field::primary_vm_exit_controls),
    BASE("fs", "FS", host_fs_base),
    BASE("gs", "GS", host_gs_base),
    BASE("gdtr", "GDTR", host_gdtr_base),
    BASE("idtr", "IDTR", host_idtr_base),
    BASE("tr", "TR", host_tr_base),
});

#undef SELECTOR
#undef NOT_NULL
#undef BASE
// clang-format on

}  // namespace vmxsim::vmx
