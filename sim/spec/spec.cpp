// SPDX-License-Identifier: MIT
#include "spec/spec.hpp"

#include <algorithm>
#include <cctype>

namespace vmxsim::spec {
namespace {

bool same_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

}  // namespace

std::optional<FieldAccess> find_field(std::string_view name) {
    constexpr std::string_view kHigh = "_HIGH";
    for (size_t i = 0; i < kFieldCount; ++i) {
        const FieldInfo& field = kFields[i];
        for (const std::string_view candidate : {field.name, field.identifier}) {
            if (same_ignoring_case(name, candidate)) return FieldAccess{static_cast<Field>(i), false};
            if (field.has_high_half() && name.size() == candidate.size() + kHigh.size() &&
                same_ignoring_case(name.substr(0, candidate.size()), candidate) &&
                same_ignoring_case(name.substr(candidate.size()), kHigh))
                return FieldAccess{static_cast<Field>(i), true};
        }
    }
    return std::nullopt;
}

std::string_view to_string(ControlWord word) {
    constexpr std::string_view kNames[] = {"pin", "primary", "secondary", "tertiary", "exit", "exit2", "entry", "vmfunc"};
    return kNames[static_cast<size_t>(word)];
}

std::string_view to_string(FieldWidth width) {
    constexpr std::string_view kNames[] = {"16", "64", "32", "natural"};
    return kNames[static_cast<size_t>(width)];
}

std::string_view to_string(FieldType type) {
    constexpr std::string_view kNames[] = {"control", "read-only", "guest", "host"};
    return kNames[static_cast<size_t>(type)];
}

}  // namespace vmxsim::spec
