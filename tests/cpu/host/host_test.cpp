// SPDX-License-Identifier: MIT
// Instructions on the host's processor and on ours, compared bit for bit. VMXSIM_SEED and VMXSIM_CASES choose other cases;
// VMXSIM_CASE='bits=64 code=...' runs one again.
#include <boost/test/unit_test.hpp>

#include <cpuid.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>

#include "cpu/host/case_generator.hpp"
#include "cpu/host/host_process.hpp"
#include "cpu/host/simulated_process.hpp"

using namespace vmxsim;
using namespace vmxsim::cpu;
using namespace vmxsim::cpu::tests;

namespace {

constexpr u64 kComparedFlags = kStatusFlags | kDf;

u64 number_from_environment(const char* name, u64 otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::stoull(text, nullptr, 0);
}

const char* name_of(const Decoded& decoded) { return ZydisMnemonicGetString(decoded.mnemonic()); }

// What differs, in words; empty when nothing does. `undefined`: flags and destination that may be anything.
std::string differences(const Decoded& decoded, const Undefined& undefined, const Outcome& host, const Outcome& ours) {
    std::ostringstream out;
    out << std::hex;
    if (host.exception != ours.exception) {
        const auto say = [](std::optional<u8> vector) {
            return vector ? "exception " + std::to_string(*vector) : std::string("no exception");
        };
        out << " host " << say(host.exception) << ", here " << say(ours.exception);
    }
    for (unsigned i = 0; i < 16; ++i) {
        const bool is_destination = decoded.is_register(0) && register_offset(decoded.operand(0).reg.value) / 8 == i;
        const bool may_be_anything = (undefined.destination && is_destination) || (undefined.registers && i != 4);
        const u64 compared = undefined.upper_halves && (i == 1 || i == 6 || i == 7) ? 0xFFFFFFFF : ~u64{0};
        if (((host.registers[i] ^ ours.registers[i]) & compared) != 0 && !may_be_anything)
            out << " register " << std::dec << i << std::hex << ": host " << host.registers[i] << ", here " << ours.registers[i];
    }
    if (host.rip != ours.rip) out << " rip: host " << host.rip << ", here " << ours.rip;
    const u64 flags = (host.rflags ^ ours.rflags) & kComparedFlags & ~(host.exception ? 0 : undefined.flags);
    if (flags != 0)
        out << " flags: host " << (host.rflags & kComparedFlags) << ", here " << (ours.rflags & kComparedFlags) << ", differing "
            << flags;
    if (host.fault_address != ours.fault_address)
        out << " #PF address: host " << host.fault_address << ", here " << ours.fault_address;
    return out.str();
}

std::string first_difference(const Contents& host, const Contents& ours) {
    std::ostringstream out;
    const auto look = [&](const auto& a, const auto& b, u64 base) {
        const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin());
        if (x != a.end())
            out << " memory at " << std::hex << base + static_cast<u64>(x - a.begin()) << ": host " << unsigned{*x} << ", here "
                << unsigned{*y};
    };
    look(host.data, ours.data, Layout::kData);
    look(host.stack, ours.stack, Layout::kStack);
    return out.str();
}

// Where processors of other makers differ by their own manuals: a 16-bit operand size on near branches in 64-bit mode, and a
// branch to where nothing can be, which faults after it.
bool is_vendor_specific(const Decoded& decoded, const Outcome& ours) {
    return decoded.instruction.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE &&
           (ours.exception == kGeneralProtection || decoded.has(ZYDIS_ATTRIB_HAS_OPERANDSIZE));
}
bool host_is_intels() {
    u32 eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __get_cpuid(0, &eax, &ebx, &ecx, &edx) != 0 && ebx == signature_INTEL_ebx;
}

class Comparison {
public:
    bool available() const { return host_ != nullptr; }
    const FeatureSet& features() const { return features_; }

    // What differs; empty when nothing does.
    std::string run(const HostCase& host_case) {
        Decoded decoded{};
        if (!decode_case(host_case, decoded)) decoded = Decoded{};  // one that must be #UD
        if (contents_seed_ != host_case.memory_seed) {
            contents_seed_ = host_case.memory_seed;
            pristine_ = Contents::random(contents_seed_);
        }
        start_ = pristine_;
        for (const Poke& poke : host_case.pokes) start_.poke(poke);
        Contents of_host = start_, ours = start_;
        Outcome simulated = simulated_.run(host_case, ours);
        if (simulated.exception == kBoundRange) simulated.exception = kGeneralProtection;  // Linux has one signal for both
        // A branch to itself never ends on the host.
        if (!simulated.exception && simulated.rip - host_case.at < host_case.code.size()) return {};
        if (!intels_ && is_vendor_specific(decoded, simulated)) return {};
        const Outcome native = host_->run(host_case, of_host);
        ++compared_;
        if (native.exception) ++exceptions_;
        ++by_mnemonic_[decoded.mnemonic()];
        const Undefined undefined = undefined_of(decoded, host_case, native);
        Undefined memory = undefined;
        if (decoded.is_register(0)) memory.destination = false;
        return differences(decoded, undefined, native, simulated) + (memory.destination ? "" : first_difference(of_host, ours));
    }

    u64 compared() const { return compared_; }
    u64 exceptions() const { return exceptions_; }
    const std::map<ZydisMnemonic, u64>& by_mnemonic() const { return by_mnemonic_; }

private:
    const CpuProfile profile_ = profile_of_host();
    const FeatureSet features_{profile_};
    const bool intels_ = host_is_intels();
    std::unique_ptr<HostProcess> host_ = HostProcess::start();
    SimulatedProcess simulated_{profile_};
    Contents pristine_, start_;
    u64 contents_seed_ = ~u64{0}, compared_ = 0, exceptions_ = 0;
    std::map<ZydisMnemonic, u64> by_mnemonic_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(against_the_host_processor)

BOOST_AUTO_TEST_CASE(random_instructions_agree_bit_for_bit) {
    Comparison comparison;
    if (!comparison.available()) {
        BOOST_TEST_MESSAGE("this host lets no child be traced: nothing is compared");
        return;
    }
    if (const char* const line = std::getenv("VMXSIM_CASE")) {
        BOOST_TEST(comparison.run(from_line(line)) == "");
        return;
    }
    const u64 seed = number_from_environment("VMXSIM_SEED", 1), cases = number_from_environment("VMXSIM_CASES", 30000);
    const u64 enough = number_from_environment("VMXSIM_FAILURES", 10);
    CaseGenerator generator(seed, comparison.features());
    u64 disagreements = 0;
    for (u64 i = 0; i < cases && disagreements < enough; ++i) {
        const HostCase host_case = generator.next();
        const std::string difference = comparison.run(host_case);
        if (difference.empty()) continue;
        ++disagreements;
        Decoded decoded;
        BOOST_TEST_MESSAGE((decode_case(host_case, decoded) ? name_of(decoded) : "")
                           << ":" << difference << "\n  VMXSIM_CASE='" << to_line(host_case) << "'");
    }
    BOOST_TEST_MESSAGE("seed " << seed << ": " << comparison.compared() << " cases, " << comparison.by_mnemonic().size()
                               << " mnemonics, " << comparison.exceptions() << " exceptions");
    if (std::getenv("VMXSIM_COUNTS") != nullptr)
        for (const auto& [mnemonic, count] : comparison.by_mnemonic())
            BOOST_TEST_MESSAGE(ZydisMnemonicGetString(mnemonic) << ' ' << count);
    BOOST_TEST(disagreements == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
