// SPDX-License-Identifier: MIT
// What executes a scenario: the simulator (simulated_backend.hpp), or real VT-x behind a kernel module. Each operation is
// one instruction, or one thing the host does between instructions, and answers as the processor does.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "state/cpu_state.hpp"
#include "vmcs/cpu_profile.hpp"
#include "vmx/entry/check_engine.hpp"
#include "vmx/outcome.hpp"

namespace vmxsim::scenario {

// A VM-entry check that does not hold, with the values that it read.
struct Violation {
    vmx::CheckIndex check = 0;
    std::vector<std::pair<spec::Field, u64>> values{};
    vmx::Edit fix{};
    u64 fix_was = 0;  // the value that the fix replaces
};

struct ExitRecord {
    u32 reason = 0;
    u64 qualification = 0;
    u32 instruction_length = 0, instruction_information = 0;
    u32 interruption_information = 0, interruption_error_code = 0, idt_vectoring_information = 0, idt_vectoring_error_code = 0;
    u64 guest_linear_address = 0, guest_physical_address = 0;
};

// An instruction that reads: value is meaningful when it succeeded.
struct Read {
    vmx::Outcome outcome{};
    u64 value = 0;
};

class Backend {
public:
    virtual ~Backend() = default;

    virtual std::string name() const = 0;  // "simulator"
    virtual const CpuProfile& cpu() const = 0;

    // --- Memory and host state, before and between instructions. Addresses are host-physical.
    virtual u64 place(const std::string& region, u64 size) = 0;  // filled with zeros
    virtual void write_memory(u64 address, std::span<const u8> bytes) = 0;
    virtual void read_memory(u64 address, std::span<u8> bytes) = 0;
    // The registers now. Host RIP and RSP are where VM exits land.
    virtual CpuState host() = 0;
    // Gives a register another value before the first step. Throws InputError when the backend cannot.
    virtual void override_host(const CpuState& state) = 0;

    // --- Instructions of the host
    virtual Read rdmsr(u32 msr) = 0;
    virtual vmx::Outcome wrmsr(u32 msr, u64 value) = 0;
    virtual vmx::Outcome write_cr0(u64 value) = 0;
    virtual vmx::Outcome write_cr3(u64 value) = 0;
    virtual vmx::Outcome write_cr4(u64 value) = 0;

    // --- VMX instructions
    virtual vmx::Outcome vmxon(u64 pointer) = 0;
    virtual vmx::Outcome vmxoff() = 0;
    virtual vmx::Outcome vmclear(u64 pointer) = 0;
    virtual vmx::Outcome vmptrld(u64 pointer) = 0;
    virtual Read vmptrst() = 0;
    virtual Read vmread(u64 encoding) = 0;
    virtual vmx::Outcome vmwrite(u64 encoding, u64 value) = 0;
    virtual vmx::Outcome vmcall() = 0;
    virtual vmx::Outcome invept(u64 type, u64 eptp, u64 reserved) = 0;
    virtual vmx::Outcome invvpid(u64 type, u64 vpid, u64 address) = 0;

    // VMLAUNCH or VMRESUME. after_mov_ss: a MOV SS comes right before it (VM-instruction error 26).
    virtual vmx::Outcome enter(bool launch, bool after_mov_ss) = 0;

    // --- The guest
    virtual bool in_guest() const = 0;
    virtual ExitRecord run_guest() = 0;

    // The checks that the current VMCS fails now; none from a backend that cannot say.
    virtual std::vector<Violation> violations() { return {}; }
};

}  // namespace vmxsim::scenario
