// SPDX-License-Identifier: MIT
#include "cpu/cpuid_policy.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace vmxsim::cpu {
namespace {

using Register = CpuidPolicy::Register;
constexpr Register eax = &CpuidLeaf::eax, ebx = &CpuidLeaf::ebx, ecx = &CpuidLeaf::ecx, edx = &CpuidLeaf::edx;

constexpr u32 set_of(std::initializer_list<unsigned> numbers) {
    u32 value = 0;
    for (const unsigned n : numbers) value |= 1u << n;
    return value;
}
constexpr u32 kAll = ~u32{0};
constexpr u32 kMaximumExtended = 0x80000008;

// What a guest may see of the profile's leaves. A register without a row reads as zero.
struct Shown {
    u32 leaf, subleaf;
    Register which;
    u32 bits;
    const char* hidden;  // what is left out, and why
};
// clang-format off
constexpr Shown kShown[] = {
    {0, 0, eax, kAll, ""}, {0, 0, ebx, kAll, ""}, {0, 0, ecx, kAll, ""}, {0, 0, edx, kAll, ""},
    {1, 0, eax, kAll, ""},
    {1, 0, ebx, 0x0000FFFF, "APIC ID and count of logical processors: this machine has one, with ID 0"},
    {1, 0, ecx, set_of({0, 1, 3, 5, 7, 8, 9, 13, 14, 15, 17, 19, 20, 21, 22, 23, 24, 25, 26, 30}),
     "DTES64, DS-CPL, SDBG, DCA: no debug store; SMX: no GETSEC; FMA, AVX, F16C: no AVX; OSXSAVE follows CR4; bit 31: a processor, not a hypervisor"},
    {1, 0, edx, kAll & ~set_of({18, 21, 28, 30, 31}), "PSN; DS: no debug store; HTT: one logical processor; PBE"},
    {6, 0, eax, set_of({0, 2}), "power management: time is virtual and the clock never changes"},
    {7, 0, eax, kAll, ""},
    {7, 0, ebx, set_of({0, 1, 3, 6, 7, 8, 9, 10, 13, 18, 19, 20, 23, 24}),
     "SGX, HLE, RTM, RDT, MPX, Intel PT, SHA: not executed; AVX2 and AVX-512: no AVX"},
    {7, 0, ecx, set_of({2, 3, 16, 22, 25, 31}),
     "WAITPKG, GFNI, MOVDIR, ENQCMD, CET, key locker, TME, bus-lock detection: not executed; the vector extensions: no AVX"},
    {7, 0, edx, set_of({4, 10, 14, 26, 27, 28, 29, 31}),
     "UINTR, TSX, PCONFIG, architectural LBRs, CET, AMX, hybrid: not executed; AVX-512: no AVX"},
    {7, 1, eax, set_of({10, 11, 12}), "AVX-VNNI and its kin: no AVX; LASS, LAM, FRED, HRESET, the MSR-list instructions: not executed"},
    {7, 2, edx, set_of({0, 1, 2, 3, 4, 5}), ""},
    {0xA, 0, eax, kAll, ""}, {0xA, 0, ecx, kAll, ""}, {0xA, 0, edx, kAll, ""},
    {0xD, 0, eax, 3, "XCR0 takes x87 and SSE state only: no AVX, MPX, AVX-512, PKRU or AMX state"},
    {0xD, 1, eax, 0, "XSAVEOPT, XSAVEC, XGETBV with ECX = 1, XSAVES"},
    {0x80000000, 0, eax, kAll, ""},
    {0x80000001, 0, ecx, set_of({0, 5, 8}), ""},
    {0x80000001, 0, edx, set_of({20, 26, 27, 29}), "SYSCALL follows the mode"},
    {0x80000008, 0, eax, kAll, ""},
    {0x80000008, 0, ebx, set_of({9}), ""},
};

// What describes this machine. Leaves above the profile's highest are not there.
constexpr CpuidLeaf kMachine[] = {
    {2, 0, 0x00FEFF01, 0xF0, 0, 0},                                // caches: leaf 4; TLBs: leaf 18H; 64-byte prefetch
    {4, 0, 0x00000121, 0x01C0003F, 63, 0},                         // L1 data: 32 KBytes, 8 ways
    {4, 1, 0x00000122, 0x01C0003F, 63, 0},                         // L1 code: the same
    {4, 2, 0x00000143, 0x03C0003F, 1023, 0},                       // L2: 1 MByte, 16 ways
    {5, 0, 64, 64, 3, 0x20},                                       // MONITOR watches 64 bytes; interrupts may break MWAIT
    {0xB, 0, 0, 1, 0x100, 0}, {0xB, 1, 0, 1, 0x201, 0},            // one thread, one core; EDX: x2APIC ID 0
    {0x15, 0, 1, 1, 1'000'000'000, 0},                             // a crystal of 1 GHz, TSC ratio 1/1: the ticks of Cpu::now()
    {0x16, 0, 1000, 1000, 100, 0},                                 // MHz
    {0x1F, 0, 0, 1, 0x100, 0}, {0x1F, 1, 0, 1, 0x201, 0},
    {0x80000006, 0, 0, 0, 0x04008040, 0},                          // L2
    {0x80000007, 0, 0, 0, 0, 0x100},                               // the TSC never changes its rate
};
// clang-format on

}  // namespace

CpuidPolicy::CpuidPolicy(const CpuProfile& profile) {
    const auto place = [&](u32 leaf, u32 subleaf) -> CpuidLeaf& {
        for (CpuidLeaf& candidate : leaves_)
            if (candidate.leaf == leaf && candidate.subleaf == subleaf) return candidate;
        leaves_.push_back({leaf, subleaf, 0, 0, 0, 0});
        return leaves_.back();
    };
    for (const Shown& row : kShown)
        place(row.leaf, row.subleaf).*row.which = profile.cpuid_leaf(row.leaf, row.subleaf).*row.which & row.bits;
    maximum_ = visible(0, 0).eax;
    place(0x80000000, 0).eax = kMaximumExtended;
    for (const CpuidLeaf& leaf : kMachine)
        if (leaf.leaf >= 0x80000000 || leaf.leaf <= maximum_) place(leaf.leaf, leaf.subleaf) = leaf;

    // A profile's leaves may be few: what is implied by others is filled in.
    place(1, 0).ebx |= 1 << 16;                                        // one logical processor
    if (bits(place(1, 0).ebx, 15, 8) == 0) place(1, 0).ebx |= 8 << 8;  // CLFLUSH: 64 bytes
    if (place(0x80000008, 0).eax == 0)
        place(0x80000008, 0).eax = profile.linear_address_bits << 8 | profile.physical_address_bits;
    CpuidLeaf& performance = place(0xA, 0);
    if (bits(performance.eax, 7, 0) != 0) performance.ebx = (1u << bits(performance.eax, 31, 24)) - 1;  // no event is counted
    if (is_set(place(1, 0).ecx, 26)) {
        CpuidLeaf& xsave = place(0xD, 0);
        xsave.eax = 3;
        xsave.ebx = xsave.ecx = 576;
    }
    char brand[49] = {};
    const std::string name = "vmxsim " + profile.name;
    std::memcpy(brand, name.data(), std::min<size_t>(name.size(), 48));
    for (u32 i = 0; i < 3; ++i) {
        CpuidLeaf& leaf = place(0x80000002 + i, 0);
        std::memcpy(&leaf.eax, brand + 16 * i, 16);
    }
}

CpuidLeaf CpuidPolicy::visible(u32 leaf, u32 subleaf) const {
    for (const CpuidLeaf& candidate : leaves_)
        if (candidate.leaf == leaf && candidate.subleaf == subleaf) return candidate;
    return {leaf, subleaf, 0, 0, 0, 0};
}

CpuidLeaf CpuidPolicy::ask(u32 leaf, u32 subleaf, const CpuState& state) const {
    constexpr unsigned kLimitCpuid = 22, kXdDisable = 34, kEnableMonitor = 18;  // IA32_MISC_ENABLE
    const u64 misc_enable = state.msrs.misc_enable;
    const bool limited = is_set(misc_enable, kLimitCpuid);
    const u32 maximum = limited ? std::min(maximum_, 2u) : maximum_;
    // SDM CPUID: beyond the highest leaf it answers as for the highest basic one.
    const bool extended = leaf >= 0x80000000 && leaf <= kMaximumExtended;
    if (!extended && leaf > maximum) leaf = maximum;

    static constexpr u32 kWithSubleaves[] = {4, 7, 0xB, 0xD, 0x1F};
    const bool has_subleaves = std::find(std::begin(kWithSubleaves), std::end(kWithSubleaves), leaf) != std::end(kWithSubleaves);
    CpuidLeaf found = visible(leaf, has_subleaves ? subleaf : 0);
    const auto set_bit = [](u32& value, unsigned n, bool set) { value = set ? value | 1u << n : value & ~(1u << n); };
    switch (leaf) {
        case 0:
            if (limited) found.eax = maximum;
            break;
        case 1:
            set_bit(found.ecx, 27, is_set(state.cr4, 18) && is_set(found.ecx, 26));  // OSXSAVE
            if (!is_set(misc_enable, kEnableMonitor)) set_bit(found.ecx, 3, false);  // MONITOR
            if (!is_set(state.msrs.apic_base, 11)) set_bit(found.edx, 9, false);     // APIC
            break;
        case 7:
            if (subleaf == 0) set_bit(found.ecx, 4, is_set(state.cr4, 22) && is_set(found.ecx, 3));  // OSPKE
            break;
        case 0xB:
        case 0x1F: found.ecx = (found.ecx & ~0xFFu) | (subleaf & 0xFF); break;
        case 0x80000001:
            // SYSCALL is there in 64-bit mode only; XD can be turned off.
            set_bit(found.edx, 11, state.bit64_mode() && is_set(found.edx, 29));
            if (is_set(misc_enable, kXdDisable)) set_bit(found.edx, 20, false);
            break;
        default: break;
    }
    return found;
}

}  // namespace vmxsim::cpu
