// SPDX-License-Identifier: MIT
// How a VMCS lies in its region in memory (SDM 24.2 leaves the format of the VMCS data to the processor; ours is described
// in docs/vmcs-layout.md). Only the fields that exist on the processor are there, packed by width, and never a byte past
// the size that IA32_VMX_BASIC[44:32] reports.
#pragma once

#include <array>
#include <optional>

#include "memory/physical_memory.hpp"
#include "vmcs/capabilities.hpp"
#include "vmcs/vmcs.hpp"

namespace vmxsim {

// The part before the fields. Bytes 12 to 15 are unused.
inline constexpr u32 kRevisionOffset = 0;        // bits 30:0 revision identifier, bit 31 shadow-VMCS indicator
inline constexpr u32 kAbortIndicatorOffset = 4;  // SDM 27.7
inline constexpr u32 kLaunchStateOffset = 8;     // 0: clear; otherwise the period of VMX operation of its launch
inline constexpr u32 kFieldsOffset = 16;
inline constexpr u32 kShadowIndicator = u32{1} << 31;

// Where each field of a processor lies. Natural-width and 64-bit fields come first, then 32-bit ones, then 16-bit ones,
// each in encoding order: no padding is needed.
class RegionLayout {
public:
    // Throws InputError when the fields do not fit in the size that the processor reports.
    explicit RegionLayout(const Capabilities& cpu);

    // Nothing for a field that does not exist on the processor.
    std::optional<u32> offset(Field field) const {
        const u16 offset = offsets_[static_cast<size_t>(field)];
        return offset == 0 ? std::nullopt : std::optional<u32>(offset);
    }
    u32 used_bytes() const { return used_bytes_; }

private:
    std::array<u16, spec::kFieldCount> offsets_{};
    u32 used_bytes_ = kFieldsOffset;
};

// Bytes that a field takes in a region: 2, 4 or 8 (natural-width fields take 8).
u32 size_in_region(Field field);

// The bytes a VMCS or VMXON region may use; 4096 when IA32_VMX_BASIC does not say.
u32 region_size(const Capabilities& cpu);

// All existing fields; fields that do not exist read as 0 and are not written.
Vmcs load_fields(const PhysicalMemory& memory, u64 pointer, const Capabilities& cpu);
void store_fields(PhysicalMemory& memory, u64 pointer, const Capabilities& cpu, const Vmcs& vmcs);

// One existing field.
u64 load_field(const PhysicalMemory& memory, u64 pointer, const RegionLayout& layout, Field field);
void store_field(PhysicalMemory& memory, u64 pointer, const RegionLayout& layout, Field field, u64 value);

}  // namespace vmxsim
