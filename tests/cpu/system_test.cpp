// SPDX-License-Identifier: MIT
// Debug events, interrupt shadows, virtual time, CPUID, MSRs and the fast calls.
#include <boost/test/unit_test.hpp>

#include "cpu/bare_machine.hpp"
#include "cpu/msr.hpp"

using namespace vmxsim;
using namespace vmxsim::cpu;
using namespace vmxsim::cpu::tests;

namespace {

// Handlers that halt, one a vector: RIP tells which one ran.
struct WithIdt : BareMachine {
    static constexpr u64 kIdt = 0x4000, kGdt = 0x5000, kHandlers = 0x110000;

    WithIdt() {
        memory.write<u64>(kGdt + 8, 0x00AF9B000000FFFF);
        memory.write<u64>(kGdt + 16, 0x00CF93000000FFFF);
        for (u64 vector = 0; vector < 256; ++vector) {
            const u64 handler = kHandlers + 16 * vector;
            memory.write<u64>(kIdt + 16 * vector,
                              (handler & 0xFFFF) | u64{8} << 16 | u64{0xEE} << 40 | (handler >> 16 & 0xFFFF) << 48);
            memory.write<u8>(handler, 0xF4);
        }
        cpu.state.gdtr = {kGdt, 0xFF};
        cpu.state.idtr = {kIdt, 0xFFF};
    }
    // Runs until the processor halts; the vector whose handler it is in, or nothing.
    std::optional<u64> run_to_handler() {
        if (cpu.run(cpu.retired + 1000) != StopReason::halted) return std::nullopt;
        return (cpu.state.rip - 1 - kHandlers) / 16;
    }
    u64 pushed_rip() const { return memory.read<u64>(cpu.state[Register::rsp]); }
    u64 pushed_flags() const { return memory.read<u64>(cpu.state[Register::rsp] + 16); }
};

constexpr u64 kCode = BareMachine::kCode;

}  // namespace

BOOST_AUTO_TEST_SUITE(debug_events)

BOOST_AUTO_TEST_CASE(tf_set_by_popf_traps_after_the_next_instruction) {
    WithIdt machine;
    machine.load({0x68, 0x02, 0x01, 0x00, 0x00, 0x9D, 0x90, 0x90, 0x90});  // push 0x102; popfq; nop; nop; nop
    BOOST_TEST((machine.run_to_handler() == kDebug));
    BOOST_TEST(machine.pushed_rip() == kCode + 7);
    BOOST_TEST((machine.cpu.state.dr6 & 0x4000) == 0x4000u);
    BOOST_TEST((machine.pushed_flags() & kTf) == kTf);
}

BOOST_AUTO_TEST_CASE(a_software_interrupt_is_not_followed_by_a_single_step_trap) {
    WithIdt machine;
    machine.load({0xCD, 0x40});
    machine.cpu.set_rflags(machine.cpu.rflags() | kTf);
    BOOST_TEST((machine.run_to_handler() == 0x40u));
}

BOOST_AUTO_TEST_CASE(with_btf_only_branches_trap) {
    WithIdt machine;
    machine.load({0x90, 0x90, 0xEB, 0x20});
    machine.load({0x90}, kCode + 0x24);
    machine.cpu.state.msrs.debugctl = 2;
    machine.cpu.set_rflags(machine.cpu.rflags() | kTf);
    BOOST_TEST((machine.run_to_handler() == kDebug));
    BOOST_TEST(machine.pushed_rip() == kCode + 0x24);
    BOOST_TEST(machine.cpu.state.msrs.debugctl == 0u);
}

