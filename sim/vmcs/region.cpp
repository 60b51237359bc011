// SPDX-License-Identifier: MIT
#include "vmcs/region.hpp"

#include "base/input_error.hpp"
#include "base/invariant.hpp"

namespace vmxsim {
namespace {

u32 existing_offset(const RegionLayout& layout, Field field) {
    const std::optional<u32> offset = layout.offset(field);
    if (!offset) unreachable("the field " + std::string(spec::info(field).name) + " has no place in a VMCS region");
    return *offset;
}

}  // namespace

u32 size_in_region(Field field) {
    switch (spec::info(field).width()) {
        case spec::FieldWidth::bits16: return 2;
        case spec::FieldWidth::bits32: return 4;
        default: return 8;
    }
}

u32 region_size(const Capabilities& cpu) { return cpu.region_size() == 0 ? 4096 : cpu.region_size(); }

RegionLayout::RegionLayout(const Capabilities& cpu) {
    for (const u32 size : {8u, 4u, 2u}) {
        for (size_t i = 0; i < spec::kFieldCount; ++i) {
            const auto field = static_cast<Field>(i);
            if (!cpu.field_exists(field) || size_in_region(field) != size) continue;
            offsets_[i] = static_cast<u16>(used_bytes_);
            used_bytes_ += size;
        }
    }
    if (used_bytes_ > region_size(cpu))
        throw InputError("the VMCS fields of this processor take " + std::to_string(used_bytes_) +
                         " bytes: expected a region size of at least that in IA32_VMX_BASIC[44:32], found " +
                         std::to_string(region_size(cpu)));
}

u64 load_field(const PhysicalMemory& memory, u64 pointer, const RegionLayout& layout, Field field) {
    const u64 address = pointer + existing_offset(layout, field);
    switch (size_in_region(field)) {
        case 2: return memory.read<u16>(address);
        case 4: return memory.read<u32>(address);
        default: return memory.read<u64>(address);
    }
}

void store_field(PhysicalMemory& memory, u64 pointer, const RegionLayout& layout, Field field, u64 value) {
    const u64 address = pointer + existing_offset(layout, field);
    switch (size_in_region(field)) {
        case 2: memory.write(address, static_cast<u16>(value)); break;
        case 4: memory.write(address, static_cast<u32>(value)); break;
        default: memory.write(address, value); break;
    }
}

Vmcs load_fields(const PhysicalMemory& memory, u64 pointer, const Capabilities& cpu) {
    const RegionLayout layout(cpu);
    Vmcs vmcs;
    for (size_t i = 0; i < spec::kFieldCount; ++i) {
        const auto field = static_cast<Field>(i);
        if (layout.offset(field)) vmcs.set(field, load_field(memory, pointer, layout, field));
    }
    return vmcs;
}

void store_fields(PhysicalMemory& memory, u64 pointer, const Capabilities& cpu, const Vmcs& vmcs) {
    const RegionLayout layout(cpu);
    for (size_t i = 0; i < spec::kFieldCount; ++i) {
        const auto field = static_cast<Field>(i);
        if (layout.offset(field)) store_field(memory, pointer, layout, field, vmcs[field]);
    }
}

}  // namespace vmxsim
