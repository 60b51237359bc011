// SPDX-License-Identifier: MIT
#include "machine/machine.hpp"

#include <algorithm>

#include "machine/firmware.hpp"

namespace vmxsim::machine {
namespace {

// The video area below 1 MByte, and the device area below 4 GByte.
constexpr u64 kLowHoleBegin = 0xA0000, kLowHoleEnd = 0xC0000, kHighHoleEnd = 0x100000000;
constexpr u64 kIoApicPage = 0xFEC00000;

}  // namespace

Machine::Machine(const CpuProfile& profile, u64 bytes, Outputs outputs)
    : memory_bytes(bytes),
      capabilities(profile),
      cpu(memory, capabilities, profile, *this),
      local_apic_(cpu),
      io_apic_(local_apic_),
      pit_([this] { return cpu.now(); }, [this](unsigned line) { interrupt_line(line); }),
      rtc_([this] { return cpu.now(); }, [this](unsigned line) { interrupt_line(line); }, bytes),
      serial_(std::move(outputs.serial)),
      debug_console_(std::move(outputs.debug_console)),
      exit_port_([this](int status) { exit_with(status); }),
      shutdown_port_([this](int status) { exit_with(status); }),
      system_control_([this] { reset(); }),
      keyboard_([this] { reset(); }),
      pci_([this] { reset(); }),
      acpi_([this] { return cpu.now(); }, [this](int status) { exit_with(status); }),
      // clang-format off
      ports_{
          {0x20, 0x21, 1, &pic_},           {0x40, 0x43, 1, &pit_},        {0x60, 0x60, 1, &keyboard_},
          {0x61, 0x61, 1, &pit_},           {0x64, 0x64, 1, &keyboard_},   {0x70, 0x71, 1, &rtc_},
          {0x80, 0x80, 1, &post_code_},     {0x92, 0x92, 1, &system_control_}, {0xA0, 0xA1, 1, &pic_},
          {0xE9, 0xE9, 1, &debug_console_}, {0xF4, 0xF4, 4, &exit_port_},  {0x3F8, 0x3FF, 1, &serial_},
          {0x402, 0x402, 1, &debug_console_}, {0x4D0, 0x4D1, 1, &pic_},
          {AcpiRegisters::kFirst, AcpiRegisters::kLast, 4, &acpi_},
          {0xCF8, 0xCFF, 4, &pci_},         {0x8900, 0x8900, 1, &shutdown_port_},
      } {
    // clang-format on
    local_apic_.on_level_eoi = [this](u8 vector) { io_apic_.end_of_interrupt(vector); };
    write_firmware_tables(memory);
}

bool Machine::is_memory(u64 page) const {
    if (local_apic_.owns(page)) return false;
    if (page < kHighHole) return page < memory_bytes && !(page >= kLowHoleBegin && page < kLowHoleEnd);
    return page >= kHighHoleEnd && page - (kHighHoleEnd - kHighHole) < memory_bytes;
}

bool Machine::is_low_memory(u64 address, u64 size) const {
    const u64 end = std::min(memory_bytes, kHighHole);
    if (size == 0) return address <= end;
    if (address > end || size > end - address) return false;
    return address + size <= kLowHoleBegin || address >= kLowHoleEnd;
}

u64 Machine::read_device(u64 address, unsigned size) {
    const u64 page = address & ~u64{0xFFF};
    if (local_apic_.owns(page)) return local_apic_.read(address & 0xFFF, size);
    if (page == kIoApicPage) return io_apic_.read(address & 0xFFF, size);
    ++accesses_to_nothing;
    return ~u64{0};
}

void Machine::write_device(u64 address, unsigned size, u64 value) {
    const u64 page = address & ~u64{0xFFF};
    if (local_apic_.owns(page))
        local_apic_.write(address & 0xFFF, size, value);
    else if (page == kIoApicPage)
        io_apic_.write(address & 0xFFF, size, value);
    else
        ++accesses_to_nothing;
}

// The device at this port; width: how much of an access it takes at once.
PortDevice* Machine::device_at(u16 port, unsigned size, unsigned& width) {
    const auto found =
        std::upper_bound(ports_.begin(), ports_.end(), port, [](u16 p, const PortRoute& route) { return p < route.first; });
    width = 1;
    if (found == ports_.begin()) return nullptr;
    const PortRoute& route = *(found - 1);
    if (port > route.last) return nullptr;
    width = route.widest >= size ? size : 1;
    return route.device;
}

u32 Machine::in(u16 port, unsigned size) {
    u32 value = 0;
    bool nothing = false;
    for (unsigned done = 0; done < size;) {
        unsigned width;
        PortDevice* const device = device_at(static_cast<u16>(port + done), size - done, width);
        u32 part = ~u32{0};
        if (device != nullptr)
            part = device->in(static_cast<u16>(port + done), width);
        else
            nothing = true;
        if (width < 4) part &= (1u << 8 * width) - 1;
        value |= part << 8 * done;
        done += width;
    }
    accesses_to_nothing += nothing ? 1 : 0;
    return value;
}

void Machine::out(u16 port, unsigned size, u32 value) {
    bool nothing = false;
    for (unsigned done = 0; done < size;) {
        unsigned width;
        PortDevice* const device = device_at(static_cast<u16>(port + done), size - done, width);
        const u32 part = value >> 8 * done;
        if (device != nullptr)
            device->out(static_cast<u16>(port + done), width, width < 4 ? part & ((1u << 8 * width) - 1) : part);
        else
            nothing = true;
        done += width;
    }
    accesses_to_nothing += nothing ? 1 : 0;
}

void Machine::interrupt_line(unsigned line) {
    pic_.pulse(line);
    io_apic_.pulse(line == 0 ? 2 : line);
    cpu.look_for_events();
}

bool Machine::external_interrupt() const {
    return pic_.requested() && (local_apic_.passes_external_interrupts() || io_apic_.passes_external_interrupts());
}

bool Machine::interrupt_requested() { return external_interrupt() || local_apic_.interrupt_requested(); }
u8 Machine::acknowledge_interrupt() { return external_interrupt() ? pic_.acknowledge() : local_apic_.acknowledge(); }

u64 Machine::next_event() { return std::min({local_apic_.next_event(), pit_.next_event(), rtc_.next_event()}); }

void Machine::advance(u64 now) {
    local_apic_.advance(now);
    pit_.advance(now);
    rtc_.advance(now);
}

void Machine::exit_with(int status) {
    guest_status = status;
    cpu.stop_requested = true;
}

void Machine::reset() {
    reset_requested = true;
    cpu.stop_requested = true;
}

}  // namespace vmxsim::machine
