// SPDX-License-Identifier: MIT
// Zydis, which the processor decodes with, against Capstone: length and mnemonic over random bytes. What only one of them
// takes for an instruction is counted, not judged: each knows sets that the other does not. VMXSIM_SEED and VMXSIM_CASES
// choose other bytes.
#include <boost/test/unit_test.hpp>

#include <capstone/capstone.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "cpu/decode.hpp"
#include "cpu/host/random_source.hpp"

using namespace vmxsim;
using namespace vmxsim::cpu;
using namespace vmxsim::cpu::tests;

namespace {

// Two names of one thing, Zydis's first.
struct Synonym {
    const char *zydis, *capstone;
};
constexpr Synonym kSynonyms[] = {
#define SYNONYM(zydis, capstone) {zydis, capstone},
#define CAPSTONE_ERRS(zydis, capstone, prefix, why)
#include "cpu/decoders_agree.def"
#undef SYNONYM
#undef CAPSTONE_ERRS
};
struct KnownError {
    std::string_view zydis, capstone;
    u8 prefix;
    const char* why;
};
constexpr KnownError kErrors[] = {
#define SYNONYM(zydis, capstone)
#define CAPSTONE_ERRS(zydis, capstone, prefix, why) {zydis, capstone, prefix, why},
#include "cpu/decoders_agree.def"
#undef SYNONYM
#undef CAPSTONE_ERRS
};

// CMPPS and its kin, which Capstone names by the predicate in the immediate: CMPEQPS.
bool names_predicate(std::string_view zydis, std::string_view capstone) {
    const size_t stem = zydis.find("cmp");
    if (stem == std::string_view::npos || zydis.size() < stem + 5) return false;
    return capstone.starts_with(zydis.substr(0, stem + 3)) && capstone.ends_with(zydis.substr(zydis.size() - 2));
}

bool same_mnemonic(std::string_view zydis, std::string_view capstone) {
    if (zydis == capstone || names_predicate(zydis, capstone)) return true;
    for (const Synonym& synonym : kSynonyms)
        if (zydis == synonym.zydis && capstone == synonym.capstone) return true;
    return false;
}
bool is_known_error(std::string_view zydis, std::string_view capstone, std::span<const u8> bytes) {
    return std::any_of(std::begin(kErrors), std::end(kErrors), [&](const KnownError& error) {
        return (error.zydis == "*" || error.zydis == zydis) && (error.capstone == "*" || error.capstone == capstone) &&
               (error.prefix == 0 || std::find(bytes.begin(), bytes.begin() + 8, error.prefix) != bytes.begin() + 8);
    });
}

// Without the prefixes that Capstone puts in front.
std::string_view bare_mnemonic(std::string_view text) {
    for (const std::string_view prefix :
         {"lock ", "rep ", "repe ", "repne ", "repz ", "repnz ", "xacquire ", "xrelease ", "bnd ", "notrack ", "data16 "})
        if (text.starts_with(prefix)) return bare_mnemonic(text.substr(prefix.size()));
    return text;
}

class Capstone {
public:
    explicit Capstone(cs_mode mode) {
        BOOST_REQUIRE(cs_open(CS_ARCH_X86, mode, &handle_) == CS_ERR_OK);
        instruction_ = cs_malloc(handle_);
    }
    ~Capstone() {
        cs_free(instruction_, 1);
        cs_close(&handle_);
    }
    Capstone(const Capstone&) = delete;
    Capstone& operator=(const Capstone&) = delete;

    // Null when the bytes are no instruction.
    const cs_insn* decode(std::span<const u8> bytes) {
        const u8* code = bytes.data();
        size_t size = bytes.size();
        u64 address = 0;
        return cs_disasm_iter(handle_, &code, &size, &address, instruction_) ? instruction_ : nullptr;
    }

private:
    csh handle_ = 0;
    cs_insn* instruction_ = nullptr;
};

u64 number_from_environment(const char* name, u64 otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::stoull(text, nullptr, 0);
}

void compare(CodeSize size, cs_mode mode, u64 seed) {
    Capstone capstone(mode);
    RandomSource random(seed);
    const u64 cases = number_from_environment("VMXSIM_CASES", 30000), enough = number_from_environment("VMXSIM_FAILURES", 20);
    u64 both = 0, one = 0, known = 0, disagreements = 0;
    for (u64 i = 0; i < cases && disagreements < enough; ++i) {
        std::array<u8, 15> bytes{};
        for (u8& byte : bytes) byte = random.byte();
        constexpr u8 kPrefixes[] = {0x66, 0xF2, 0xF3, 0x48};
        const size_t opcode = random.one_in(4) ? 1 : 0;
        if (opcode == 1) bytes[0] = kPrefixes[random.below(4)];
        if (random.one_in(3)) bytes[opcode] = 0x0F;
        Decoded decoded;
        const bool by_zydis = ZYAN_SUCCESS(disassemble(bytes, size, decoded));
        const cs_insn* const other = capstone.decode(bytes);
        if (!by_zydis || other == nullptr) {
            one += by_zydis != (other != nullptr);
            continue;
        }
        ++both;
        const std::string_view name = ZydisMnemonicGetString(decoded.mnemonic()), other_name = bare_mnemonic(other->mnemonic);
        if (decoded.instruction.length == other->size && same_mnemonic(name, other_name)) continue;
        // Capstone 4.0 overlooks the prefixes that are part of an opcode in 16-bit code.
        const bool overlooks_prefix = size == CodeSize::bits16 && decoded.instruction.length == other->size &&
                                      decoded.instruction.raw.prefix_count != 0 &&
                                      decoded.instruction.opcode_map != ZYDIS_OPCODE_MAP_DEFAULT;
        // It goes wrong where several prefixes meet, such as 66H and REX.W, or 66H and F2H.
        const bool several_prefixes = decoded.instruction.raw.prefix_count > 1;
        // In 64-bit mode the operand size of near branches is 64 bits (SDM volume 1, table 3-4); Capstone takes 66H as other
        // makers do.
        const bool narrows_branch = size == CodeSize::bits64 && decoded.instruction.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE &&
                                    decoded.has(ZYDIS_ATTRIB_HAS_OPERANDSIZE);
        if (overlooks_prefix || several_prefixes || narrows_branch || is_known_error(name, other_name, bytes)) {
            ++known;
            continue;
        }
        ++disagreements;
        std::ostringstream line;
        for (const u8 byte : bytes) line << "0123456789abcdef"[byte >> 4] << "0123456789abcdef"[byte & 15];
        BOOST_TEST_MESSAGE(line.str() << ": Zydis " << name << ' ' << unsigned{decoded.instruction.length} << ", Capstone "
                                      << other->mnemonic << ' ' << other->size);
    }
    BOOST_TEST_MESSAGE("seed " << seed << ": " << both << " taken by both, " << one << " by one, " << known
                               << " known differences");
    BOOST_TEST(both > cases / 2);
    BOOST_TEST(disagreements == 0u);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(zydis_against_capstone)

BOOST_AUTO_TEST_CASE(they_agree_in_64_bit_code) {
    compare(CodeSize::bits64, CS_MODE_64, number_from_environment("VMXSIM_SEED", 1));
}
BOOST_AUTO_TEST_CASE(they_agree_in_32_bit_code) {
    compare(CodeSize::bits32, CS_MODE_32, number_from_environment("VMXSIM_SEED", 2));
}
BOOST_AUTO_TEST_CASE(they_agree_in_16_bit_code) {
    compare(CodeSize::bits16, CS_MODE_16, number_from_environment("VMXSIM_SEED", 3));
}

BOOST_AUTO_TEST_SUITE_END()
