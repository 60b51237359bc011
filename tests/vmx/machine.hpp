// SPDX-License-Identifier: MIT
// A processor to execute VMX instructions on: 64-bit mode, privilege level 0, ready for VMXON.
#pragma once

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string_view>
#include <vector>

#include "vmcs/golden.hpp"
#include "vmcs/profiles.hpp"
#include "vmcs/region.hpp"
#include "vmx/instructions/instructions.hpp"

namespace vmxsim::test {

using namespace vmxsim::vmx;
using spec::VmInstructionError;

inline constexpr u64 kVmxonRegion = 0x10000, kVmcs = 0x20000, kOtherVmcs = 0x30000, kShadowVmcs = 0x40000;
inline constexpr u64 kStatusFlags = 0x8D5, kOtherFlags = 0x202;  // the latter: IF and the bit that is always 1

struct Machine {
    Capabilities capabilities;
    PhysicalMemory memory;
    Processor cpu;

    explicit Machine(const CpuProfile& profile = default_profile()) : Machine(Capabilities(profile)) {}
    explicit Machine(const Capabilities& allowed) : capabilities(allowed), cpu{{}, {}, memory, capabilities} {
        CpuState& state = cpu.state;
        state.cr0 = (capabilities.cr0_fixed0 | 0x80050033) & capabilities.cr0_fixed1;
        state.cr4 = capabilities.cr4_fixed0 | bit(5) | bit(13);
        state.msrs.efer = 0x500;
        state.msrs.feature_control = 5;
        state[SegmentRegister::cs] = {8, 0, 0xFFFFFFFF, {0xA09B}};
        state[SegmentRegister::ss] = {16, 0, 0xFFFFFFFF, {0xC093}};
        state.rflags = kStatusFlags | kOtherFlags;
        for (const u64 region : {kVmxonRegion, kVmcs, kOtherVmcs}) memory.write(region, capabilities.revision_identifier());
        memory.write(kShadowVmcs, capabilities.revision_identifier() | kShadowIndicator);
    }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    void enter_root() { must_succeed(vmxon(cpu, kVmxonRegion)); }
    void make_current(u64 pointer = kVmcs) {
        if (!cpu.vmx.in_vmx_operation) enter_root();
        must_succeed(vmclear(cpu, pointer));
        must_succeed(vmptrld(cpu, pointer));
    }
    void make_golden(u64 pointer = kVmcs) {
        make_current(pointer);
        cpu.vmx.current = golden_vmcs(capabilities);
    }
    // In VMX non-root operation under the golden VMCS, still with the state of the host.
    void be_guest() {
        make_golden();
        cpu.vmx.non_root = true;
    }
    void refresh_flags() { cpu.state.rflags |= kStatusFlags; }

