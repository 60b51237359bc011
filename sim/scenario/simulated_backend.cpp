// SPDX-License-Identifier: MIT
#include "scenario/simulated_backend.hpp"

#include "base/invariant.hpp"
#include "vmx/entry/enter.hpp"
#include "vmx/instructions/instructions.hpp"

namespace vmxsim::scenario {

CpuState default_host(const CpuProfile& profile, const Capabilities& capabilities) {
    CpuState state;
    state.cr0 = (0x80050033 | capabilities.cr0_fixed0) & (capabilities.cr0_fixed1 | 0x80050033);  // PG AM WP NE ET MP PE
    state.cr3 = 0x2000;
    state.cr4 = 0x26F0 & (capabilities.cr4_fixed1 | 0x2020);  // VMXE OSXMMEXCPT OSFXSR PGE MCE PAE PSE
    state.msrs.efer = capabilities.efer_bits & 0xD01;         // NXE LMA LME SCE
    state.msrs.feature_control = profile.msrs.get(kIa32FeatureControl).value_or(5);
    state.msrs.sysenter_cs = 0x10;
    state.msrs.sysenter_esp = 0xFFFFFE0000003200;
    state.msrs.sysenter_eip = 0xFFFFFFFF81800000;
    state.rip = 0xFFFFFFFF81000000;
    state[Register::rsp] = 0xFFFFC90000004000;
    // 64-bit code, flat data, busy TSS, in the format of SDM 24.4.1.
    state[SegmentRegister::cs] = {0x10, 0, 0xFFFFFFFF, {0xA09B}};
    state[SegmentRegister::ss] = {0x18, 0, 0xFFFFFFFF, {0xC093}};
    state[SegmentRegister::ds] = state[SegmentRegister::es] = state[SegmentRegister::fs] = {0, 0, 0, {kUnusable}};
    state[SegmentRegister::gs] = {0, 0xFFFF888000000000, 0, {kUnusable}};
    state[SegmentRegister::ldtr] = {0, 0, 0, {kUnusable}};
    state[SegmentRegister::tr] = {0x40, 0xFFFFFE0000003000, 0x4087, {0x8B}};
    state.gdtr = {0xFFFFFE0000001000, 0x7F};
    state.idtr = {0xFFFFFE0000000000, 0xFFF};
    return state;
}

SimulatedBackend::SimulatedBackend(CpuProfile profile)
    : profile_(std::move(profile)),
      capabilities_(profile_),
      processor_{default_host(profile_, capabilities_), {}, memory_, capabilities_} {}

u64 SimulatedBackend::place(const std::string& region, u64 size) {
    if (const auto known = places_.find(region); known != places_.end()) return known->second;
    const u64 address = next_place_;
    next_place_ += (size + PhysicalMemory::kPageSize - 1) & ~(PhysicalMemory::kPageSize - 1);
    return address;
}

vmx::Outcome SimulatedBackend::vmxon(u64 pointer) { return vmx::vmxon(processor_, pointer); }
vmx::Outcome SimulatedBackend::vmxoff() { return vmx::vmxoff(processor_); }
vmx::Outcome SimulatedBackend::vmclear(u64 pointer) { return vmx::vmclear(processor_, pointer); }
vmx::Outcome SimulatedBackend::vmptrld(u64 pointer) { return vmx::vmptrld(processor_, pointer); }
vmx::Outcome SimulatedBackend::vmwrite(u64 encoding, u64 value) { return vmx::vmwrite(processor_, encoding, value); }
vmx::Outcome SimulatedBackend::vmcall() { return vmx::vmcall(processor_); }

Read SimulatedBackend::vmptrst() {
    Read read;
    read.outcome = vmx::vmptrst(processor_, read.value);
    return read;
}

Read SimulatedBackend::vmread(u64 encoding) {
    Read read;
    read.outcome = vmx::vmread(processor_, encoding, read.value);
    return read;
}

vmx::Outcome SimulatedBackend::invept(u64 type, u64 eptp, u64 reserved) {
    return vmx::invept(processor_, type, {eptp, reserved});
}
vmx::Outcome SimulatedBackend::invvpid(u64 type, u64 vpid, u64 address) {
    return vmx::invvpid(processor_, type, {vpid, address});
}

vmx::Outcome SimulatedBackend::enter(bool launch, bool after_mov_ss) {
    processor_.state.blocking_by_mov_ss = after_mov_ss;
    const vmx::Outcome outcome = launch ? vmx::vmlaunch(processor_) : vmx::vmresume(processor_);
    // SDM 6.8.3: blocking by MOV SS ends with the next instruction. After an entry it is the guest's.
    if (!in_guest()) processor_.state.blocking_by_mov_ss = false;
    return outcome;
}

ExitRecord SimulatedBackend::run_guest() {
    unmodelled("guest execution: running the guest after a VM entry until its next VM exit");
}

std::vector<Violation> SimulatedBackend::violations() {
    std::vector<Violation> all;
    const vmx::EntryInputs inputs = vmx::entry_inputs(processor_);
    for (const vmx::CheckIndex check : vmx::all_failures(inputs)) {
        Violation violation{.check = check, .values = {}, .fix = vmx::fix(check, inputs)};
        for (const spec::Field field : vmx::all_checks()[check].fields) violation.values.emplace_back(field, inputs.vmcs[field]);
        if (violation.fix.field != spec::Field::none) violation.fix_was = inputs.vmcs[violation.fix.field];
        all.push_back(std::move(violation));
    }
    return all;
}

}  // namespace vmxsim::scenario
