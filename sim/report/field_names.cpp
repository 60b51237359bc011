// SPDX-License-Identifier: MIT
#include "report/field_names.hpp"

#include "base/number.hpp"

namespace vmxsim::report {
namespace {

constexpr size_t kSlots = 2048;  // a power of two, several times the number of names
static_assert(kSlots > 4 * spec::kFieldCount);

constexpr char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

size_t hash(std::string_view name) {
    u64 value = 0xCBF29CE484222325;  // FNV-1a
    for (const char c : name) value = (value ^ static_cast<u8>(fold(c))) * 0x100000001B3;
    return (value ^ value >> 32) % kSlots;
}

bool same(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i)
        if (fold(a[i]) != fold(b[i])) return false;
    return true;
}

}  // namespace

FieldNames::FieldNames() : slots_(kSlots) {
    for (size_t i = 0; i < spec::kFieldCount; ++i)
        for (const std::string_view name : {spec::kFields[i].name, spec::kFields[i].identifier}) {
            size_t at = hash(name);
            while (!slots_[at].name.empty() && !same(slots_[at].name, name)) at = (at + 1) % kSlots;
            slots_[at] = {name, static_cast<spec::Field>(i)};
        }
}

std::optional<spec::FieldAccess> FieldNames::find(std::string_view name) const {
    for (size_t at = hash(name); !slots_[at].name.empty(); at = (at + 1) % kSlots)
        if (same(slots_[at].name, name)) return spec::FieldAccess{slots_[at].field, false};
    if (!name.empty() && name[0] >= '0' && name[0] <= '9') {
        const auto encoding = parse_number(name);
        return encoding ? spec::find_field(*encoding) : std::nullopt;
    }
    return spec::find_field(name);  // the high halves
}

}  // namespace vmxsim::report