BOOST_AUTO_TEST_CASE(an_instruction_breakpoint_is_a_fault_that_rf_holds_off) {
    WithIdt machine;
    machine.load({0x90, 0x90, 0xF4});
    machine.cpu.state.dr[1] = kCode + 1;
    machine.cpu.state.dr7 = 0x404;
    machine.cpu.refresh_mode();
    BOOST_TEST((machine.run_to_handler() == kDebug));
    BOOST_TEST(machine.pushed_rip() == kCode + 1);
    BOOST_TEST((machine.pushed_flags() & kRf) == 0u);
    BOOST_TEST((machine.cpu.state.dr6 & 0xF) == 2u);
    // Resumed with RF in the image, it goes on.
    machine.memory.write<u64>(machine.cpu.state[Register::rsp] + 16, machine.pushed_flags() | kRf);
    machine.load({0x48, 0xCF}, machine.cpu.state.rip);  // iretq
    machine.cpu.state.activity = ActivityState::active;
    BOOST_TEST((machine.cpu.run(machine.cpu.retired + 1000) == StopReason::halted));
    BOOST_TEST(machine.cpu.state.rip == kCode + 3);
    BOOST_TEST((machine.cpu.state.rflags & kRf) == 0u);
}

BOOST_AUTO_TEST_CASE(data_breakpoints_trap_after_the_access) {
    for (const bool writes_only : {true, false}) {
        WithIdt machine;
        // mov rax, [rdi]; mov [rdi], al; nop
        machine.load({0x48, 0x8B, 0x07, 0x88, 0x07, 0x90});
        machine.cpu.state[Register::rdi] = BareMachine::kData + 2;
        machine.cpu.state.dr[0] = BareMachine::kData;
        machine.cpu.state.dr7 = 0x401 | (writes_only ? 0xDu : 0xFu) << 16;
        machine.cpu.refresh_mode();
        BOOST_TEST((machine.run_to_handler() == kDebug));
        BOOST_TEST(machine.pushed_rip() == kCode + (writes_only ? 5 : 3));
        BOOST_TEST((machine.cpu.state.dr6 & 0xF) == 1u);
    }
}

BOOST_AUTO_TEST_CASE(mov_ss_postpones_a_data_breakpoint_by_one_instruction) {
    WithIdt machine;
    machine.load({0x8E, 0x17, 0x90, 0x90});  // mov ss, [rdi]; nop; nop
    machine.memory.write<u16>(BareMachine::kData, 0x10);
    machine.cpu.state[Register::rdi] = BareMachine::kData;
    machine.cpu.state.dr[2] = BareMachine::kData;
    machine.cpu.state.dr7 = 0x410 | 0x7u << 24;
    machine.cpu.refresh_mode();
    BOOST_TEST((machine.run_to_handler() == kDebug));
    BOOST_TEST(machine.pushed_rip() == kCode + 3);
    BOOST_TEST((machine.cpu.state.dr6 & 0xF) == 4u);
}

BOOST_AUTO_TEST_CASE(io_breakpoints_need_cr4_de) {
    for (const bool de : {false, true}) {
        WithIdt machine;
        machine.load({0xE6, 0x80, 0x90, 0xF4});  // out 0x80, al; nop; hlt
        machine.cpu.state.dr[0] = 0x80;
        machine.cpu.state.dr7 = 0x401 | 0x2u << 16;
        machine.cpu.state.cr4 |= de ? 8 : 0;
        machine.cpu.refresh_mode();
        (void)machine.run_to_handler();
        BOOST_TEST(machine.cpu.state.rip == (de ? WithIdt::kHandlers + 16 * kDebug + 1 : kCode + 4));
    }
}

BOOST_AUTO_TEST_CASE(hlt_under_tf_is_left_by_the_trap) {
    WithIdt machine;
    machine.load({0xF4, 0x90});
    machine.cpu.set_rflags(machine.cpu.rflags() | kTf);
    BOOST_TEST((machine.run_to_handler() == kDebug));
    BOOST_TEST(machine.pushed_rip() == kCode + 1);
}

