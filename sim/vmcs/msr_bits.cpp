// SPDX-License-Identifier: MIT
#include "vmcs/msr_bits.hpp"

#include "base/bits.hpp"

namespace vmxsim {
namespace {

constexpr u64 when(bool condition, u64 value) { return condition ? value : 0; }

}  // namespace

u64 defined_efer_bits(const CpuProfile& profile) {
    const u32 edx = profile.cpuid_leaf(0x80000001).edx;
    // SYSCALL (bit 11) is reported only in 64-bit mode, so a capture taken elsewhere lacks it: Intel 64 implies it.
    const bool intel64 = is_set(edx, 29), execute_disable = is_set(edx, 20);
    return when(intel64, bit(0) | bit(8) | bit(10)) | when(execute_disable, bit(11));
}

u64 defined_debugctl_bits(const CpuProfile& profile) {
    const CpuidLeaf leaf1 = profile.cpuid_leaf(1), leaf7 = profile.cpuid_leaf(7);
    const u64 perfmon_version = bits(profile.cpuid_leaf(0xA).eax, 7, 0);
    const bool debug_store = is_set(leaf1.edx, 21), qualified_by_cpl = is_set(leaf1.ecx, 4);
    u64 defined = bit(0) | bit(1) | bit(6);                              // LBR, BTF, TR
    defined |= when(is_set(leaf7.ecx, 24), bit(2));                      // BLD: bus-lock detection
    defined |= when(debug_store, bit(7) | bit(8));                       // BTS, BTINT
    defined |= when(debug_store && qualified_by_cpl, bit(9) | bit(10));  // BTS_OFF_OS, BTS_OFF_USR
    defined |= when(perfmon_version >= 2, bit(11) | bit(12));            // FREEZE_LBRS_ON_PMI, FREEZE_PERFMON_ON_PMI
    // IMPL: UNCORE_PMI_EN and FREEZE_WHILE_SMM are enumerated by MSRs that no capture shows; PDCM says those MSRs exist.
    defined |= when(is_set(leaf1.ecx, 15), bit(13) | bit(14));
    defined |= when(is_set(leaf7.ebx, 11), bit(15));  // RTM
    return defined;
}

u64 defined_perf_global_ctrl_bits(const CpuProfile& profile) {
    const CpuidLeaf leaf = profile.cpuid_leaf(0xA);
    const u64 version = bits(leaf.eax, 7, 0);
    if (version == 0) return 0;
    u64 general = bit(static_cast<unsigned>(bits(leaf.eax, 15, 8))) - 1;
    u64 fixed = version >= 2 ? bit(static_cast<unsigned>(bits(leaf.edx, 4, 0))) - 1 : 0;
    if (version >= 5) fixed |= leaf.ecx;
    // Leaf 23H lists the counters of this kind of core one by one; leaf 0AH only those that every core has.
    if (is_set(profile.cpuid_leaf(7, 1).eax, 8)) {
        const CpuidLeaf counters = profile.cpuid_leaf(0x23, 1);
        general |= counters.eax;
        fixed |= counters.ebx;
    }
    // Bit 48 enables PERF_METRICS, which splits fixed counter 3 (slots).
    return (general & mask(31, 0)) | (fixed & mask(15, 0)) << 32 | when(is_set(fixed, 3), bit(48));
}

u64 defined_rtit_ctl_bits(const CpuProfile& profile) {
    if (!is_set(profile.cpuid_leaf(7).ebx, 25)) return 0;
    const CpuidLeaf leaf = profile.cpuid_leaf(0x14), details = profile.cpuid_leaf(0x14, 1);
    const auto has = [&](unsigned n) { return is_set(leaf.ebx, n); };
    u64 defined = bit(0) | bit(2) | bit(3) | bit(10) | bit(11) | bit(13);  // TraceEn, OS, User, TSCEn, DisRETC, BranchEn
    defined |= when(has(0), bit(7));                                       // CR3Filter
    defined |= when(has(1), bit(1) | mask(22, 19) | mask(27, 24));         // CYCEn, CycThresh, PSBFreq
    defined |= when(has(3), bit(9) | mask(17, 14));                        // MTCEn, MTCFreq
    defined |= when(has(4), bit(5) | bit(12));                             // FUPonPTW, PTWEn
    defined |= when(has(5), bit(4));                                       // PwrEvtEn
    defined |= when(has(6), bit(56));                                      // InjectPsbPmiOnEnable
    defined |= when(has(7), bit(31));                                      // EventEn
    defined |= when(has(8), bit(55));                                      // DisTNT
    defined |= when(is_set(leaf.ecx, 0), bit(8));                          // ToPA
    defined |= when(is_set(leaf.ecx, 3), bit(6));                          // FabricEn
    const unsigned ranges = has(2) ? static_cast<unsigned>(bits(details.eax, 2, 0)) : 0;
    for (unsigned range = 0; range < ranges && range < 4; ++range) defined |= mask(35 + 4 * range, 32 + 4 * range);
    return defined;
}

u64 defined_lbr_ctl_bits(const CpuProfile& profile) {
    if (!is_set(profile.cpuid_leaf(7).edx, 19)) return 0;
    const u32 features = profile.cpuid_leaf(0x1C).ebx;
    return bit(0) | when(is_set(features, 0), bit(1) | bit(2)) | when(is_set(features, 1), mask(22, 16)) |
           when(is_set(features, 2), bit(3));
}

u64 defined_spec_ctrl_bits(const CpuProfile& profile) {
    const u32 edx = profile.cpuid_leaf(7).edx;
    const u32 more = profile.cpuid_leaf(7).eax >= 2 ? profile.cpuid_leaf(7, 2).edx : 0;
    return when(is_set(edx, 26), bit(0)) | when(is_set(edx, 27), bit(1)) | when(is_set(edx, 31), bit(2)) |  // IBRS, STIBP, SSBD
           when(is_set(more, 1), bit(3) | bit(4)) | when(is_set(more, 2), bit(5) | bit(6)) |  // IPRED_DIS, RRSBA_DIS
           when(is_set(more, 0), bit(7)) | when(is_set(more, 3), bit(8)) |
           when(is_set(more, 4), bit(10));  // PSFD, DDPD, BHI_DIS_S
}

u64 defined_cet_bits(const CpuProfile& profile) {
    const CpuidLeaf leaf = profile.cpuid_leaf(7);
    const bool shadow_stacks = is_set(leaf.ecx, 7), branch_tracking = is_set(leaf.edx, 20);
    return when(shadow_stacks, bit(0) | bit(1)) | when(branch_tracking, mask(5, 2) | mask(63, 10));
}

}  // namespace vmxsim
