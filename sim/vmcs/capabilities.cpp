// SPDX-License-Identifier: MIT
#include "vmcs/capabilities.hpp"

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

// SDM 18.2.2 and later: programmable counters in the low half, fixed ones from bit 32.
u64 perf_global_ctrl(const CpuProfile& profile) {
    const CpuidLeaf leaf = profile.cpuid_leaf(0xA);
    const u64 version = bits(leaf.eax, 7, 0);
    const unsigned general = static_cast<unsigned>(bits(leaf.eax, 15, 8));
    const unsigned fixed = version >= 2 ? static_cast<unsigned>(bits(leaf.edx, 4, 0)) : 0;
    return (bit(general) - 1) | (bit(fixed) - 1) << 32 | (version >= 5 ? u64{leaf.ecx} << 32 : 0);
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
        exists_[i] = !existence.seam_only && (always || (existence.either != Control::none && allows(existence.either)) ||
                                              (existence.other != Control::none && allows(existence.other)));
    }

    const CpuidLeaf leaf1 = profile.cpuid_leaf(1), leaf7 = profile.cpuid_leaf(7), leaf7_1 = profile.cpuid_leaf(7, 1);
    const CpuidLeaf extended = profile.cpuid_leaf(0x80000001);
    smx = is_set(leaf1.ecx, 6);
    rtm = is_set(leaf7.ebx, 11);
    sgx = is_set(leaf7.ebx, 2);
    bus_lock_detect = is_set(leaf7.ecx, 24);
    intel64 = is_set(extended.edx, 29);
    efer_bits = bit(0) | bit(8) | bit(10) | (is_set(extended.edx, 20) ? bit(11) : 0);
    perf_global_ctrl_bits = perf_global_ctrl(profile);
    // SDM 17.4.1: LBR, BTF, TR, BTS, BTINT, BTS_OFF_OS, BTS_OFF_USR, FREEZE_LBRS, FREEZE_PERFMON, UNCORE, SMM
    debugctl_bits = bit(0) | bit(1) | mask(12, 6) | bit(13) | bit(14) | (rtm ? bit(15) : 0) | (bus_lock_detect ? bit(2) : 0);
    s_cet_bits = is_set(cr4_fixed1, 23) ? ~mask(9, 6) : 0;
    spec_ctrl_bits = is_set(leaf7.edx, 26) ? bit(0) | bit(1) | bit(2) : 0;
    if (is_set(leaf7_1.edx, 18)) spec_ctrl_bits |= mask(10, 3);
    rtit_ctl_bits = is_set(leaf7.ebx, 25) ? ~u64{0} : 0;
    lbr_ctl_bits = is_set(leaf7.edx, 19) ? mask(22, 16) | mask(3, 0) : 0;
}

}  // namespace vmxsim
