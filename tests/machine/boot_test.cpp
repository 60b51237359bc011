// SPDX-License-Identifier: MIT
// Guests built by the system's compiler, booted as `vmxsim boot` does; and images that mean harm.
#include <array>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <random>

#include "base/input_error.hpp"
#include "base/invariant.hpp"
#include "machine/multiboot.hpp"
#include "vmcs/profiles.hpp"

using namespace vmxsim;
using namespace vmxsim::machine;

namespace {

std::vector<u8> guest(const std::string& name) {
    std::ifstream in(VMXSIM_GUEST_DIR "/" + name, std::ios::binary);
    BOOST_REQUIRE_MESSAGE(in, name + " cannot be read");
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

struct Outcome {
    std::string serial;
    std::optional<int> status;
    cpu::StopReason reason = cpu::StopReason::none;
};

Outcome boot(const BootImage& image, u64 limit) {
    Outcome outcome;
    Machine machine(default_profile(), 64 << 20, {[&](char c) { outcome.serial += c; }, [](char) {}});
    load_multiboot(machine, image);
    outcome.reason = machine.run(limit);
    outcome.status = machine.guest_status;
    return outcome;
}

enum class Verdict { refused, ran, not_modelled };
// Anything else that comes of a file is a bug and leaves as the exception that it is.
Verdict try_image(std::vector<u8> contents) {
    try {
        (void)boot({"image", std::move(contents), "image", {}}, 3'000);
        return Verdict::ran;
    } catch (const InputError& error) {
        BOOST_TEST(std::string_view(error.what()).find("image") != std::string_view::npos);
        return Verdict::refused;
    } catch (const Unmodelled&) {
        return Verdict::not_modelled;
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(booting)

BOOST_AUTO_TEST_CASE(a_32_bit_program_prints_its_known_results) {
    const std::string environment = "A=1\n";
    const Outcome outcome = boot({"results32",
                                  guest("results32.elf"),
                                  "results32 one two",
                                  {{"env", {environment.begin(), environment.end()}, "environment"}}},
                                 100'000'000);
    BOOST_TEST(
        outcome.serial ==
        "magic 1\nmemory 63\nmodules 1\nenvironment\nA=1\nprimes 2262\ncrc 3421780262\nfibonacci 610\nfactorial 566454140\n"
        "real 9029\nmilliseconds 50\n");
    BOOST_TEST((outcome.status == 43));
}

BOOST_AUTO_TEST_CASE(a_64_bit_program_finds_the_local_apic_as_the_manual_has_it) {
    const Outcome outcome = boot({"apic64", guest("apic64.elf"), "apic64", {}}, 100'000'000);
    BOOST_TEST(
        outcome.serial ==
        "magic 1\nfactorial 146326063\none-shot 1\nperiodic 4\ndeadline 1\nself-ipi 6\nheld-off 6\nlet-in 7\nbase 4276095232\n"
        "x2apic 0\nmmio-gone 1\nid 0\nself-x2apic 0\ncount 8\nto-xapic 1\nto-disabled 0\ncpuid-apic 0\ndisabled-to-x2apic 1\n"
        "to-xapic 0\ncpuid-apic 1\nversion 21\nreserved 4\n");
    BOOST_TEST((outcome.status == 1));
}

BOOST_AUTO_TEST_CASE(a_run_is_the_same_whatever_portions_it_is_cut_into) {
    const BootImage image{"apic64", guest("apic64.elf"), "apic64", {}};
    Machine whole(default_profile(), 64 << 20, {[](char) {}, [](char) {}}),
        cut(default_profile(), 64 << 20, {[](char) {}, [](char) {}});
    load_multiboot(whole, image);
    load_multiboot(cut, image);
    const cpu::StopReason reason = whole.run(1'000'000);
    u64 limit = 0;
    while (cut.run(limit += 7) == cpu::StopReason::instruction_limit) {
    }
    BOOST_TEST((reason == cpu::StopReason::requested));
    BOOST_TEST(whole.cpu.retired == cut.cpu.retired);
    BOOST_TEST(whole.cpu.tsc() == cut.cpu.tsc());
    BOOST_TEST((whole.cpu.state.general == cut.cpu.state.general));
}

BOOST_AUTO_TEST_CASE(truncated_images_are_refused_or_run) {
    for (const char* name : {"results32.elf", "apic64.elf"}) {
        const std::vector<u8> whole = guest(name);
        for (size_t size = 0; size < whole.size(); size += 64) {
            const Verdict verdict = try_image({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
            BOOST_TEST((verdict != Verdict::not_modelled));
            if (size <= 0x1000) BOOST_TEST((verdict == Verdict::refused));  // its only segment begins in the file's second page
        }
    }
}

BOOST_AUTO_TEST_CASE(damaged_images_are_refused_or_run) {
    std::mt19937 random(1);
    const std::vector<u8> whole[] = {guest("results32.elf"), guest("apic64.elf")};
    std::array<unsigned, 3> count{};
    for (unsigned i = 0; i < 1500; ++i) {
        std::vector<u8> damaged = whole[i % 2];
        const unsigned changes = 1 + random() % 16;
        for (unsigned n = 0; n < changes; ++n)
            damaged[n % 2 == 0 ? random() % 256 : random() % damaged.size()] = static_cast<u8>(random());
        ++count[static_cast<size_t>(try_image(std::move(damaged)))];
    }
    BOOST_TEST(count[0] > 300u);
    BOOST_TEST(count[1] > 300u);
}

BOOST_AUTO_TEST_CASE(random_code_behind_a_good_header_runs_until_it_stops) {
    std::mt19937 random(2);
    for (unsigned i = 0; i < 500; ++i) {
        // A flat image at 1 MByte whose code is random.
        std::vector<u8> image(4096);
        for (u8& byte : image) byte = static_cast<u8>(random());
        const u32 header[] = {0x1BADB002, 0x10000, ~(0x1BADB002u + 0x10000u) + 1, 0x100000, 0x100000, 0, 0, 0x100020};
        std::copy_n(reinterpret_cast<const u8*>(header), sizeof header, image.begin());
        BOOST_TEST((try_image(std::move(image)) != Verdict::refused));
    }
}

BOOST_AUTO_TEST_SUITE_END()
