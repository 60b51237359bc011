// SPDX-License-Identifier: MIT
#include "vmcs/capabilities.hpp"

#include "vmcs/msr_bits.hpp"

namespace vmxsim {
namespace {

using spec::Control;
using spec::ControlWord;

AllowedSettings from_halves(u64 msr) { return {msr & 0xFFFFFFFF, msr >> 32}; }

AllowedSettings settings_of(const VmxMsrs& msrs, ControlWord word, bool true_msrs) {
    const auto plain_or_true = [&](u32 plain, u32 true_msr) {
        return from_halves(msrs.get_or_zero(true_msrs && msrs.get(true_msr) ? true_msr : plain));
    };
    switch (word) {
        case ControlWord::pin: return plain_or_true(0x481, 0x48D);
        case ControlWord::primary: return plain_or_true(0x482, 0x48E);
        case ControlWord::secondary: return from_halves(msrs.get_or_zero(0x48B));
        case ControlWord::tertiary: return {0, msrs.get_or_zero(0x492)};
        case ControlWord::exit: return plain_or_true(0x483, 0x48F);
        case ControlWord::exit2: return {0, msrs.get_or_zero(0x493)};
        case ControlWord::entry: return plain_or_true(0x484, 0x490);
        case ControlWord::vmfunc: return {0, msrs.get_or_zero(0x491)};
    }
    return {};
}

}  // namespace

Capabilities::Capabilities(const CpuProfile& profile)
    : basic(profile.msrs.get_or_zero(0x480)),
      misc(profile.msrs.get_or_zero(0x485)),
      ept_vpid(profile.msrs.get_or_zero(0x48C)),
      cr0_fixed0(profile.msrs.get_or_zero(0x486)),
      cr0_fixed1(profile.msrs.get_or_zero(0x487)),
      cr4_fixed0(profile.msrs.get_or_zero(0x488)),
      cr4_fixed1(profile.msrs.get_or_zero(0x489)),
      physical_address_bits(profile.physical_address_bits),
      linear_address_bits(profile.linear_address_bits),
      feature_control(profile.msrs.get_or_zero(kIa32FeatureControl)) {
    for (size_t i = 0; i < spec::kControlWordCount; ++i)
        allowed_[i] = settings_of(profile.msrs, static_cast<ControlWord>(i), is_set(basic, 55));

    for (size_t i = 0; i < spec::kFieldCount; ++i) {
        const spec::Existence& existence = spec::kFields[i].existence;
        const bool always = existence.either == Control::none && existence.other == Control::none;
        exists_[i] = always || (existence.either != Control::none && allows(existence.either)) ||
                     (existence.other != Control::none && allows(existence.other));
    }

    const CpuidLeaf leaf1 = profile.cpuid_leaf(1), leaf7 = profile.cpuid_leaf(7);
    smx = is_set(leaf1.ecx, 6);
    rtm = is_set(leaf7.ebx, 11);
    sgx = is_set(leaf7.ebx, 2);
    bus_lock_detect = is_set(leaf7.ecx, 24);
    intel64 = is_set(profile.cpuid_leaf(0x80000001).edx, 29);
    efer_bits = defined_efer_bits(profile);
    debugctl_bits = defined_debugctl_bits(profile);
    perf_global_ctrl_bits = defined_perf_global_ctrl_bits(profile);
    rtit_ctl_bits = defined_rtit_ctl_bits(profile);
    lbr_ctl_bits = defined_lbr_ctl_bits(profile);
    spec_ctrl_bits = defined_spec_ctrl_bits(profile);
    s_cet_bits = defined_cet_bits(profile);
}

}  // namespace vmxsim
