// SPDX-License-Identifier: MIT
#include "cpu/host/simulated_process.hpp"

#include <cpuid.h>

namespace vmxsim::cpu::tests {
namespace {

// Physical places. Everything up to 2 MByte is seen by the supervisor at kKernel.
constexpr u64 kPml4 = 0x1000, kPdpt = 0x2000, kPd = 0x3000, kFirstPt = 0x4000, kKernelPdpt = 0x8000, kKernelPd = 0x9000;
constexpr u64 kIdt = 0x10000, kGdt = 0x11000, kTss = 0x12000, kHandlers = 0x13000, kKernelStack = 0x20000;
constexpr u64 kCodePages = 0x200000, kDataPages = 0x210000, kStackPages = 0x220000;
constexpr u64 kKernel = 0xFFFF800000000000;
constexpr u64 kPresent = 1, kWritable = 2, kUser = 4, kNoExecute = bit(63);

}  // namespace

CpuProfile profile_of_host() {
    CpuProfile profile = default_profile();
    profile.cpuid.clear();
    for (const auto& [leaf, subleaf] : {std::pair<u32, u32>{1, 0}, {7, 0}, {0xD, 0}, {0xD, 1}, {0x80000001, 0}}) {
        CpuidLeaf row{leaf, subleaf, 0, 0, 0, 0};
        if (__get_cpuid_count(leaf, subleaf, &row.eax, &row.ebx, &row.ecx, &row.edx) != 0) profile.cpuid.push_back(row);
    }
    return profile;
}

SimulatedProcess::SimulatedProcess(const CpuProfile& profile) : profile_(profile) {
    map(Layout::kCode, kCodePages, Layout::kCodeSize, kUser);
    map(Layout::kData, kDataPages, Layout::kReadOnly - Layout::kData, kUser | kWritable | kNoExecute);
    map(Layout::kReadOnly, kDataPages + Layout::kReadOnly - Layout::kData, 0x1000, kUser | kNoExecute);
    map(Layout::kStack, kStackPages, Layout::kStackSize, kUser | kWritable | kNoExecute);
    write_tables();
    const std::array<u8, Layout::kCodeSize> fill = [] {
        std::array<u8, Layout::kCodeSize> bytes{};
        bytes.fill(Layout::kFill);
        return bytes;
    }();
    memory_.write_bytes(kCodePages, fill);
}

void SimulatedProcess::map(u64 linear, u64 physical, u64 size, u64 flags) {
    memory_.write<u64>(kPml4, kPdpt | kPresent | kWritable | kUser);
    memory_.write<u64>(kPdpt, kPd | kPresent | kWritable | kUser);
    const u64 pt = kFirstPt + (linear >> 28) * 0x1000;  // the areas lie 256 MByte apart
    memory_.write<u64>(kPd + (linear >> 21) * 8, pt | kPresent | kWritable | kUser);
    for (u64 offset = 0; offset < size; offset += 0x1000)
        memory_.write<u64>(pt + ((linear + offset) >> 12 & 511) * 8, (physical + offset) | flags | kPresent);
}

void SimulatedProcess::write_tables() {
    memory_.write<u64>(kPml4 + 8 * 256, kKernelPdpt | kPresent | kWritable);
    memory_.write<u64>(kKernelPdpt, kKernelPd | kPresent | kWritable);
    memory_.write<u64>(kKernelPd, 0 | kPresent | kWritable | bit(7));
    memory_.write<u64>(kGdt + 8, 0x00209B0000000000);  // selector 8: 64-bit code
    for (u64 vector = 0; vector < 256; ++vector) {
        const u64 handler = kKernel + kHandlers + 16 * vector;
        memory_.write<u64>(kIdt + 16 * vector, (handler & 0xFFFF) | 8 << 16 | u64{0x8E00} << 32 | (handler >> 16 & 0xFFFF) << 48);
        memory_.write<u64>(kIdt + 16 * vector + 8, handler >> 32);
        memory_.write<u8>(kHandlers + 16 * vector, 0xF4);  // HLT
    }
    memory_.write<u64>(kTss + 4, kKernel + kKernelStack);  // RSP0
    memory_.write<u16>(kTss + 102, 0xFFFF);                // no I/O permission bitmap
}

Outcome SimulatedProcess::run(const HostCase& host_case, Contents& contents) {
    const u64 place = host_case.at - Layout::kCode;
    const size_t size = std::min<size_t>(host_case.code.size(), Layout::kCodeSize - place);
    memory_.write_bytes(kCodePages + place, {host_case.code.data(), size});
    cpu_.code_page_written(kCodePages);
    cpu_.code_page_written(kCodePages + 0x1000);
    memory_.write_bytes(kDataPages, contents.data);
    memory_.write_bytes(kStackPages, contents.stack);

    CpuState& state = cpu_.state;
    state.cr0 = 0x80010033;
    state.cr3 = kPml4;
    state.cr4 = 0x6A0;
    state.msrs.efer = 0xD01;
    for (const SegmentRegister r : {SegmentRegister::es, SegmentRegister::ds, SegmentRegister::ss})
        state[r] = {0x2B, 0, 0xFFFFFFFF, {0xC0F3}};
    if (host_case.bits64) state[SegmentRegister::es] = state[SegmentRegister::ds] = {0, 0, 0xFFFFFFFF, {kUnusable}};
    state[SegmentRegister::cs] =
        host_case.bits64 ? Segment{0x33, 0, 0xFFFFFFFF, {0xA0FB}} : Segment{0x23, 0, 0xFFFFFFFF, {0xC0FB}};
    state[SegmentRegister::fs] = {0, host_case.fs_base, 0, {kUnusable}};
    state[SegmentRegister::gs] = {0, host_case.gs_base, 0, {kUnusable}};
    state[SegmentRegister::tr] = {0x40, kKernel + kTss, 0x67, {0x8B}};
    state.idtr = {kKernel + kIdt, 0xFFF};
    state.gdtr = {kKernel + kGdt, 0xF};
    std::copy(host_case.registers.begin(), host_case.registers.end(), state.general.begin());
    state.rip = host_case.at;
    state.activity = ActivityState::active;
    cpu_.set_rflags(host_case.rflags);
    cpu_.refresh_mode();
    // A fault is delivered, and the HLT of its handler is then the one instruction that retires.
    (void)cpu_.run(cpu_.retired + 1);

    Outcome outcome;
    std::copy_n(state.general.begin(), 16, outcome.registers.begin());
    outcome.rip = state.rip;
    outcome.rflags = cpu_.rflags();
    const u64 handler = state.rip - 1 - (kKernel + kHandlers);
    if (cpu_.cpl() == 0 && handler < 256 * 16) {
        outcome.exception = static_cast<u8>(handler / 16);
        const u64 frame = state[Register::rsp] - kKernel +
                          (outcome.exception >= 8 && outcome.exception <= 14 && outcome.exception != 9 ? 8 : 0);
        outcome.rip = memory_.read<u64>(frame);
        outcome.rflags = memory_.read<u64>(frame + 16);
        outcome.registers[4] = memory_.read<u64>(frame + 24);
        if (outcome.exception == kPageFault) outcome.fault_address = state.cr2;
    }
    const std::vector<u8> fill(size, Layout::kFill);
    memory_.write_bytes(kCodePages + place, fill);
    memory_.read_bytes(kDataPages, contents.data);
    memory_.read_bytes(kStackPages, contents.stack);
    return outcome;
}

}  // namespace vmxsim::cpu::tests
