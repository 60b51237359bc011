// SPDX-License-Identifier: MIT
// IA32_FEATURE_CONTROL and the VMX capability MSRs, bit by bit.
#pragma once

#include <iterator>
#include <span>
#include <string_view>

#include "base/bits.hpp"
#include "base/types.hpp"

namespace vmxsim::spec {

enum class VmxMsr : u32 {
#define VMX_MSR(identifier, number, name, vmxcap, sdm, existence) identifier = number,
#define VMX_MSR_FIELD(msr, high, low, identifier, name, vmxcap, kind)
#include "spec/msrs.def"
#undef VMX_MSR
#undef VMX_MSR_FIELD
};

struct VmxMsrInfo {
    u32 number;
    std::string_view identifier;      // basic
    std::string_view name;            // IA32_VMX_BASIC
    std::string_view vmxcap_heading;  // as vmxcap prints it; empty when vmxcap does not show the MSR
    std::string_view sdm;             // "A.1"
    std::string_view existence;       // "always", or the condition
};
inline constexpr VmxMsrInfo kVmxMsrs[] = {
#define VMX_MSR(identifier, number, name, vmxcap, sdm, existence) {number, #identifier, #name, vmxcap, sdm, existence},
#define VMX_MSR_FIELD(msr, high, low, identifier, name, vmxcap, kind)
#include "spec/msrs.def"
#undef VMX_MSR
#undef VMX_MSR_FIELD
};

enum class VmxMsrFieldKind : u8 { flag, number, mask };

struct VmxMsrFieldInfo {
    VmxMsr msr;
    u8 high, low;
    std::string_view identifier;   // region_size
    std::string_view name;         // ours
    std::string_view vmxcap_name;  // as vmxcap prints it; empty when vmxcap does not know the field
    VmxMsrFieldKind kind;

    constexpr u64 extract(u64 msr_value) const { return bits(msr_value, high, low); }
};
inline constexpr VmxMsrFieldInfo kVmxMsrFields[] = {
#define VMX_MSR(identifier, number, name, vmxcap, sdm, existence)
#define VMX_MSR_FIELD(msr, high, low, identifier, name, vmxcap, kind) \
    {VmxMsr::msr, high, low, #identifier, name, vmxcap, VmxMsrFieldKind::kind},
#include "spec/msrs.def"
#undef VMX_MSR
#undef VMX_MSR_FIELD
};

// nullptr for any other MSR.
constexpr const VmxMsrInfo* find_vmx_msr(u64 number) {
    for (const VmxMsrInfo& msr : kVmxMsrs)
        if (msr.number == number) return &msr;
    return nullptr;
}
const VmxMsrInfo* find_vmx_msr(std::string_view name);  // "IA32_VMX_BASIC", "MSR_IA32_VMX_BASIC" or "basic", in any case

// The rows of one MSR, lowest bits first.
constexpr std::span<const VmxMsrFieldInfo> fields_of(VmxMsr msr) {
    size_t first = 0;
    while (first < std::size(kVmxMsrFields) && kVmxMsrFields[first].msr != msr) ++first;
    size_t last = first;
    while (last < std::size(kVmxMsrFields) && kVmxMsrFields[last].msr == msr) ++last;
    return std::span(kVmxMsrFields).subspan(first, last - first);
}

std::string_view to_string(VmxMsrFieldKind kind);  // "flag", "number", "mask"

namespace detail {
constexpr bool msr_fields_ascend() {
    for (size_t i = 0; i < std::size(kVmxMsrFields); ++i) {
        if (kVmxMsrFields[i].high < kVmxMsrFields[i].low || kVmxMsrFields[i].high > 63) return false;
        if ((kVmxMsrFields[i].kind == VmxMsrFieldKind::flag) != (kVmxMsrFields[i].high == kVmxMsrFields[i].low)) return false;
        if (i > 0 && kVmxMsrFields[i].msr == kVmxMsrFields[i - 1].msr && kVmxMsrFields[i].low <= kVmxMsrFields[i - 1].high)
            return false;
    }
    return true;
}
static_assert(msr_fields_ascend(), "msrs.def: fields of an MSR stand in bit order and do not overlap; a flag is one bit");
}  // namespace detail

}  // namespace vmxsim::spec
