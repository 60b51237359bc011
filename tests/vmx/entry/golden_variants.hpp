// SPDX-License-Identifier: MIT
// VMCSs that pass every VM-entry check, one for each kind of guest and host that the rules distinguish, and a processor
// that allows everything: what witnesses start from.
#pragma once

#include "vmcs/cpu_profile.hpp"
#include "vmx/entry/check_engine.hpp"

namespace vmxsim::vmx::tests {

enum class Variant : u8 {
    long_mode,           // 64-bit host and guest, the fewest controls: golden_vmcs()
    long_mode_with_ept,  // the same with EPT
    compatibility,       // IA-32e mode guest whose CS is a 32-bit segment, with EPT
    protected_32,        // 32-bit guest with 32-bit paging
    virtual_8086,        // the same with RFLAGS.VM
    pae,                 // 32-bit guest with PAE paging, PDPTEs in memory
    pae_with_ept,        // the same with EPT, PDPTEs in the VMCS
    unpaged_32,          // unrestricted guest: protected mode without paging
    real_mode,           // unrestricted guest: real-address mode
    host_32,             // 32-bit host (outside IA-32e mode) and guest
    all_features,        // 64-bit host and guest, nearly every control that can be 1 together with the others
};
inline constexpr Variant kVariants[] = {Variant::long_mode,    Variant::long_mode_with_ept, Variant::compatibility,
                                        Variant::protected_32, Variant::virtual_8086,       Variant::pae,
                                        Variant::pae_with_ept, Variant::unpaged_32,         Variant::real_mode,
                                        Variant::host_32,      Variant::all_features};

// Whether a processor allows the controls of the variant; all_features is for everything_allowed() only.
bool is_possible(Variant variant, const Capabilities& cpu);

// Every defined control of every word may be 1; only the default1 bits that have no name must be; every capability.
CpuProfile everything_allowed();

// Everything that an entry reads, by value.
struct Scene {
    Capabilities cpu;
    Vmcs vmcs;
    PhysicalMemory memory;
    ProcessorAtEntry processor;

    EntryInputs inputs() const { return {vmcs, memory, cpu, processor}; }
};
Scene make_scene(Variant variant, const CpuProfile& profile = everything_allowed());

}  // namespace vmxsim::vmx::tests
