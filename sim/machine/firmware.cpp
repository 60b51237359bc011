// SPDX-License-Identifier: MIT
#include "machine/firmware.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <initializer_list>
#include <numeric>
#include <string_view>
#include <vector>

#include "machine/devices/board.hpp"

namespace vmxsim::machine {
namespace {

class Table {
public:
    explicit Table(std::string_view signature, u8 revision) {
        text(signature);
        put<u32>(0);  // length, known at the end
        put<u8>(revision);
        put<u8>(0);  // checksum
        text("VMXSIM");
        text("MACHINE ");
        put<u32>(1);
        text("VMXS");
        put<u32>(1);
    }
    template <class T>
    void put(T value) {
        for (size_t i = 0; i < sizeof value; ++i) bytes_.push_back(static_cast<u8>(value >> (8 * i)));
    }
    void bytes(std::initializer_list<u8> values) {
        for (const u8 value : values) bytes_.push_back(value);
    }
    void zeros_to(size_t offset) { bytes_.resize(offset); }
    void text(std::string_view value) {
        for (const char character : value) bytes_.push_back(static_cast<u8>(character));
    }
    // Completes it and yields its place.
    u64 write_to(PhysicalMemory& memory, u64& next) {
        for (size_t i = 0; i < 4; ++i) bytes_[4 + i] = static_cast<u8>(bytes_.size() >> (8 * i));
        bytes_[9] = static_cast<u8>(-std::accumulate(bytes_.begin(), bytes_.end(), 0));
        const u64 place = next;
        memory.write_bytes(place, bytes_);
        next = (place + bytes_.size() + 15) & ~u64{15};
        return place;
    }

private:
    std::vector<u8> bytes_;
};

u64 write_madt(PhysicalMemory& memory, u64& next) {
    Table madt("APIC", 4);
    madt.put<u32>(0xFEE00000);
    madt.put<u32>(1);                      // there are 8259As, too
    madt.bytes({0, 8, 0, 0, 1, 0, 0, 0});  // processor 0, APIC ID 0, enabled
    madt.bytes({1, 12, 0, 0});             // I/O APIC 0
    madt.put<u32>(0xFEC00000);
    madt.put<u32>(0);
    madt.bytes({2, 10, 0, 0, 2, 0, 0, 0, 0, 0});  // ISA line 0 is input 2
    madt.bytes({4, 6, 0xFF, 0, 0, 1});            // NMI at LINT1
    return madt.write_to(memory, next);
}

u64 write_fadt(PhysicalMemory& memory, u64& next) {
    u64 dsdt_place;
    {
        Table dsdt("DSDT", 2);
        dsdt_place = dsdt.write_to(memory, next);
    }
    Table fadt("FACP", 3);
    fadt.put<u32>(0);  // no FACS
    fadt.put<u32>(static_cast<u32>(dsdt_place));
    fadt.zeros_to(46);
    fadt.put<u16>(9);  // SCI
    fadt.zeros_to(56);
    fadt.put<u32>(AcpiRegisters::kEvent);
    fadt.put<u32>(0);
    fadt.put<u32>(AcpiRegisters::kControl);
    fadt.zeros_to(76);
    fadt.put<u32>(AcpiRegisters::kTimer);
    fadt.zeros_to(88);
    fadt.put<u8>(4);  // lengths: events, control
    fadt.put<u8>(2);
    fadt.put<u8>(0);
    fadt.put<u8>(4);  // timer
    fadt.zeros_to(108);
    fadt.put<u8>(0x32);  // century in CMOS
    fadt.put<u16>(3);    // ISA devices, keyboard controller
    fadt.put<u8>(0);
    fadt.put<u32>(1 | 1 << 2);  // WBINVD; C1
    fadt.zeros_to(244);
    return fadt.write_to(memory, next);
}

}  // namespace

void write_firmware_tables(PhysicalMemory& memory) {
    // BIOS data area: COM1, base memory in KBytes, the segment of the extended data area.
    memory.write<u16>(0x400, 0x3F8);
    memory.write<u16>(0x40E, 0x9FC0);
    memory.write<u16>(0x413, 639);
    // Every real-mode vector: IRET, where compatible firmware has one.
    memory.write<u8>(0xFFF53, 0xCF);
    for (u64 vector = 0; vector < 256; ++vector) memory.write<u32>(4 * vector, 0xF000FF53);

    constexpr u64 kRsdp = 0xE0000;
    u64 next = kRsdp + 64;
    const u64 fadt = write_fadt(memory, next), madt = write_madt(memory, next);
    Table rsdt("RSDT", 1), xsdt("XSDT", 1);
    for (const u64 table : {fadt, madt}) {
        rsdt.put<u32>(static_cast<u32>(table));
        xsdt.put<u64>(table);
    }
    const u64 rsdt_place = rsdt.write_to(memory, next), xsdt_place = xsdt.write_to(memory, next);

    std::array<u8, 36> rsdp{};
    const std::string_view signature = "RSD PTR ", oem = "VMXSIM";
    std::copy(signature.begin(), signature.end(), rsdp.begin());
    std::copy(oem.begin(), oem.end(), rsdp.begin() + 9);
    rsdp[15] = 2;  // revision
    std::memcpy(&rsdp[16], &rsdt_place, 4);
    rsdp[20] = sizeof rsdp;
    std::memcpy(&rsdp[24], &xsdt_place, 8);
    rsdp[8] = static_cast<u8>(-std::accumulate(rsdp.begin(), rsdp.begin() + 20, 0));
    rsdp[32] = static_cast<u8>(-std::accumulate(rsdp.begin(), rsdp.end(), 0));
    memory.write_bytes(kRsdp, rsdp);
}

}  // namespace vmxsim::machine
