// SPDX-License-Identifier: MIT
// The states of VMCSs and their transitions (SDM 24.1, 24.11.3), against a model of a few lines: random walks over several
// VMCSs, of which each keeps its fields and its launch state while others are current.
#include <map>
#include <random>

#include "vmx/exit/load_host.hpp"
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

namespace {

constexpr u64 kRegions[] = {0x20000, 0x30000, 0x80000, 0x90000};

struct ModelVmcs {
    bool active = false;
    int launched_in = 0;  // 0: clear
    u64 mark = 0;         // what software last wrote into CR3-target value 0
};

struct Model {
    std::map<u64, ModelVmcs> vmcs;
    u64 current = kNoVmcs;
    int period = 1;
};

class Walk {
public:
    explicit Walk(unsigned seed) : random_(seed) {
        machine_.enter_root();
        for (const u64 region : kRegions) {
            machine_.memory.write(region, machine_.capabilities.revision_identifier());
            machine_.make_golden(region);
            Machine::must_succeed(vmclear(machine_.cpu, region));
            model_.vmcs[region] = {};
        }
    }

    void step() {
        const u64 region = kRegions[random_() % 4];
        switch (random_() % 8) {
            case 0: clear(region); break;
            case 1:
            case 2: load(region); break;
            case 3: mark(); break;
            case 4:
            case 5: launch(); break;
            case 6: resume(); break;
            case 7:
                if (random_() % 4 == 0) leave_and_return();
                break;
        }
        compare();
    }

private:
    void clear(u64 region) {
        Machine::must_succeed(vmclear(machine_.cpu, region));
        model_.vmcs[region].active = false;
        model_.vmcs[region].launched_in = 0;
        if (model_.current == region) model_.current = kNoVmcs;
    }
    void load(u64 region) {
        Machine::must_succeed(vmptrld(machine_.cpu, region));
        model_.vmcs[region].active = true;
        model_.current = region;
    }
    void mark() {
        const u64 value = random_();
        const bool done = vmwrite(machine_.cpu, 0x6008, value).kind == OutcomeKind::succeed;
        BOOST_REQUIRE(done == (model_.current != kNoVmcs));
        if (done) model_.vmcs[model_.current].mark = value;
    }
    void launch() {
        Outcome wanted = expect_fail_invalid();
        if (model_.current != kNoVmcs) {
            ModelVmcs& vmcs = model_.vmcs[model_.current];
            if (vmcs.launched_in != 0)
                wanted = expect_fail_valid(VmInstructionError::vmlaunch_with_non_clear_vmcs);
            else
                wanted.kind = OutcomeKind::entered, vmcs.launched_in = model_.period;
        }
        finish(vmlaunch(machine_.cpu), wanted);
    }
    void resume() {
        Outcome wanted = expect_fail_invalid();
        if (model_.current != kNoVmcs) {
            const int launched_in = model_.vmcs[model_.current].launched_in;
            if (launched_in == 0)
                wanted = expect_fail_valid(VmInstructionError::vmresume_with_non_launched_vmcs);
            else if (launched_in != model_.period)
                wanted = expect_fail_valid(VmInstructionError::vmresume_after_vmxoff);
            else
                wanted.kind = OutcomeKind::entered;
        }
        finish(vmresume(machine_.cpu), wanted);
    }
    void finish(const Outcome& outcome, const Outcome& wanted) {
        BOOST_REQUIRE((outcome == wanted));
        if (outcome.kind == OutcomeKind::entered) BOOST_REQUIRE(!load_host(machine_.cpu));
    }
    void leave_and_return() {
        Machine::must_succeed(vmxoff(machine_.cpu));
        Machine::must_succeed(vmxon(machine_.cpu, kVmxonRegion));
        model_.current = kNoVmcs;
        model_.period++;
    }
    void compare() {
        u64 pointer = 0, value = 0;
        Machine::must_succeed(vmptrst(machine_.cpu, pointer));
        BOOST_REQUIRE(pointer == model_.current);
        for (const auto& [region, vmcs] : model_.vmcs) BOOST_REQUIRE(machine_.cpu.vmx.is_active(region) == vmcs.active);
        if (model_.current == kNoVmcs) {
            BOOST_REQUIRE((vmread(machine_.cpu, 0x6008, value) == expect_fail_invalid()));
            return;
        }
        Machine::must_succeed(vmread(machine_.cpu, 0x6008, value));
        BOOST_REQUIRE(value == model_.vmcs[model_.current].mark);
        BOOST_REQUIRE(machine_.cpu.vmx.current_launched() == (model_.vmcs[model_.current].launched_in != 0));
    }

    std::mt19937_64 random_;
    Machine machine_;
    Model model_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(vmcs_states)

BOOST_AUTO_TEST_CASE(random_walks_agree_with_the_transition_table) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            Walk walk(seed);
            for (int i = 0; i < 500; ++i) walk.step();
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
