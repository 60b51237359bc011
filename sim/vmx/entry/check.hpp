// SPDX-License-Identifier: MIT
// A VM-entry check is a row: what it is called, where the SDM says so, which fields it is about, our sentence, two
// pure predicates, and the smallest edit of the VMCS that would make it hold. Everything else (stopping at the first
// failure, explaining all of them, documenting, testing) is an engine over the rows: vmx/entry/check_engine.hpp.
#pragma once

#include <array>
#include <string_view>

#include "base/bits.hpp"
#include "spec/spec.hpp"

namespace vmxsim::vmx {

// What the processor does when a check of a group fails (SDM 26.2, 26.3, 26.8).
struct Failure {
    spec::VmInstructionError error = spec::VmInstructionError::none;  // VMfailValid, or
    spec::ExitReason reason{};                                        // VM-entry failure with this basic reason
    u64 qualification = 0;

    constexpr bool is_vmfail() const { return error != spec::VmInstructionError::none; }
    friend constexpr bool operator==(const Failure&, const Failure&) = default;
};
inline constexpr Failure kInvalidControls{spec::VmInstructionError::vm_entry_with_invalid_control_field, {}, 0};
inline constexpr Failure kInvalidHostState{spec::VmInstructionError::vm_entry_with_invalid_host_state_field, {}, 0};
// SDM 26.8: exit qualification 0 by default, 2 PDPTE loading, 3 NMI injection, 4 VMCS link pointer.
inline constexpr Failure kInvalidGuestState{spec::VmInstructionError::none, spec::ExitReason::entry_failure_guest_state, 0};
inline constexpr Failure kInvalidPdpte{spec::VmInstructionError::none, spec::ExitReason::entry_failure_guest_state, 2};
inline constexpr Failure kInvalidNmiInjection{spec::VmInstructionError::none, spec::ExitReason::entry_failure_guest_state, 3};
inline constexpr Failure kInvalidLinkPointer{spec::VmInstructionError::none, spec::ExitReason::entry_failure_guest_state, 4};

// The fields a rule reads, the one at fault first. At most six; the rest of the array is Field::none.
struct FieldList {
    std::array<spec::Field, 6> fields;

    template <class... F>
    constexpr FieldList(F... f) : fields{f...} {
        for (size_t i = sizeof...(F); i < fields.size(); ++i) fields[i] = spec::Field::none;
    }
    constexpr size_t size() const {
        size_t count = 0;
        while (count < fields.size() && fields[count] != spec::Field::none) ++count;
        return count;
    }
    constexpr const spec::Field* begin() const { return fields.data(); }
    constexpr const spec::Field* end() const { return fields.data() + size(); }
};

// The smallest edit that makes a rule hold: write this value into this field. Field::none: no single edit of a VMCS
// field does (memory or the processor is at fault), and the rule's sentence has to say what to do.
struct Edit {
    spec::Field field = spec::Field::none;
    u64 value = 0;
};

template <class C>
struct Check {
    std::string_view id;   // "guest.rflags.if_for_external_interrupt": area.field.rule
    std::string_view sdm;  // "26.3.1.4", in the edition pinned in docs/sdm.md
    FieldList fields;
    std::string_view rule;  // our sentence, what must be
    bool (*applies)(const C&);
    bool (*holds)(const C&);  // called only when applies() is true
    Edit (*fix)(const C&);    // called only when holds() is false
    Failure failure = kInvalidGuestState;
};

// A row without its predicates: what reports, references and tests list.
struct CheckInfo {
    std::string_view id, sdm;
    FieldList fields;
    std::string_view rule;
    Failure failure;
};

// --- The vocabulary of fixes
template <class C>
Edit set_bits(const C& c, spec::Field field, u64 ones) {
    return {field, c[field] | ones};
}
template <class C>
Edit clear_bits(const C& c, spec::Field field, u64 zeros) {
    return {field, c[field] & ~zeros};
}
// Clears what lies beyond the physical-address width.
template <class C>
Edit cut_to_physical_width(const C& c, spec::Field field) {
    return {field, c[field] & mask((c.cpu.limits_regions_to_32_bits() ? 32 : c.cpu.physical_address_bits) - 1, 0)};
}
template <class C>
Edit set_control(const C& c, spec::Control control) {
    return set_bits(c, spec::field_of(spec::info(control).word), bit(spec::info(control).bit));
}
template <class C>
Edit clear_control(const C& c, spec::Control control) {
    return clear_bits(c, spec::field_of(spec::info(control).word), bit(spec::info(control).bit));
}
// One control needs another: sets the other where this processor allows it and its word is in use, else gives up the one.
template <class C>
Edit require(const C& c, spec::Control dependent, spec::Control needed) {
    const bool possible = c.cpu.allows(needed) && c.in_effect(spec::info(needed).word);
    return possible ? set_control(c, needed) : clear_control(c, dependent);
}
inline Edit set_value(spec::Field field, u64 value) { return {field, value}; }
// Sign-extends a linear address so that it becomes canonical.
template <class C>
Edit make_canonical(const C& c, spec::Field field) {
    const unsigned shift = 64 - c.cpu.linear_address_bits;
    return {field, static_cast<u64>(static_cast<i64>(c[field] << shift) >> shift)};
}
inline constexpr Edit kNoSingleEdit{};

}  // namespace vmxsim::vmx
