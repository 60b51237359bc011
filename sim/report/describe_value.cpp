// SPDX-License-Identifier: MIT
#include "report/describe_value.hpp"

#include <bit>

#include "base/number.hpp"
#include "state/segment.hpp"

namespace vmxsim::report {
namespace {

constexpr int kMostItems = 4;  // more named bits than this explain nothing

// SDM 24.4.1 and 3.4.5.1, 3.5: what a segment type is.
std::string type_in_words(AccessRights rights) {
    if (!rights.s()) {
        switch (rights.type()) {
            case 2: return "LDT";
            case 3: return "busy 16-bit TSS";
            case 9: return "available TSS";
            case 11: return "busy TSS";
            default: return "system";
        }
    }
    std::string words = rights.code() ? "code" : "data";
    if (rights.code())
        words += rights.writable_or_readable() ? ", readable" : ", execute-only";
    else
        words += rights.writable_or_readable() ? ", writable" : ", read-only";
    if (rights.conforming()) words += rights.code() ? ", conforming" : ", expand-down";
    return words + (rights.accessed() ? ", accessed" : ", not accessed");
}

class Items {
public:
    explicit Items(std::string& out) : out_(out) {}
    std::string& next() { return out_.append(count_++ == 0 ? ": " : ", "); }

private:
    std::string& out_;
    int count_ = 0;
};

void describe_named(std::string& out, const BitsName& name, u64 value, bool access_rights) {
    if (name.control)
        out.append("\"").append(name.name).append("\"");
    else
        out.append(name.name);
    out.append(" (").append(bits_in_words(name.mask())).append(") is ");
    const u64 content = bits(value, name.high, name.low);
    out.append(content < 10 ? std::to_string(content) : hex(content));
    if (access_rights && name.low == 0) out.append(" (").append(type_in_words({static_cast<u32>(value)})).append(")");
}

void describe_unnamed(Items& items, u64 value, u64 focus) {
    while (focus != 0) {
        const auto low = static_cast<unsigned>(std::countr_zero(focus));
        const unsigned high = low + static_cast<unsigned>(std::countr_one(focus >> low)) - 1;
        const u64 range = mask(high, low);
        focus &= ~range;
        const u64 content = bits(value, high, low);
        items.next()
            .append(bits_in_words(range))
            .append(high == low ? " is " : " are ")
            .append(content < 2 ? std::to_string(content) : hex(content));
    }
}

}  // namespace

std::string describe_injection(u64 information) {
    if (!is_set(information, 31)) return "nothing is injected (bit 31 is 0)";
    constexpr std::string_view kTypes[] = {"external interrupt", "the reserved type 1", "NMI",
                                           "hardware exception", "software interrupt",  "privileged software exception",
                                           "software exception", "other event"};
    std::string words(kTypes[bits(information, 10, 8)]);
    words += ", vector " + hex(bits(information, 7, 0));
    if (is_set(information, 11)) words += ", with an error code";
    return words;
}

void describe_value(std::string& out, Field field, u64 value, u64 focus, const BitNames& names) {
    out.append(spec::info(field).name).append(" is ").append(hex(value));
    const auto layout = spec::register_of(field);
    Items items(out);
    if (layout == spec::Register::interruption_information) {
        items.next().append(describe_injection(value));
        focus &= ~(mask(11, 0) | bit(31));
    }
    if (layout == spec::Register::access_rights && AccessRights{static_cast<u32>(value)}.unusable()) {
        items.next().append("the segment is unusable");
        focus &= ~bit(16);
    }
    if (field == Field::guest_activity_state) {
        constexpr std::string_view kStates[] = {"active", "HLT", "shutdown", "wait-for-SIPI"};
        items.next().append(value < 4 ? kStates[value] : "no activity state");
        return;
    }
    u64 named = 0;
    int count = 0;
    for (const BitsName& name : names.of(field))
        if ((name.mask() & focus) != 0) {
            named |= name.mask();
            ++count;
        }
    u64 unnamed = focus & ~named & spec::info(field).value_mask();
    count += std::popcount(unnamed & ~(unnamed << 1));
    if (count > kMostItems || unnamed == spec::info(field).value_mask()) return;
    for (const BitsName& name : names.of(field))
        if ((name.mask() & focus) != 0) describe_named(items.next(), name, value, layout == spec::Register::access_rights);
    describe_unnamed(items, value, unnamed);
}

}  // namespace vmxsim::report
