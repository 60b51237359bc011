// SPDX-License-Identifier: MIT
// A witness of a VM-entry check: a VMCS that passes every check, and the least change that makes exactly this one fail.
// The rows are in witnesses/, one file for each file of vmx/entry/checks; witnesses/all.hpp refuses to compile when a
// check has none.
#pragma once

#include <array>

#include "vmx/entry/golden_variants.hpp"

namespace vmxsim::vmx::tests {

inline constexpr u64 kNotCanonical = 0x8000'0000'0000'0000;  // for every linear-address width

// A change of one field: {Field::guest_cr3, 0x1001} writes a value; the functions below change single bits.
struct Change {
    Field field = Field::none;
    u64 value = 0;          // the bits to set, or the value to write
    u64 cleared = ~u64{0};  // the bits to clear first
};
constexpr Change ones(Field field, u64 bits_to_set) { return {field, bits_to_set, 0}; }
constexpr Change zeros(Field field, u64 bits_to_clear) { return {field, 0, bits_to_clear}; }
constexpr Change on(spec::Control control) {
    return ones(spec::field_of(spec::info(control).word), bit(spec::info(control).bit));
}
constexpr Change off(spec::Control control) {
    return zeros(spec::field_of(spec::info(control).word), bit(spec::info(control).bit));
}

struct MemoryChange {
    u64 address = 0;
    u64 value = 0;  // 64 bits, little-endian
    bool used = false;
};
constexpr MemoryChange write_memory(u64 address, u64 value) { return {address, value, true}; }

struct Witness {
    std::string_view check;  // the id of the row that fails, and the only one
    Variant start = Variant::long_mode;
    Change changes[8] = {};
    MemoryChange memory[2] = {};
    void (*processor)(Scene&) = nullptr;     // the processor's own state at entry, or what its capabilities allow
    void (*profile)(CpuProfile&) = nullptr;  // the capability MSRs of the processor, before anything else is made
};

inline Scene make_scene(const Witness& witness) {
    CpuProfile profile = everything_allowed();
    if (witness.profile) witness.profile(profile);
    Scene scene = make_scene(witness.start, profile);
    for (const Change& change : witness.changes)
        if (change.field != Field::none)
            scene.vmcs.set(change.field, (scene.vmcs[change.field] & ~change.cleared) | change.value);
    for (const MemoryChange& change : witness.memory)
        if (change.used) scene.memory.write<u64>(change.address, change.value);
    if (witness.processor) witness.processor(scene);
    return scene;
}

}  // namespace vmxsim::vmx::tests
