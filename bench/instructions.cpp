// SPDX-License-Identifier: MIT
// What an instruction costs: a loop of integer instructions in 64-bit mode.
#include <benchmark/benchmark.h>

#include "../tests/cpu/bare_machine.hpp"

namespace {

using namespace vmxsim::cpu;
using vmxsim::cpu::tests::BareMachine;

void integer_loop(benchmark::State& state) {
    BareMachine machine;
    // again: add rax, rcx; xor edx, eax; lea rbx, [rax+rdx*2]; sub esi, ebx; mov edi, esi; cmp edi, ecx; inc ecx; jmp again
    machine.load(
        {0x48, 0x01, 0xC8, 0x31, 0xC2, 0x48, 0x8D, 0x1C, 0x50, 0x29, 0xDE, 0x89, 0xF7, 0x39, 0xCF, 0xFF, 0xC1, 0xEB, 0xED});
    for (auto _ : state) machine.run(1'000'000);
    state.SetItemsProcessed(state.iterations() * 1'000'000);
}
BENCHMARK(integer_loop)->Unit(benchmark::kMillisecond);

void memory_loop(benchmark::State& state) {
    BareMachine machine;
    // mov rdi, 0x300000; again: mov rax, [rdi]; add rax, 1; mov [rdi+8], rax; jmp again
    machine.load(
        {0x48, 0xC7, 0xC7, 0x00, 0x00, 0x30, 0x00, 0x48, 0x8B, 0x07, 0x48, 0x83, 0xC0, 0x01, 0x48, 0x89, 0x47, 0x08, 0xEB, 0xF3});
    for (auto _ : state) machine.run(1'000'000);
    state.SetItemsProcessed(state.iterations() * 1'000'000);
}
BENCHMARK(memory_loop)->Unit(benchmark::kMillisecond);

}  // namespace
