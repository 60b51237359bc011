// SPDX-License-Identifier: MIT
// What a comparison with the host's processor cannot show: other modes, devices, interrupts in the middle, processors that
// lack a feature.
#include <boost/test/unit_test.hpp>

#include "cpu/bare_machine.hpp"

using namespace vmxsim;
using namespace vmxsim::cpu;
using namespace vmxsim::cpu::tests;

namespace {

// Real-address mode, code at 1000H. The interrupt vector table leads to a HLT a vector, at F000H + vector.
struct RealModeMachine : BareMachine {
    RealModeMachine() {
        cpu.reset();
        CpuState& state = cpu.state;
        for (const SegmentRegister r : {SegmentRegister::es, SegmentRegister::cs, SegmentRegister::ss, SegmentRegister::ds})
            state[r] = {0, 0, 0xFFFF, {r == SegmentRegister::cs ? 0x9Bu : 0x93u}};
        state.idtr = {0, 0x3FF};
        for (u32 vector = 0; vector < 256; ++vector) {
            memory.write<u32>(vector * 4, 0xF000 + vector);
            memory.write<u8>(0xF000 + vector, 0xF4);
        }
        state.rip = 0x1000;
        state[Register::rsp] = 0x8000;
        cpu.refresh_mode();
    }
    // The exception that was delivered, whose handler has halted.
    u64 vector() const { return cpu.state.rip - 1 - 0xF000; }
};

// A port from which counted bytes come, and which remembers what it was given.
struct CountingPort : NoDevices {
    u32 in(u16, unsigned) override { return next++; }
    void out(u16, unsigned, u32 value) override { written.push_back(value); }
    u32 next = 1;
    std::vector<u32> written;
};

CpuProfile profile_without(u32 leaf, u32 CpuidLeaf::*reg, unsigned number) {
    CpuProfile profile = default_profile();
    for (CpuidLeaf& row : profile.cpuid)
        if (row.leaf == leaf && row.subleaf == 0) row.*reg &= ~(1u << number);
    return profile;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(integer_instructions)

BOOST_AUTO_TEST_CASE(string_moves_in_16_bit_code_count_in_cx_and_wrap_at_64_kbytes) {
    RealModeMachine machine;
    machine.load({0xFC, 0xF3, 0xA4}, 0x1000);  // cld; rep movsb
    machine.memory.write<u8>(0xFFFF, 0x11);
    machine.memory.write<u8>(0x0, 0x22);
    machine.cpu.state[Register::rcx] = 0xABCD0002;
    machine.cpu.state[Register::rsi] = 0xFFFF;
    machine.cpu.state[Register::rdi] = 0x3000;
    machine.run(2);
    BOOST_TEST(machine.memory.read<u16>(0x3000) == 0x2211);
    BOOST_TEST(machine.cpu.state[Register::rcx] == 0xABCD0000u);
    BOOST_TEST(machine.cpu.state[Register::rsi] == 1u);
    BOOST_TEST(machine.cpu.state[Register::rdi] == 0x3002u);
}

BOOST_AUTO_TEST_CASE(long_string_moves_cross_pages_and_repeat_overlapping_patterns) {
    BareMachine machine;
    machine.load({0xF3, 0xA4});  // rep movsb
    for (unsigned i = 0; i < 3; ++i) machine.memory.write<u8>(BareMachine::kData + 0x123 + i, static_cast<u8>(i + 1));
    machine.cpu.state[Register::rsi] = BareMachine::kData + 0x123;
    machine.cpu.state[Register::rdi] = BareMachine::kData + 0x126;
    machine.cpu.state[Register::rcx] = 20000;
    machine.run(1);
    BOOST_TEST(machine.cpu.state[Register::rcx] == 0u);
    BOOST_TEST(machine.cpu.state.rip == BareMachine::kCode + 2);
    unsigned wrong = 0;
    for (unsigned i = 0; i < 20003; ++i) wrong += machine.memory.read<u8>(BareMachine::kData + 0x123 + i) != i % 3 + 1;
    BOOST_TEST(wrong == 0u);
}

BOOST_AUTO_TEST_CASE(with_tf_every_element_of_a_repetition_is_followed_by_a_trap) {
    RealModeMachine machine;
    machine.load({0xF3, 0xAA}, 0x1000);  // rep stosb
    machine.cpu.state[Register::rcx] = 5;
    machine.cpu.state[Register::rdi] = 0x3000;
    machine.cpu.set_rflags(machine.cpu.rflags() | kTf);
    machine.run(2);
    BOOST_TEST(machine.vector() == 1u);
    BOOST_TEST(machine.cpu.state[Register::rcx] == 4u);
    BOOST_TEST(machine.memory.read<u16>(0x8000 - 6) == 0x1000);  // the repetition is to go on
}

BOOST_AUTO_TEST_CASE(string_input_and_output_move_one_element_an_access) {
    BareMachine machine;
    CountingPort port;
    Cpu cpu(machine.memory, machine.capabilities, machine.profile, port);
    cpu.state = machine.cpu.state;
    cpu.refresh_mode();
    machine.load({0xF3, 0x6C, 0xF3, 0x6E});  // rep insb; rep outsb
    cpu.state[Register::rdx] = 0x3F8;
    cpu.state[Register::rcx] = 3;
    cpu.state[Register::rdi] = cpu.state[Register::rsi] = BareMachine::kData;
    (void)cpu.run(cpu.retired + 1);
    BOOST_TEST(machine.memory.read<u32>(BareMachine::kData) == 0x030201u);
    cpu.state[Register::rcx] = 3;
    (void)cpu.run(cpu.retired + 1);
    BOOST_TEST(port.written == (std::vector<u32>{1, 2, 3}), boost::test_tools::per_element());
    BOOST_TEST(cpu.state[Register::rsi] == BareMachine::kData + 3);
}

BOOST_AUTO_TEST_CASE(pusha_and_popa_of_16_bits_restore_all_but_sp) {
    RealModeMachine machine;
    machine.load({0x60, 0x31, 0xC0, 0x31, 0xFF, 0x61}, 0x1000);  // pusha; xor ax, ax; xor di, di; popa
    machine.cpu.state[Register::rax] = 0xAAAA1234;
    machine.cpu.state[Register::rdi] = 0x5678;
    machine.run(1);
    BOOST_TEST(machine.cpu.state[Register::rsp] == 0x8000u - 16);
    BOOST_TEST(machine.memory.read<u16>(0x8000 - 10) == 0x8000);
    machine.run(3);
    BOOST_TEST(machine.cpu.state[Register::rax] == 0xAAAA1234u);
    BOOST_TEST(machine.cpu.state[Register::rdi] == 0x5678u);
    BOOST_TEST(machine.cpu.state[Register::rsp] == 0x8000u);
}

BOOST_AUTO_TEST_CASE(a_quotient_that_does_not_fit_is_a_divide_error) {
    RealModeMachine machine;
    machine.load({0xF6, 0xF1}, 0x1000);  // div cl
    machine.cpu.state[Register::rax] = 0x0200;
    machine.cpu.state[Register::rcx] = 2;
    machine.run(1);
    BOOST_TEST(machine.vector() == 0u);
    BOOST_TEST(machine.memory.read<u16>(0x8000 - 6) == 0x1000);
    BOOST_TEST(machine.cpu.state[Register::rax] == 0x0200u);
}

BOOST_AUTO_TEST_CASE(vex_encoded_instructions_are_undefined_in_real_address_mode) {
    RealModeMachine machine;
    machine.load({0xC4, 0xE2, 0x70, 0xF2, 0xC2}, 0x1000);  // andn eax, ecx, edx
    machine.run(1);
    BOOST_TEST(machine.vector() == 6u);
}

BOOST_AUTO_TEST_CASE(lzcnt_is_bsr_and_tzcnt_bsf_on_a_processor_without_them) {
    const std::vector<u8> code = {0xF3, 0x0F, 0xBD, 0xC1, 0xF3, 0x0F, 0xBC, 0xD1};  // lzcnt eax, ecx; tzcnt edx, ecx
    const auto results = [&](const CpuProfile& profile) {
        BareMachine machine;
        Cpu cpu(machine.memory, machine.capabilities, profile, machine.bus);
        cpu.state = machine.cpu.state;
        cpu.refresh_mode();
        machine.load(code);
        cpu.state[Register::rcx] = 0x00010000;
        cpu.state[Register::rdx] = 7;
        (void)cpu.run(cpu.retired + 2);
        return std::pair{cpu.state[Register::rax], cpu.state[Register::rdx]};
    };
    BOOST_TEST((results(default_profile()) == std::pair<u64, u64>{15, 16}));
    BOOST_TEST((results(profile_without(0x80000001, &CpuidLeaf::ecx, 5)) == std::pair<u64, u64>{16, 16}));
}

BOOST_AUTO_TEST_CASE(instructions_that_cpuid_denies_are_undefined) {
    const CpuProfile without_popcnt = profile_without(1, &CpuidLeaf::ecx, 23);
    RealModeMachine machine;
    Cpu cpu(machine.memory, machine.capabilities, without_popcnt, machine.bus);
    cpu.state = machine.cpu.state;
    cpu.refresh_mode();
    machine.load({0xF3, 0x0F, 0xB8, 0xC1}, 0x1000);  // popcnt ax, cx
    (void)cpu.run(cpu.retired + 1);
    BOOST_TEST(cpu.state.rip == 0xF000 + 6 + 1u);
}

BOOST_AUTO_TEST_SUITE_END()
