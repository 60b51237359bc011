// SPDX-License-Identifier: MIT
#include "vmcs/msr_doubts.hpp"

#include "base/bits.hpp"
#include "base/number.hpp"
#include "spec/spec.hpp"

namespace vmxsim {
namespace {

using spec::ControlWord;

struct Word {
    ControlWord word;
    u32 plain, true_msr;  // true_msr 0: has none
};
constexpr Word kWords[] = {{ControlWord::pin, 0x481, 0x48D},
                           {ControlWord::primary, 0x482, 0x48E},
                           {ControlWord::exit, 0x483, 0x48F},
                           {ControlWord::entry, 0x484, 0x490}};

u64 default1_bits(ControlWord word) {
    u64 bits_of_word = 0;
    for (const spec::ControlInfo& control : spec::kControls)
        if (control.word == word && control.default1) bits_of_word |= bit(control.bit);
    return bits_of_word;
}

// How many capability MSRs are given, and whether all of them hold the same value.
void doubt_equal_values(const VmxMsrs& msrs, std::vector<std::string>& doubts) {
    std::optional<u64> first;
    size_t given = 0;
    bool all_equal = true;
    for (u32 msr = kFirstVmxMsr; msr <= kLastVmxMsr; ++msr) {
        const std::optional<u64> value = msrs.get(msr);
        if (!value) continue;
        ++given;
        if (first && *first != *value) all_equal = false;
        if (!first) first = value;
    }
    if (given >= 3 && all_equal)
        doubts.push_back("all " + std::to_string(given) + " capability MSRs hold " + hex(*first) +
                         ": the program that read them put one value everywhere (often the index is not passed to RDMSR)");
}

void doubt_control_words(const VmxMsrs& msrs, std::vector<std::string>& doubts) {
    for (const Word& word : kWords) {
        const std::optional<u64> plain = msrs.get(word.plain);
        const u64 expected = default1_bits(word.word);
        if (plain && (*plain & expected) != expected)
            doubts.push_back("MSR " + hex(word.plain) + " = " + hex(*plain) + " lacks the default1 bits " +
                             hex(expected & ~*plain) + " in its low half: every processor reports them as 1 there (SDM A.2)");
        for (const u32 msr : {word.plain, word.true_msr}) {
            const u64 value = msrs.get_or_zero(msr);
            const u64 impossible = bits(value, 31, 0) & ~bits(value, 63, 32);
            if (impossible != 0)
                doubts.push_back("MSR " + hex(msr) + " = " + hex(value) + " says of bits " + hex(impossible) +
                                 " that they may be neither 0 nor 1: the halves may be swapped");
        }
        const std::optional<u64> exact = msrs.get(word.true_msr);
        if (plain && exact && (bits(*exact, 31, 0) & ~bits(*plain, 31, 0)) != 0)
            doubts.push_back("MSR " + hex(word.true_msr) + " = " + hex(*exact) + " forces bits to 1 that MSR " + hex(word.plain) +
                             " lets be 0: a TRUE MSR can only free bits");
        if (plain && exact && *exact >> 32 != *plain >> 32)
            doubts.push_back("MSRs " + hex(word.plain) + " and " + hex(word.true_msr) +
                             " disagree on which bits may be 1: their high halves are always equal (SDM A.3 to A.5)");
    }
    if (bits(msrs.get_or_zero(0x48B), 31, 0) != 0)
        doubts.push_back("MSR 0x48b = " + hex(msrs.get_or_zero(0x48B)) + ": its low half is always 0 (SDM A.3.3)");
}

void doubt_fixed_bits(const VmxMsrs& msrs, std::vector<std::string>& doubts) {
    for (const u32 fixed0 : {u32{0x486}, u32{0x488}}) {
        const std::optional<u64> must = msrs.get(fixed0), may = msrs.get(fixed0 + 1);
        if (must && may && (*must & ~*may) != 0)
            doubts.push_back("MSR " + hex(fixed0) + " = " + hex(*must) + " wants bits that MSR " + hex(fixed0 + 1) + " = " +
                             hex(*may) + " forbids");
    }
    if (const auto cr4 = msrs.get(0x488); cr4 && !is_set(*cr4, 13))
        doubts.push_back("MSR 0x488 = " + hex(*cr4) + " does not fix CR4.VMXE (bit 13) to 1");
}

void doubt_basic(const VmxMsrs& msrs, std::vector<std::string>& doubts) {
    const std::optional<u64> basic = msrs.get(kIa32VmxBasic);
    if (!basic) return;
    const u64 size = bits(*basic, 44, 32), type = bits(*basic, 53, 50);
    if (is_set(*basic, 31)) doubts.push_back("MSR 0x480 = " + hex(*basic) + ": bit 31 is always 0 (SDM A.1)");
    if (size == 0 || size > 4096)
        doubts.push_back("MSR 0x480 = " + hex(*basic) + " reports regions of " + std::to_string(size) +
                         " bytes: 1 to 4096 (SDM A.1)");
    if (type != 0 && type != 6)
        doubts.push_back("MSR 0x480 = " + hex(*basic) + " reports memory type " + std::to_string(type) + ": 0 (UC) or 6 (WB)");
}

// An MSR exists when, and only when, its condition holds. Only a list that shows the later MSRs at all can lack one.
void doubt_existence(const VmxMsrs& msrs, std::vector<std::string>& doubts) {
    const auto may_be_one = [&](u32 msr, unsigned n) { return is_set(msrs.get_or_zero(msr) >> 32, n); };
    const auto expect = [&](u32 msr, bool exists, const char* condition) {
        if (msrs.get(msr).has_value() == exists) return;
        doubts.push_back("MSR " + hex(msr) + (exists ? " is missing although " : " is given although not ") + condition);
    };
    if (!msrs.get(kIa32VmxBasic) || !msrs.get(0x482)) return;
    expect(0x48B, may_be_one(0x482, 31), "\"activate secondary controls\" may be 1");
    for (const u32 msr : {u32{0x48D}, u32{0x48E}, u32{0x48F}, u32{0x490}})
        expect(msr, is_set(msrs.get_or_zero(kIa32VmxBasic), 55), "IA32_VMX_BASIC[55] is 1");
    if (msrs.get(0x48B))
        expect(0x48C, may_be_one(0x48B, 1) || may_be_one(0x48B, 5), "\"enable EPT\" or \"enable VPID\" may be 1");
}

}  // namespace

std::vector<std::string> doubts_about(const VmxMsrs& msrs) {
    std::vector<std::string> doubts;
    doubt_equal_values(msrs, doubts);
    if (!doubts.empty()) return doubts;  // the rest would follow from it
    doubt_basic(msrs, doubts);
    doubt_control_words(msrs, doubts);
    doubt_fixed_bits(msrs, doubts);
    doubt_existence(msrs, doubts);
    return doubts;
}

}  // namespace vmxsim