    static void must_succeed(const Outcome& outcome) { BOOST_REQUIRE_MESSAGE(outcome.kind == OutcomeKind::succeed, outcome.why); }
};

inline Outcome expect_fault(u8 vector) {
    Outcome outcome;
    outcome.kind = OutcomeKind::fault;
    outcome.vector = vector;
    if (vector == kGeneralProtection) outcome.error_code = 0;
    return outcome;
}
inline Outcome expect_exit(spec::ExitReason reason) {
    Outcome outcome;
    outcome.kind = OutcomeKind::vm_exit;
    outcome.reason = static_cast<u32>(reason);
    return outcome;
}
inline Outcome expect_fail_valid(VmInstructionError error) {
    Outcome outcome;
    outcome.kind = OutcomeKind::fail_valid;
    outcome.error = error;
    return outcome;
}
inline Outcome expect_fail_invalid() {
    Outcome outcome;
    outcome.kind = OutcomeKind::fail_invalid;
    return outcome;
}

// The outcome, its section, and what SDM 30.2 says of RFLAGS and of the VM-instruction error field.
inline void check_outcome(const Machine& machine, const Outcome& found, const Outcome& expected, std::string_view sdm) {
    BOOST_TEST_CONTEXT(found.why) {
        BOOST_TEST((found == expected));
        BOOST_TEST(std::string_view(found.sdm) == sdm);
        BOOST_TEST(!std::string_view(found.why).empty());
        const u64 status = machine.cpu.state.rflags & kStatusFlags;
        switch (expected.kind) {
            case OutcomeKind::succeed: BOOST_TEST(status == 0u); break;
            case OutcomeKind::fail_invalid: BOOST_TEST(status == bit(0)); break;
            case OutcomeKind::fail_valid:
                BOOST_TEST(status == bit(6));
                BOOST_TEST(machine.cpu.vmx.current[Field::vm_instruction_error] == static_cast<u64>(expected.error));
                break;
            case OutcomeKind::fault:
            case OutcomeKind::vm_exit: BOOST_TEST(status == kStatusFlags); break;
            default: break;
        }
        if (expected.kind != OutcomeKind::entered && expected.kind != OutcomeKind::entry_failure)
            BOOST_TEST((machine.cpu.state.rflags & kOtherFlags) == kOtherFlags);
    }
}

// A way to break one precondition of an instruction, and what then happens.
struct Precondition {
    const char* name;
    std::function<void(Machine&)> violate;
    Outcome expected;
    const char* sdm;
};
using Preconditions = std::vector<Precondition>;

// Every precondition alone gives its outcome; of two violated ones the earlier decides.
inline void check_order(const std::function<void(Machine&)>& prepare, const Preconditions& preconditions,
                        const std::function<Outcome(Machine&)>& execute) {
    for (size_t i = 0; i < preconditions.size(); ++i) {
        BOOST_TEST_CONTEXT(preconditions[i].name) {
            Machine alone;
            prepare(alone);
            alone.refresh_flags();
            preconditions[i].violate(alone);
            const CpuState before = alone.cpu.state;
            const Outcome outcome = execute(alone);
            check_outcome(alone, outcome, preconditions[i].expected, preconditions[i].sdm);
            CpuState after = alone.cpu.state;
            after.rflags = before.rflags;
            BOOST_TEST((after == before), "an instruction that fails changes nothing but RFLAGS");
            for (size_t j = i + 1; j < preconditions.size(); ++j) {
                BOOST_TEST_CONTEXT("and " << preconditions[j].name) {
                    Machine both;
                    prepare(both);
                    preconditions[j].violate(both);
                    preconditions[i].violate(both);
                    const Outcome decided = execute(both);
                    BOOST_TEST((decided == outcome));
                    BOOST_TEST(std::string_view(decided.why) == std::string_view(outcome.why));
                }
            }
        }
    }
}

inline const Precondition kNotInVmxOperation{"not in VMX operation", [](Machine& m) { m.cpu.vmx.in_vmx_operation = false; },
                                             expect_fault(kUndefinedOpcode), "30.3"};
inline const Precondition kRealMode{"real-address mode", [](Machine& m) { m.cpu.state.cr0 &= ~bit(0); },
                                    expect_fault(kUndefinedOpcode), "30.3"};
inline const Precondition kVirtual8086{"virtual-8086 mode", [](Machine& m) { m.cpu.state.rflags |= bit(17); },
                                       expect_fault(kUndefinedOpcode), "30.3"};
inline const Precondition kCompatibilityMode{"compatibility mode",
                                             [](Machine& m) { m.cpu.state[SegmentRegister::cs].rights.value = 0xC09B; },
                                             expect_fault(kUndefinedOpcode), "30.3"};
inline const Precondition kPrivilege3{"privilege level 3",
                                      [](Machine& m) { m.cpu.state[SegmentRegister::ss].rights.value |= 0x60; },
                                      expect_fault(kGeneralProtection), "30.3"};
inline Precondition in_guest(spec::ExitReason reason, const char* sdm = "25.1.2") {
    return {"VMX non-root operation", [](Machine& m) { m.cpu.vmx.non_root = true; }, expect_exit(reason), sdm};
}

// The guard that most VMX instructions begin with, and then more.
inline Preconditions guarded(spec::ExitReason reason, Preconditions more) {
    Preconditions all{kNotInVmxOperation, kRealMode, kVirtual8086, kCompatibilityMode, in_guest(reason), kPrivilege3};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace vmxsim::test
