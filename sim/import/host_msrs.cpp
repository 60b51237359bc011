// SPDX-License-Identifier: MIT
#include "import/host_msrs.hpp"

#include <cpuid.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/bits.hpp"
#include "base/input_error.hpp"
#include "base/number.hpp"

namespace vmxsim::import {
namespace {

// Leaves that some rule reads.
constexpr struct {
    u32 leaf, subleaf;
} kLeaves[] = {{0, 0},    {1, 0},    {7, 0},    {7, 1},    {7, 2},    {0xA, 0},        {0xD, 0},        {0xD, 1},       {0x14, 0},
               {0x14, 1}, {0x19, 0}, {0x1C, 0}, {0x23, 0}, {0x23, 1}, {0x80000000, 0}, {0x80000001, 0}, {0x80000008, 0}};

class MsrDevice {
public:
    explicit MsrDevice(const std::string& path) : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
    ~MsrDevice() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    MsrDevice(const MsrDevice&) = delete;
    MsrDevice& operator=(const MsrDevice&) = delete;

    bool is_open() const { return descriptor_ >= 0; }
    // Nothing when RDMSR raised #GP, which the driver reports as EIO.
    std::optional<u64> read(u32 msr) const {
        u64 value = 0;
        if (pread(descriptor_, &value, sizeof value, static_cast<off_t>(msr)) != sizeof value) return std::nullopt;
        return value;
    }

private:
    int descriptor_;
};

std::string vendor_of(const CpuidLeaf& leaf) {
    char text[12];
    std::memcpy(text, &leaf.ebx, 4);
    std::memcpy(text + 4, &leaf.edx, 4);
    std::memcpy(text + 8, &leaf.ecx, 4);
    std::string vendor;
    for (const char c : text)
        if (c >= 0x20 && c < 0x7F) vendor += c;
    return vendor;
}

std::string why_not_open(int error, const std::string& path) {
    if (error == ENOENT || error == ENXIO || error == ENODEV)
        return path + " does not exist: load the msr driver (\"modprobe msr\", as root)";
    if (error == EACCES || error == EPERM) return path + " may be read by root with CAP_SYS_RAWIO only: run as root";
    return path + " cannot be opened: " + std::strerror(error);
}

std::string join(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
    return text;
}

}  // namespace

HostAccess this_machine() {
    return {{"/dev/cpu/0/msr", "/dev/msr0"}, [](u32 leaf, u32 subleaf) {
                CpuidLeaf result{leaf, subleaf, 0, 0, 0, 0};
                __get_cpuid_count(leaf, subleaf, &result.eax, &result.ebx, &result.ecx, &result.edx);
                return result;
            }};
}

CpuProfile read_host_profile(const HostAccess& access) {
    std::vector<std::string> obstacles;
    const std::string vendor = vendor_of(access.cpuid(0, 0));
    const u32 features = access.cpuid(1, 0).ecx;
    if (vendor != "GenuineIntel" && vendor != "CentaurHauls" && vendor != "  Shanghai  ")
        obstacles.push_back("the processor is \"" + vendor + "\", and VT-x exists on Intel, Centaur and Zhaoxin only");
    else if (!is_set(features, 5))
        obstacles.push_back(is_set(features, 31) ? "CPUID.1:ECX.VMX is 0: this is a virtual machine without nested virtualization"
                                                 : "CPUID.1:ECX.VMX is 0: the processor has no VT-x");

    CpuProfile profile;
    profile.name = "host";
    profile.source = "this machine";
    std::optional<int> first_error;
    bool opened = false;
    for (const std::string& path : access.msr_devices) {
        const MsrDevice device(path);
        if (!device.is_open()) {
            if (!first_error) first_error = errno;
            continue;
        }
        opened = true;
        profile.source = path;
        for (u32 msr = kFirstVmxMsr; msr <= kLastVmxMsr; ++msr) profile.msrs.set(msr, device.read(msr));
        profile.msrs.set(kIa32FeatureControl, device.read(kIa32FeatureControl));
        break;
    }
    if (!opened)
        obstacles.push_back(why_not_open(first_error.value_or(ENOENT), access.msr_devices.front()));
    else if (!profile.msrs.get(kIa32VmxBasic))
        obstacles.push_back("RDMSR of IA32_VMX_BASIC (0x480) failed: VMX is not offered to this machine");
    if (!obstacles.empty()) throw InputError("the host's VMX capability MSRs cannot be read: " + join(obstacles));

    for (const auto& [leaf, subleaf] : kLeaves) profile.cpuid.push_back(access.cpuid(leaf, subleaf));
    const u32 widths = profile.cpuid_leaf(0x80000008).eax;
    profile.physical_address_bits = static_cast<unsigned>(bits(widths, 7, 0));
    profile.linear_address_bits = is_set(profile.msrs.get_or_zero(0x489), 12) ? 57 : 48;
    return profile;
}

}  // namespace vmxsim::import
