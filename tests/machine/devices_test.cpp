// SPDX-License-Identifier: MIT
#include <boost/test/unit_test.hpp>

#include "machine/machine.hpp"
#include "vmcs/profiles.hpp"

using namespace vmxsim;
using namespace vmxsim::machine;

namespace {

struct QuietMachine : Machine {
    QuietMachine() : Machine(default_profile(), u64{4} << 30, {[](char) {}, [](char) {}}) {}

    void pass(u64 ticks) {
        cpu.skip_to(cpu.now() + ticks);
        advance(cpu.now());
    }
    void set_up_pics(u8 first_mask) {
        for (const auto& [port, value] :
             {std::pair{0x20, 0x11}, {0x21, 0x20}, {0x21, 4}, {0x21, 1}, {0xA0, 0x11}, {0xA1, 0x28}, {0xA1, 2}, {0xA1, 1}})
            out(static_cast<u16>(port), 1, static_cast<u32>(value));
        out(0x21, 1, first_mask);
        out(0xA1, 1, 0);
    }
    u8 clock(u8 index) {
        out(0x70, 1, index);
        return static_cast<u8>(in(0x71, 1));
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(devices_of_the_board)

BOOST_AUTO_TEST_CASE(interrupts_of_the_8259As_come_by_priority_and_nest) {
    Pic pic;
    for (const auto& [port, value] :
         {std::pair{0x20, 0x11}, {0x21, 0x20}, {0x21, 4}, {0x21, 1}, {0xA0, 0x11}, {0xA1, 0x28}, {0xA1, 2}, {0xA1, 1}})
        pic.out(static_cast<u16>(port), 1, static_cast<u32>(value));
    BOOST_TEST(!pic.requested());
    pic.pulse(4);
    pic.pulse(9);
    pic.pulse(1);
    BOOST_TEST(pic.acknowledge() == 0x21);
    BOOST_TEST(!pic.requested());  // 9 comes through input 2, below 1
    pic.out(0x20, 1, 0x20);
    BOOST_TEST(pic.acknowledge() == 0x29);
    BOOST_TEST(!pic.requested());
    pic.pulse(0);
    BOOST_TEST(pic.acknowledge() == 0x20);  // above the one in service
    pic.out(0x20, 1, 0x0B);
    BOOST_TEST(pic.in(0x20, 1) == 0x05u);
    pic.out(0x20, 1, 0x20);
    pic.out(0xA0, 1, 0x20);
    pic.out(0x20, 1, 0x62);
    BOOST_TEST(pic.acknowledge() == 0x24);
    pic.out(0x20, 1, 0x20);
    BOOST_TEST(pic.acknowledge() == 0x27);  // spurious
    pic.out(0x21, 1, 0xFF);
    pic.pulse(3);
    BOOST_TEST(!pic.requested());
    pic.out(0x21, 1, 0);
    BOOST_TEST(pic.requested());
}

BOOST_AUTO_TEST_CASE(the_timer_interrupts_at_its_rate_and_can_be_read) {
    QuietMachine machine;
    machine.set_up_pics(0xFE);
    machine.out(0x43, 1, 0x34);
    machine.out(0x40, 1, 11932 & 0xFF);
    machine.out(0x40, 1, 11932 >> 8);  // 10 ms
    machine.pass(9'990'000);
    BOOST_TEST(!machine.interrupt_requested());
    machine.pass(20'000);
    BOOST_TEST(machine.interrupt_requested());
    BOOST_TEST(machine.acknowledge_interrupt() == 0x20);
    machine.out(0x43, 1, 0x00);  // latch
    const u32 count = machine.in(0x40, 1) | machine.in(0x40, 1) << 8;
    BOOST_TEST(count > 11900u);
    BOOST_TEST(count <= 11932u);
}

BOOST_AUTO_TEST_CASE(channel_2_times_a_delay_at_port_61) {
    QuietMachine machine;
    machine.out(0x61, 1, (machine.in(0x61, 1) & ~2u) | 1);
    machine.out(0x43, 1, 0xB0);
    machine.out(0x42, 1, 0xFF);
    machine.out(0x42, 1, 0x2E);  // 12031 counts: 10.08 ms
    BOOST_TEST((machine.in(0x61, 1) & 0x20) == 0u);
    machine.pass(10'000'000);
    BOOST_TEST((machine.in(0x61, 1) & 0x20) == 0u);
    machine.pass(100'000);
    BOOST_TEST((machine.in(0x61, 1) & 0x20) == 0x20u);
}

BOOST_AUTO_TEST_CASE(the_clock_begins_at_its_date_and_goes_on) {
    QuietMachine machine;
    BOOST_TEST(machine.clock(9) == 0x26);
    BOOST_TEST(machine.clock(8) == 0x01);
    BOOST_TEST(machine.clock(7) == 0x01);
    machine.pass(3'723'000'000'000);
    BOOST_TEST(machine.clock(0) == 0x03);
    BOOST_TEST(machine.clock(2) == 0x02);
    BOOST_TEST(machine.clock(4) == 0x01);
    BOOST_TEST((machine.clock(10) & 0x80) == 0);
    machine.pass(999'900'000);
    BOOST_TEST((machine.clock(10) & 0x80) == 0x80);
    BOOST_TEST(machine.clock(0x34) == 0x00);  // 3 GBytes below 4 GBytes: BF00H times 64 KBytes above 16 MBytes
    BOOST_TEST(machine.clock(0x35) == 0xBF);
    BOOST_TEST(machine.clock(0x5C) == 0x40);  // and one GByte above
}

BOOST_AUTO_TEST_CASE(an_io_apic_entry_routes_the_timer) {
    QuietMachine machine;
    machine.set_up_pics(0xFF);
    machine.write_device(0xFEC00000, 4, 0x14);  // input 2, low half: vector 51H
    machine.write_device(0xFEC00010, 4, 0x51);
    machine.pass(60'000'000);
    BOOST_TEST(machine.interrupt_requested());
    BOOST_TEST(machine.acknowledge_interrupt() == 0x51);
    BOOST_TEST(!machine.interrupt_requested());
}

BOOST_AUTO_TEST_CASE(ports_without_a_device_read_all_ones_and_are_counted) {
    QuietMachine machine;
    BOOST_TEST(machine.in(0x510, 2) == 0xFFFFu);
    BOOST_TEST(machine.in(0x511, 1) == 0xFFu);
    BOOST_TEST(machine.accesses_to_nothing == 2u);
    machine.out(0xCF8, 4, 0x80000000);
    BOOST_TEST(machine.in(0xCFC, 4) == 0xFFFFFFFFu);
    BOOST_TEST(machine.in(0xCFC, 2) == 0xFFFFu);
    BOOST_TEST(machine.accesses_to_nothing == 2u);
}

BOOST_AUTO_TEST_CASE(resets_end_the_run) {
    for (const auto& [port, value] : {std::pair{0x64, 0xFE}, {0x92, 0x03}, {0xCF9, 0x06}}) {
        QuietMachine machine;
        machine.out(static_cast<u16>(port), 1, static_cast<u32>(value));
        BOOST_TEST(machine.reset_requested);
        BOOST_TEST(machine.cpu.stop_requested);
    }
}

BOOST_AUTO_TEST_CASE(the_acpi_tables_sum_to_zero_and_name_one_processor) {
    QuietMachine machine;
    const auto sum = [&](u64 place, u64 length) {
        u8 total = 0;
        for (u64 i = 0; i < length; ++i) total = static_cast<u8>(total + machine.memory.read<u8>(place + i));
        return total;
    };
    BOOST_TEST(machine.memory.read<u64>(0xE0000) == 0x2052545020445352u);  // "RSD PTR "
    BOOST_TEST(sum(0xE0000, 20) == 0);
    BOOST_TEST(sum(0xE0000, 36) == 0);
    const u64 rsdt = machine.memory.read<u32>(0xE0010);
    unsigned processors = 0;
    for (u64 entry = rsdt + 36; entry < rsdt + machine.memory.read<u32>(rsdt + 4); entry += 4) {
        const u64 table = machine.memory.read<u32>(entry), length = machine.memory.read<u32>(table + 4);
        BOOST_TEST(sum(table, length) == 0);
        if (machine.memory.read<u32>(table) != 0x43495041) continue;  // "APIC"
        for (u64 place = table + 44; place < table + length; place += machine.memory.read<u8>(place + 1))
            processors += machine.memory.read<u8>(place) == 0 ? 1 : 0;
    }
    BOOST_TEST(processors == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
