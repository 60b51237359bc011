// SPDX-License-Identifier: MIT
// The rows of spec/known_msrs.def: which MSRs exist, and which rule decides what WRMSR takes for them.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/types.hpp"

namespace vmxsim::spec {

enum class MsrValues : u8 {
    any,
    read_only,
    locked,
    canonical,
    low_half,
    bits_1_0,
    command,
    apic_base,
    umwait_control,
    pat,
    mtrr_fixed,
    mtrr_variable,
    mtrr_def_type,
    efer,
    debugctl,
    perf_global_ctrl,
    spec_ctrl,
    rtit_ctl,
    lbr_ctl,
    branch_from,
    bndcfgs,
    cet,
    shadow_stack,
    fred_config,
    fred_stack,
    fred_shadow_stack,
};

enum class MsrExistence : u8 {
    always,
    intel64,
    performance_monitoring,
    spec_ctrl,
    legacy_lbr,
    architectural_lbr,
    processor_trace,
    bounds_checks,
    cet,
    protection_keys,
    user_interrupts,
    fred,
};

struct KnownMsr {
    u32 first, count;
    std::string_view identifier, name;
    MsrValues values;
    MsrExistence existence;
};

inline constexpr KnownMsr kKnownMsrs[] = {
#define KNOWN_MSR(first, count, identifier, name, values, existence) \
    {first, count, #identifier, #name, MsrValues::values, MsrExistence::existence},
#include "spec/known_msrs.def"
#undef KNOWN_MSR
};

// The row that this MSR belongs to; null when there is none.
constexpr const KnownMsr* find_known_msr(u32 msr) {
    const KnownMsr* after = std::upper_bound(std::begin(kKnownMsrs), std::end(kKnownMsrs), msr,
                                             [](u32 number, const KnownMsr& row) { return number < row.first; });
    if (after == std::begin(kKnownMsrs)) return nullptr;
    const KnownMsr* row = after - 1;
    return msr - row->first < row->count ? row : nullptr;
}

namespace detail {

constexpr bool known_msrs_ascend() {
    for (size_t i = 1; i < std::size(kKnownMsrs); ++i)
        if (kKnownMsrs[i - 1].first + kKnownMsrs[i - 1].count > kKnownMsrs[i].first) return false;
    return true;
}
static_assert(known_msrs_ascend(), "known_msrs.def must ascend and its ranges must not overlap");

}  // namespace detail

}  // namespace vmxsim::spec
