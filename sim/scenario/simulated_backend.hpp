// SPDX-License-Identifier: MIT
// The simulator as a backend: one processor, its memory, and a 64-bit host such as Linux runs.
#pragma once

#include <map>

#include "scenario/backend.hpp"
#include "vmx/processor.hpp"

namespace vmxsim::scenario {

// A sane 64-bit host on this processor: paging, long mode, CR4.VMXE 1, IA32_FEATURE_CONTROL as captured (5 when unknown).
CpuState default_host(const CpuProfile& profile, const Capabilities& capabilities);

class SimulatedBackend : public Backend {
public:
    explicit SimulatedBackend(CpuProfile profile);
    SimulatedBackend(const SimulatedBackend&) = delete;
    SimulatedBackend& operator=(const SimulatedBackend&) = delete;

    // Where a region will be, instead of the next free place: a trace says where its producer put it.
    void place_at(const std::string& region, u64 address) { places_[region] = address; }

    std::string name() const override { return "simulator"; }
    const CpuProfile& cpu() const override { return profile_; }

    u64 place(const std::string& region, u64 size) override;
    void write_memory(u64 address, std::span<const u8> bytes) override { memory_.write_bytes(address, bytes); }
    void read_memory(u64 address, std::span<u8> bytes) override { memory_.read_bytes(address, bytes); }
    CpuState host() override { return processor_.state; }
    void override_host(const CpuState& state) override { processor_.state = state; }

    Read rdmsr(u32 msr) override;
    vmx::Outcome wrmsr(u32 msr, u64 value) override;
    vmx::Outcome write_cr0(u64 value) override;
    vmx::Outcome write_cr3(u64 value) override;
    vmx::Outcome write_cr4(u64 value) override;

    vmx::Outcome vmxon(u64 pointer) override;
    vmx::Outcome vmxoff() override;
    vmx::Outcome vmclear(u64 pointer) override;
    vmx::Outcome vmptrld(u64 pointer) override;
    Read vmptrst() override;
    Read vmread(u64 encoding) override;
    vmx::Outcome vmwrite(u64 encoding, u64 value) override;
    vmx::Outcome vmcall() override;
    vmx::Outcome invept(u64 type, u64 eptp, u64 reserved) override;
    vmx::Outcome invvpid(u64 type, u64 vpid, u64 address) override;
    vmx::Outcome enter(bool launch, bool after_mov_ss) override;

    bool in_guest() const override { return processor_.vmx.non_root; }
    ExitRecord run_guest() override;
    std::vector<Violation> violations() override;

private:
    CpuProfile profile_;
    Capabilities capabilities_;
    PhysicalMemory memory_;
    vmx::Processor processor_;
    std::map<std::string, u64> places_;
    u64 next_place_ = 0x100000;  // above what golden_vmcs() points to
};

}  // namespace vmxsim::scenario