BOOST_AUTO_TEST_CASE(an_nmi_waits_for_the_iret_of_the_one_before) {
    WithIdt machine;
    machine.load({0x90, 0xF4});
    machine.cpu.nmi_requested = true;
    BOOST_TEST((machine.run_to_handler() == kNonMaskableInterrupt));
    machine.cpu.nmi_requested = true;
    machine.cpu.look_for_events();
    BOOST_TEST((machine.cpu.run(machine.cpu.retired + 10) == StopReason::halted));
    BOOST_TEST(machine.cpu.nmi_requested);
    machine.cpu.state.activity = ActivityState::active;
    machine.load({0x48, 0xCF}, machine.cpu.state.rip);  // iretq
    BOOST_TEST((machine.run_to_handler() == kNonMaskableInterrupt));
    BOOST_TEST(!machine.cpu.nmi_requested);
}

BOOST_AUTO_TEST_CASE(faults_without_end_are_noticed) {
    WithIdt machine;
    machine.load({0x0F, 0x0B});                                            // ud2
    machine.load({0x0F, 0x0B}, WithIdt::kHandlers + 16 * kInvalidOpcode);  // and again in its handler
    for (u64 page = 0; page < 8; ++page) machine.memory.page(page << 12);
    machine.memory.write<u64>(WithIdt::kIdt + 16 * kInvalidOpcode,
                              machine.memory.read<u64>(WithIdt::kIdt + 16 * kInvalidOpcode) | u64{1} << 32);
    machine.cpu.state[SegmentRegister::tr] = {0x18, 0x6000, 0x67, {0x8B}};
    machine.memory.write<u64>(0x6000 + 36, 0x300000);  // IST1: the same stack every time
    BOOST_TEST((machine.cpu.run(1'000'000'000) == StopReason::fault_loop));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(system_instructions)

BOOST_AUTO_TEST_CASE(the_tsc_counts_instructions_exactly) {
    BareMachine machine;
    machine.load({0x0F, 0x31, 0x89, 0xC3, 0x90, 0x90, 0x0F, 0x31});  // rdtsc; mov ebx, eax; nop; nop; rdtsc
    machine.run(5);
    BOOST_TEST(machine.cpu.state[Register::rax] - machine.cpu.state[Register::rbx] == 4u);
    (void)write_msr(machine.cpu, 0x10, 1'000'000);
    BOOST_TEST(machine.cpu.tsc() == 1'000'000u);
    const u64 adjust = *read_msr(machine.cpu, 0x3B);
    (void)write_msr(machine.cpu, 0x3B, adjust + 5);
    BOOST_TEST(machine.cpu.tsc() == 1'000'005u);
}

BOOST_AUTO_TEST_CASE(cpuid_shows_only_what_is_executed) {
    for (const CpuProfile& profile : all_profiles()) {
        const CpuidPolicy policy(profile);
        CpuState state;
        const CpuidLeaf one = policy.ask(1, 0, state), seven = policy.ask(7, 0, state), xsave = policy.ask(0xD, 0, state);
        BOOST_TEST((one.ecx & (bit(28) | bit(12) | bit(29) | bit(27))) == 0u, profile.name);  // AVX, FMA, F16C; OSXSAVE is off
        BOOST_TEST((seven.ebx & (bit(5) | bit(16) | bit(2) | bit(11) | bit(4) | bit(25))) == 0u, profile.name);
        if (policy.ask(0, 0, state).eax >= 0xD) BOOST_TEST((xsave.eax & ~3u) == 0u, profile.name);
        BOOST_TEST(bits(one.ebx, 23, 16) == 1u, profile.name);
        BOOST_TEST(bits(policy.ask(0x80000008, 0, state).eax, 7, 0) == profile.physical_address_bits, profile.name);
        state.cr4 = bit(18);
        BOOST_TEST(is_set(policy.ask(1, 0, state).ecx, 27) == is_set(one.ecx, 26), profile.name);
        state.msrs.apic_base &= ~bit(11);
        BOOST_TEST(!is_set(policy.ask(1, 0, state).edx, 9), profile.name);
    }
}

BOOST_AUTO_TEST_CASE(msrs_take_what_the_manual_says) {
    BareMachine machine;
    Cpu& cpu = machine.cpu;
    const auto takes = [&](u32 msr, u64 value) { return write_msr(cpu, msr, value) == Flow::next; };
    BOOST_TEST(takes(0x277, 0x0007040600070406));
    BOOST_TEST(!takes(0x277, 2));
    BOOST_TEST(!takes(0xC0000080, 2));
    BOOST_TEST(!takes(0xC0000080, 0));  // LME with paging on
    BOOST_TEST(!takes(0xC0000100, 0x8000000000000000));
    BOOST_TEST(takes(0xC0000100, 0xFFFF800000000000));
    BOOST_TEST(cpu.state[SegmentRegister::fs].base == 0xFFFF800000000000u);
    BOOST_TEST(!takes(0x480, 0));
    BOOST_TEST(!takes(0x3A, 0));  // locked
    BOOST_TEST(!takes(0x12345, 0));
    BOOST_TEST(!read_msr(cpu, 0x12345).has_value());
    BOOST_TEST(!read_msr(cpu, 0x49).has_value());
    BOOST_TEST(!read_msr(cpu, 0x802).has_value());  // not in x2APIC mode
    BOOST_TEST(*read_msr(cpu, 0x480) == machine.profile.msrs.get_or_zero(0x480));
    BOOST_TEST(*read_msr(cpu, 0xFE) == 0x50Au);
    BOOST_TEST(!takes(0xFE, 0));
    BOOST_TEST(takes(0x1A0, 0));
    BOOST_TEST(*read_msr(cpu, 0x1A0) == (bit(7) | bit(11) | bit(12)));
    BOOST_TEST(takes(0x8B, 0));
    for (u32 bank = 0x400; bank < 0x480; ++bank) BOOST_TEST(!read_msr(cpu, bank).has_value());
}

BOOST_AUTO_TEST_CASE(syscall_and_sysret_go_there_and_back) {
    BareMachine machine;
    Cpu& cpu = machine.cpu;
    cpu.state.msrs.star = u64{0x23} << 48 | u64{0x08} << 32;
    cpu.state.msrs.lstar = kCode + 0x100;
    cpu.state.msrs.fmask = kIf | kTf;
    machine.load({0x0F, 0x05, 0x90});                 // syscall; nop
    machine.load({0x48, 0x0F, 0x07}, kCode + 0x100);  // sysretq
    cpu.set_rflags(0x202);
    machine.run(1);
    BOOST_TEST(cpu.state.rip == kCode + 0x100);
    BOOST_TEST(cpu.state[Register::rcx] == kCode + 2);
    BOOST_TEST(cpu.state[Register::r11] == 0x202u);
    BOOST_TEST(cpu.rflags() == 2u);
    machine.run(1);
    BOOST_TEST(cpu.state.rip == kCode + 2);
    BOOST_TEST(cpu.cpl() == 3u);
    BOOST_TEST(cpu.state[SegmentRegister::cs].selector == 0x33);
    BOOST_TEST(cpu.state[SegmentRegister::ss].selector == 0x2B);
    BOOST_TEST(cpu.rflags() == 0x202u);
}

BOOST_AUTO_TEST_CASE(random_numbers_are_the_same_in_every_run) {
    BareMachine first, second;
    for (BareMachine* machine : {&first, &second}) {
        machine->load({0x48, 0x0F, 0xC7, 0xF0, 0x48, 0x0F, 0xC7, 0xFB});  // rdrand rax; rdseed rbx
        machine->run(2);
        BOOST_TEST(machine->cpu.status.value() == kCf);
    }
    BOOST_TEST(first.cpu.state[Register::rax] == second.cpu.state[Register::rax]);
    BOOST_TEST(first.cpu.state[Register::rbx] == second.cpu.state[Register::rbx]);
    BOOST_TEST(first.cpu.state[Register::rax] != first.cpu.state[Register::rbx]);
}

BOOST_AUTO_TEST_SUITE_END()
