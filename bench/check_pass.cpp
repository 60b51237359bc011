// SPDX-License-Identifier: MIT
// What a VM-entry check pass costs. Goals: first failure under 0.2 us, explain-all under 1 us.
#include <benchmark/benchmark.h>

#include "vmcs/golden.hpp"
#include "vmcs/profiles.hpp"
#include "vmx/entry/check_engine.hpp"

namespace {

using namespace vmxsim;

struct GoldenEntry {
    Capabilities cpu{default_profile()};
    Vmcs vmcs = golden_vmcs(cpu);
    PhysicalMemory memory;

    vmx::EntryInputs inputs() const { return {vmcs, memory, cpu, {}}; }
};

void first_failure_of_a_valid_entry(benchmark::State& state) {
    const GoldenEntry entry;
    for (auto _ : state) {
        benchmark::ClobberMemory();
        benchmark::DoNotOptimize(vmx::first_failure(entry.inputs()));
    }
}
BENCHMARK(first_failure_of_a_valid_entry);

void all_failures_of_a_valid_entry(benchmark::State& state) {
    const GoldenEntry entry;
    for (auto _ : state) {
        benchmark::ClobberMemory();
        benchmark::DoNotOptimize(vmx::all_failures(entry.inputs()));
    }
}
BENCHMARK(all_failures_of_a_valid_entry);

void explain_partial_of_a_complete_dump(benchmark::State& state) {
    const GoldenEntry entry;
    PartialVmcs partial;
    for (size_t i = 0; i < spec::kFieldCount; ++i) partial.set(static_cast<Field>(i), entry.vmcs[static_cast<Field>(i)]);
    for (auto _ : state) benchmark::DoNotOptimize(vmx::explain_partial(partial, entry.cpu));
}
BENCHMARK(explain_partial_of_a_complete_dump);

void capabilities_of_a_profile(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(Capabilities(default_profile()));
}
BENCHMARK(capabilities_of_a_profile);

}  // namespace
