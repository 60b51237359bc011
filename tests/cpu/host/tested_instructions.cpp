// SPDX-License-Identifier: MIT
#include "cpu/host/tested_instructions.hpp"

namespace vmxsim::cpu::tests {
namespace {

enum class When : u8 {
    always,
    count_not_0,
    count_above_1,
    count_from_width,
    count_above_width,
    result_zf,
    operand_of_16_bits,
    fault,
    repeats_with_32_bit_addresses
};
enum class What : u8 { nothing, destination, registers, upper_halves };

struct TestedRow {
    ZydisMnemonic mnemonic;
    Feature feature;
};
constexpr TestedRow kTested[] = {
#define TESTED(mnemonic, feature) {ZYDIS_MNEMONIC_##mnemonic, Feature::feature},
#define UNDEFINED(mnemonic, when, flags, what, section)
#include "cpu/host/tested_instructions.def"
#undef TESTED
#undef UNDEFINED
};

struct UndefinedRow {
    ZydisMnemonic mnemonic;
    When when;
    u64 flags;
    What what;
    const char* section;
};
constexpr UndefinedRow kUndefined[] = {
#define TESTED(mnemonic, feature)
#define UNDEFINED(mnemonic, when, flags, what, section) {ZYDIS_MNEMONIC_##mnemonic, When::when, flags, What::what, section},
#include "cpu/host/tested_instructions.def"
#undef TESTED
#undef UNDEFINED
};

// The count of a shift or rotation, as the processor takes it.
unsigned count_of(const Decoded& decoded, const HostCase& host_case) {
    const ZydisDecodedOperand& last = decoded.operand(decoded.count() - 1);
    const u64 count = last.type == ZYDIS_OPERAND_TYPE_IMMEDIATE ? last.imm.value.u : host_case.registers[1];
    return static_cast<unsigned>(count & (decoded.operand(0).size == 64 ? 63 : 31));
}

bool holds(When when, const Decoded& decoded, const HostCase& host_case, const Outcome& outcome) {
    const unsigned width = decoded.operand(0).size;
    switch (when) {
        case When::always: return true;
        case When::count_not_0: return count_of(decoded, host_case) != 0;
        case When::count_above_1: return count_of(decoded, host_case) > 1;
        case When::count_from_width: return count_of(decoded, host_case) >= width;
        case When::count_above_width: return count_of(decoded, host_case) > width;
        case When::result_zf: return (outcome.rflags & kZf) != 0;
        case When::operand_of_16_bits: return width == 16;
        case When::repeats_with_32_bit_addresses:
            return decoded.instruction.address_width == 32 && host_case.bits64 &&
                   (static_cast<u32>(host_case.registers[1]) == 0 || outcome.exception.has_value());
        case When::fault: return outcome.exception.has_value();
    }
    return false;
}

}  // namespace

bool is_tested(ZydisMnemonic mnemonic, const FeatureSet& host) {
    for (const TestedRow& row : kTested)
        if (row.mnemonic == mnemonic) return host.has(row.feature);
    return false;
}

Undefined undefined_of(const Decoded& decoded, const HostCase& host_case, const Outcome& outcome) {
    Undefined undefined;
    for (const UndefinedRow& row : kUndefined) {
        if (row.mnemonic != decoded.mnemonic() || !holds(row.when, decoded, host_case, outcome)) continue;
        undefined.flags |= row.flags;
        undefined.destination |= row.what == What::destination;
        undefined.upper_halves |= row.what == What::upper_halves;
        undefined.registers |= row.what == What::registers;
    }
    return undefined;
}

}  // namespace vmxsim::cpu::tests
