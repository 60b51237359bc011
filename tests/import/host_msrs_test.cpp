// SPDX-License-Identifier: MIT
#include "import/host_msrs.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "base/input_error.hpp"
#include "vmcs/profiles.hpp"

using namespace vmxsim;
using namespace vmxsim::import;

namespace {

// A processor that answers CPUID as a named profile does.
HostAccess machine_like(const CpuProfile& profile, std::vector<std::string> devices) {
    return {std::move(devices), [&profile](u32 leaf, u32 subleaf) { return profile.cpuid_leaf(leaf, subleaf); }};
}

std::string message_of(const HostAccess& access) {
    try {
        read_host_profile(access);
    } catch (const InputError& error) {
        return error.what();
    }
    return "read";
}

// What the msr driver shows: eight bytes at the offset that is the MSR's number. A plain file can hold one MSR.
struct Device {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("vmxsim_msr_test_" + std::to_string(getpid()));
    Device(u32 msr, u64 value) {
        std::ofstream out(path, std::ios::binary);
        out.seekp(msr);
        out.write(reinterpret_cast<const char*>(&value), sizeof value);
    }
    ~Device() { std::filesystem::remove(path); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(host_msrs)

BOOST_AUTO_TEST_CASE(the_driver_s_file_is_read_at_the_number_of_the_msr) {
    const CpuProfile& skylake = *find_profile("skylake");
    const Device device(0x480, skylake.msrs.get_or_zero(0x480));
    const CpuProfile read = read_host_profile(machine_like(skylake, {"/nonexistent", device.path.string()}));
    BOOST_TEST(read.msrs.get_or_zero(0x480) == skylake.msrs.get_or_zero(0x480));
    BOOST_TEST(read.physical_address_bits == 39u);
    BOOST_TEST(read.source == device.path.string());
    BOOST_TEST(!read.msrs.get(0x493).has_value());  // beyond the end: the driver says EIO
}

BOOST_AUTO_TEST_CASE(everything_that_is_missing_is_said) {
    CpuProfile none = *find_profile("skylake");
    for (CpuidLeaf& leaf : none.cpuid)
        if (leaf.leaf == 1) leaf.ecx = u32{1} << 31;  // a virtual machine without VMX
    const std::string message = message_of(machine_like(none, {"/nonexistent/msr"}));
    BOOST_TEST(message.find("nested virtualization") != std::string::npos);
    BOOST_TEST(message.find("modprobe msr") != std::string::npos);

    for (CpuidLeaf& leaf : none.cpuid)
        if (leaf.leaf == 0) leaf = {0, 0, 0x10, 0x68747541, 0x444D4163, 0x69746E65};
    BOOST_TEST(message_of(machine_like(none, {"/nonexistent/msr"})).find("AuthenticAMD") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_refused_rdmsr_of_basic_is_said) {
    BOOST_TEST(message_of(machine_like(*find_profile("skylake"), {"/dev/null"})).find("0x480") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
