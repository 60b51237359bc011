// SPDX-License-Identifier: MIT
// VMCS fields: what the rows say, what the encodings say, and look-ups.
#pragma once

#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.hpp"
#include "spec/controls.hpp"

namespace vmxsim::spec {

// Dense, in encoding order: an index into kFields and into a decoded VMCS.
enum class Field : u8 {
#define VMCS_FIELD(identifier, encoding, name, title, existence) identifier,
#include "spec/vmcs_fields.def"
#undef VMCS_FIELD
    none
};

enum class FieldWidth : u8 { bits16, bits64, bits32, natural };             // SDM 24.11.2, bits 14:13 of the encoding
enum class FieldType : u8 { control, read_only, guest_state, host_state };  // bits 11:10

// A field exists on a processor that allows one of these controls to be 1 (both none: always).
struct Existence {
    Control either = Control::none;
    Control other = Control::none;
};

struct FieldInfo {
    u32 encoding;                 // of the full field
    std::string_view identifier;  // guest_rip
    std::string_view name;        // Linux's enum vmcs_field: GUEST_RIP
    std::string_view title;       // "Guest RIP"
    Existence existence;

    constexpr FieldWidth width() const { return static_cast<FieldWidth>(encoding >> 13 & 3); }
    constexpr FieldType type() const { return static_cast<FieldType>(encoding >> 10 & 3); }
    constexpr unsigned index() const { return encoding >> 1 & 0x1FF; }
    constexpr bool has_high_half() const { return width() == FieldWidth::bits64; }
    // The bits that the field can hold on a 64-bit processor.
    constexpr u64 value_mask() const {
        switch (width()) {
            case FieldWidth::bits16: return 0xFFFF;
            case FieldWidth::bits32: return 0xFFFFFFFF;
            default: return ~u64{0};
        }
    }
};

#define EXISTS_ALWAYS \
    Existence {}
#define EXISTS_IF(word, control) \
    Existence { Control::word##_##control, Control::none }
#define EXISTS_IF_EITHER(word, control, word2, control2) \
    Existence { Control::word##_##control, Control::word2##_##control2 }
inline constexpr FieldInfo kFields[] = {
#define VMCS_FIELD(identifier, encoding, name, title, existence) {encoding, #identifier, #name, title, existence},
#include "spec/vmcs_fields.def"
#undef VMCS_FIELD
};
#undef EXISTS_ALWAYS
#undef EXISTS_IF
#undef EXISTS_IF_EITHER
inline constexpr size_t kFieldCount = std::size(kFields);

constexpr const FieldInfo& info(Field field) { return kFields[static_cast<size_t>(field)]; }

// An encoding as software gives it to VMREAD and VMWRITE.
struct FieldAccess {
    Field field;
    bool high;  // the high 32 bits of a 64-bit field
};

namespace detail {

constexpr bool fields_ascend() {
    for (size_t i = 1; i < kFieldCount; ++i)
        if (kFields[i - 1].encoding >= kFields[i].encoding) return false;
    return true;
}
constexpr bool encodings_are_full_and_in_range() {
    for (const FieldInfo& field : kFields)
        if ((field.encoding & ~u32{0x6FFE}) != 0) return false;
    return true;
}
static_assert(fields_ascend(), "vmcs_fields.def must be in encoding order, each encoding once");
static_assert(encodings_are_full_and_in_range(), "bits 0, 12 and 31:15 of a full field's encoding are 0 (SDM 24.11.2)");

// Encodings fit in 15 bits with bits 12 and 0 clear: 13 significant bits index the table.
constexpr size_t compress(u32 encoding) {
    return (encoding >> 13 & 3) << 11 | (encoding >> 10 & 3) << 9 | (encoding >> 1 & 0x1FF);
}
constexpr auto index_fields() {
    std::array<u8, 1 << 13> table{};
    table.fill(static_cast<u8>(Field::none));
    for (size_t i = 0; i < kFieldCount; ++i) table[compress(kFields[i].encoding)] = static_cast<u8>(i);
    return table;
}
inline constexpr auto kFieldByEncoding = index_fields();

}  // namespace detail

// The field with this encoding, full or high half; nothing when the SDM defines none.
constexpr std::optional<FieldAccess> find_field(u64 encoding) {
    if ((encoding & ~u64{0x6FFF}) != 0) return std::nullopt;
    const auto index = detail::kFieldByEncoding[detail::compress(static_cast<u32>(encoding))];
    if (index == static_cast<u8>(Field::none)) return std::nullopt;
    const bool high = (encoding & 1) != 0;
    if (high && !kFields[index].has_high_half()) return std::nullopt;
    return FieldAccess{static_cast<Field>(index), high};
}

// By Linux name or identifier, in any case; nothing when there is none. "_HIGH" names the high half.
std::optional<FieldAccess> find_field(std::string_view name);

std::string_view to_string(FieldWidth width);  // "16", "64", "32", "natural"
std::string_view to_string(FieldType type);    // "control", "read-only", "guest", "host"

std::string_view sdm_section(const FieldInfo& field);  // "B.4.3"
std::string group(const FieldInfo& field);             // "natural-width guest-state fields"
std::string to_string(const Existence& existence);     // "always", or the controls that must be allowed to be 1

// The VMCS field that holds a control word.
constexpr Field field_of(ControlWord word) {
    constexpr Field kFieldOf[] = {Field::pin_based_controls,
                                  Field::primary_processor_based_controls,
                                  Field::secondary_processor_based_controls,
                                  Field::tertiary_processor_based_controls,
                                  Field::primary_vm_exit_controls,
                                  Field::secondary_vm_exit_controls,
                                  Field::vm_entry_controls,
                                  Field::vm_function_controls};
    return kFieldOf[static_cast<size_t>(word)];
}

}  // namespace vmxsim::spec
