// SPDX-License-Identifier: MIT
// What a processor allows, decoded once from its profile so that rules can ask in one step.
#pragma once

#include <array>

#include "base/bits.hpp"
#include "spec/spec.hpp"
#include "vmcs/cpu_profile.hpp"

namespace vmxsim {

// What the settings of one control word may be (SDM A.3 to A.5).
struct AllowedSettings {
    u64 must_be_one = 0;  // bits whose 0-setting is not allowed
    u64 may_be_one = 0;   // bits whose 1-setting is allowed
};

class Capabilities {
public:
    explicit Capabilities(const CpuProfile& profile);

    // With the TRUE MSRs where IA32_VMX_BASIC[55] says they exist.
    const AllowedSettings& allowed(spec::ControlWord word) const { return allowed_[static_cast<size_t>(word)]; }
    bool allows(spec::Control control) const {
        return is_set(allowed(spec::info(control).word).may_be_one, spec::info(control).bit);
    }
    bool field_exists(spec::Field field) const { return exists_[static_cast<size_t>(field)]; }

    // --- IA32_VMX_BASIC (SDM A.1)
    u32 revision_identifier() const { return static_cast<u32>(bits(basic, 30, 0)); }
    u32 region_size() const { return static_cast<u32>(bits(basic, 44, 32)); }
    bool limits_regions_to_32_bits() const { return is_set(basic, 48); }
    bool dual_monitor() const { return is_set(basic, 49); }
    bool any_error_code_delivery() const { return is_set(basic, 56); }  // hardware exceptions with or without error code
    bool nested_exception() const { return is_set(basic, 58); }         // FRED: bit 13 of interruption information

    // --- IA32_VMX_MISC (SDM A.6)
    bool stores_lma() const { return is_set(misc, 5); }
    bool supports_activity_state(u64 state) const {
        return state == 0 || (state <= 3 && is_set(misc, static_cast<unsigned>(state) + 5));
    }
    u32 cr3_target_count() const { return static_cast<u32>(bits(misc, 24, 16)); }
    u32 recommended_msr_list_count() const { return 512 * (static_cast<u32>(bits(misc, 27, 25)) + 1); }
    bool writes_any_field() const { return is_set(misc, 29); }
    bool zero_length_injection() const { return is_set(misc, 30); }

    // --- IA32_VMX_EPT_VPID_CAP (SDM A.10)
    bool supports_ept_memory_type(u64 type) const {
        return (type == 0 && is_set(ept_vpid, 8)) || (type == 6 && is_set(ept_vpid, 14));
    }
    bool supports_ept_walk_length(u64 length) const {
        return (length == 4 && is_set(ept_vpid, 6)) || (length == 5 && is_set(ept_vpid, 7));
    }
    bool ept_accessed_and_dirty_flags() const { return is_set(ept_vpid, 21); }
    bool ept_supervisor_shadow_stack() const { return is_set(ept_vpid, 23); }

    bool canonical(u64 address) const { return is_canonical(address, linear_address_bits); }
    // No bit beyond the physical-address width, nor beyond 32 bits where IA32_VMX_BASIC[48] says so.
    bool region_address_in_range(u64 address) const {
        return address >> physical_address_bits == 0 && !(limits_regions_to_32_bits() && address >> 32 != 0);
    }
    bool physical_address_in_range(u64 address) const { return address >> physical_address_bits == 0; }

    u64 basic = 0, misc = 0, ept_vpid = 0;
    u64 cr0_fixed0 = 0, cr0_fixed1 = 0, cr4_fixed0 = 0, cr4_fixed1 = 0;
    unsigned physical_address_bits = 0, linear_address_bits = 0;
    u64 feature_control = 0;

    // --- Which bits of other MSRs this processor defines (reserved bits must be 0 at VM entry)
    u64 efer_bits = 0;              // IA32_EFER
    u64 debugctl_bits = 0;          // IA32_DEBUGCTL (SDM 17.4.1)
    u64 perf_global_ctrl_bits = 0;  // IA32_PERF_GLOBAL_CTRL (SDM 18.2, CPUID.0AH)
    u64 rtit_ctl_bits = 0;          // IA32_RTIT_CTL (SDM 32.2.7, CPUID.14H)
    u64 lbr_ctl_bits = 0;           // IA32_LBR_CTL (SDM 19, CPUID.1CH)
    u64 spec_ctrl_bits = 0;         // IA32_SPEC_CTRL
    u64 s_cet_bits = 0;             // IA32_S_CET
    bool rtm = false;               // CPUID.7.EBX[11]: pending debug exceptions bit 16
    bool sgx = false;               // CPUID.7.EBX[2]: interruptibility-state bit 4
    bool bus_lock_detect = false;   // CPUID.7.ECX[24]: pending debug exceptions bit 11
    bool smx = false;               // CPUID.1.ECX[6]
    bool intel64 = true;            // CPUID.80000001H.EDX[29]

private:
    std::array<AllowedSettings, spec::kControlWordCount> allowed_{};
    std::array<bool, spec::kFieldCount> exists_{};
};

}  // namespace vmxsim
