// SPDX-License-Identifier: MIT
#include "spec/fields.hpp"

#include "spec/text.hpp"

namespace vmxsim::spec {

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

std::string_view to_string(FieldWidth width) {
    constexpr std::string_view kNames[] = {"16", "64", "32", "natural"};
    return kNames[static_cast<size_t>(width)];
}

std::string_view to_string(FieldType type) {
    constexpr std::string_view kNames[] = {"control", "read-only", "guest", "host"};
    return kNames[static_cast<size_t>(type)];
}

std::string_view sdm_section(const FieldInfo& field) {
    // Appendix B has no 16-bit read-only fields, and so no number for them.
    constexpr std::string_view kSections[4][4] = {{"B.1.1", "B.1", "B.1.2", "B.1.3"},
                                                  {"B.2.1", "B.2.2", "B.2.3", "B.2.4"},
                                                  {"B.3.1", "B.3.2", "B.3.3", "B.3.4"},
                                                  {"B.4.1", "B.4.2", "B.4.3", "B.4.4"}};
    return kSections[static_cast<size_t>(field.width())][static_cast<size_t>(field.type())];
}

std::string group(const FieldInfo& field) {
    constexpr std::string_view kWidths[] = {"16-bit", "64-bit", "32-bit", "natural-width"};
    constexpr std::string_view kTypes[] = {"control", "read-only data", "guest-state", "host-state"};
    return std::string(kWidths[static_cast<size_t>(field.width())]) + ' ' +
           std::string(kTypes[static_cast<size_t>(field.type())]) + " fields";
}

std::string to_string(const Existence& existence) {
    if (existence.either == Control::none) return "always";
    const auto quoted = [](Control control) {
        const ControlInfo& row = info(control);
        return '"' + std::string(row.name) + "\" (" + std::string(to_string(row.word)) + ' ' + std::to_string(row.bit) + ')';
    };
    std::string text = "if " + quoted(existence.either);
    if (existence.other != Control::none) text += " or " + quoted(existence.other);
    return text + " may be 1";
}

}  // namespace vmxsim::spec
