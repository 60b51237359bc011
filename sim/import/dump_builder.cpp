// SPDX-License-Identifier: MIT
#include "import/dump_builder.hpp"

#include <utility>

#include "base/number.hpp"

namespace vmxsim::import {
namespace {

constexpr size_t kMostNotes = 64;
constexpr size_t kMostDumps = 4096;

}  // namespace

DumpBuilder::DumpBuilder(DumpFormat format, const std::string& file, unsigned line) : file_(file) {
    dump.format = format;
    dump.line = line;
}

void DumpBuilder::fail(Place place, const std::string& what) const { throw InputError({file_, place.line, place.column}, what); }

void DumpBuilder::note(std::string text) {
    if (dump.notes.size() < kMostNotes) dump.notes.push_back(std::move(text));
}

void DumpBuilder::set(Field field, u64 value, Place place) {
    const spec::FieldInfo& row = spec::info(field);
    if ((value & ~row.value_mask()) != 0)
        fail(place, "expected a value of at most " + std::string(to_string(row.width())) + " bits for " + std::string(row.name) +
                        ", found " + hex(value));
    if (knows(field)) {
        if (dump.vmcs.vmcs[field] != value)
            note("line " + std::to_string(place.line) + ": a second value for " + std::string(row.name) + ", " + hex(value) +
                 "; the first, " + hex(dump.vmcs.vmcs[field]) + " of line " + std::to_string(dump.lines[field]) + ", is used");
        return;
    }
    dump.vmcs.set(field, value);
    dump.lines[field] = place.line;
}

void DumpBuilder::set(spec::FieldAccess access, u64 value, Place place) {
    if (!access.high) return set(access.field, value, place);
    if (value > 0xFFFFFFFF)
        fail(place, "expected a value of at most 32 bits for the high half of " + std::string(spec::info(access.field).name) +
                        ", found " + hex(value));
    halves_.try_emplace(access.field, Half{value, place});
}

DumpedVmcs DumpBuilder::finish() {
    for (const auto& [field, half] : halves_) {
        const std::string name(spec::info(field).name);
        if (!knows(field)) {
            note("line " + std::to_string(half.place.line) + ": only the high half of " + name + " is shown");
            continue;
        }
        const u64 shown = dump.vmcs.vmcs[field];
        if (shown >> 32 != 0 && shown >> 32 != half.value)
            note("line " + std::to_string(half.place.line) + ": the high half of " + name + ", " + hex(half.value) +
                 ", contradicts its full value " + hex(shown) + ", which is used");
        else
            dump.vmcs.set(field, (shown & 0xFFFFFFFF) | half.value << 32);
    }
    halves_.clear();
    const Vmcs& vmcs = dump.vmcs.vmcs;
    if (!dump.exit_reason && knows(Field::exit_reason)) dump.exit_reason = static_cast<u32>(vmcs[Field::exit_reason]);
    if (!dump.qualification && knows(Field::exit_qualification)) dump.qualification = vmcs[Field::exit_qualification];
    if (!dump.vm_instruction_error && knows(Field::vm_instruction_error))
        dump.vm_instruction_error = static_cast<u32>(vmcs[Field::vm_instruction_error]);
    return std::move(dump);
}

void DumpList::add(DumpedVmcs&& dump) {
    const bool says_something = dump.vmcs.known.any() || dump.exit_reason || dump.vm_instruction_error ||
                                dump.hypervisor_number || dump.failing_msr || !dump.capability_msrs.empty() ||
                                !dump.other_values.empty();
    if (!says_something) return;
    if (dumps.size() == kMostDumps)
        throw InputError({file_, dump.line, 0},
                         "expected at most " + std::to_string(kMostDumps) + " VMCSs in one text, found more");
    dumps.push_back(std::move(dump));
}

}  // namespace vmxsim::import
