// SPDX-License-Identifier: MIT
// What a VM-entry check may read. One rule text serves two readers: Values reads a complete VMCS at full speed;
// KnownValues (vmx/entry/known_values.hpp) reads a partial dump and notes what it was asked for and does not know.
#pragma once

#include "base/bits.hpp"
#include "memory/physical_memory.hpp"
#include "state/segment.hpp"
#include "vmcs/capabilities.hpp"
#include "vmcs/controls.hpp"
#include "vmcs/vmcs.hpp"

namespace vmxsim::vmx {

using spec::Field;

// The processor's own state that checks look at: what is neither in the VMCS nor in the capability MSRs.
struct ProcessorAtEntry {
    bool ia32e_mode = true;      // IA32_EFER.LMA when VMLAUNCH or VMRESUME executes (SDM 26.2.4)
    bool in_smm = false;         // SDM 26.2.1.3, "entry to SMM"
    u64 current_vmcs = ~u64{0};  // the link pointer must not equal it (SDM 26.3.1.5)
    u64 vmxon_pointer = ~u64{0};
    bool tracing = false;  // IA32_RTIT_CTL.TraceEn: Intel PT is on (SDM 26.2.1.1)
};

// SDM 24.8.3, table 24-16: interruption types.
enum InterruptionType : u64 {
    kExternalInterrupt = 0,
    kReservedType = 1,
    kNmi = 2,
    kHardwareException = 3,
    kSoftwareInterrupt = 4,
    kPrivilegedSoftwareException = 5,
    kSoftwareException = 6,
    kOtherEvent = 7,
};

// Reads a VMCS in which every field is known.
class Values {
public:
    Values(const Vmcs& vmcs, const PhysicalMemory& memory) : vmcs_(vmcs), memory_(memory) {}

    u64 field(Field field) const { return vmcs_[field]; }
    u32 memory32(u64 address) const { return memory_.read<u32>(address); }
    u64 memory64(u64 address) const { return memory_.read<u64>(address); }

private:
    const Vmcs& vmcs_;
    const PhysicalMemory& memory_;
};

// The vocabulary of the rules. Names are the SDM's.
template <class Reader>
class Context {
public:
    Context(const Reader& reader, const Capabilities& on_cpu, const ProcessorAtEntry& at_entry)
        : cpu(on_cpu), processor(at_entry), reader_(reader) {}

    u64 operator[](Field field) const { return reader_.field(field); }
    u32 memory32(u64 address) const { return reader_.memory32(address); }
    u64 memory64(u64 address) const { return reader_.memory64(address); }

    const Capabilities& cpu;
    const ProcessorAtEntry& processor;

    // Control words in effect: a word that is not activated is all zeros (SDM 24.6.2, 24.7.1).
    PinControls pin() const { return {(*this)[Field::pin_based_controls]}; }
    PrimaryControls primary() const { return {(*this)[Field::primary_processor_based_controls]}; }
    SecondaryControls secondary() const {
        return {primary().activate_secondary_controls() ? (*this)[Field::secondary_processor_based_controls] : 0};
    }
    TertiaryControls tertiary() const {
        return {primary().activate_tertiary_controls() ? (*this)[Field::tertiary_processor_based_controls] : 0};
    }
    ExitControls exit() const { return {(*this)[Field::primary_vm_exit_controls]}; }
    SecondaryExitControls exit2() const {
        return {exit().activate_secondary_controls() ? (*this)[Field::secondary_vm_exit_controls] : 0};
    }
    EntryControls entry() const { return {(*this)[Field::vm_entry_controls]}; }
    VmFunctionControls vmfunc() const { return {secondary().enable_vm_functions() ? (*this)[Field::vm_function_controls] : 0}; }

    // Whether the word that holds this control is used at all.
    bool in_effect(spec::ControlWord word) const {
        switch (word) {
            case spec::ControlWord::secondary: return primary().activate_secondary_controls();
            case spec::ControlWord::tertiary: return primary().activate_tertiary_controls();
            case spec::ControlWord::exit2: return exit().activate_secondary_controls();
            case spec::ControlWord::vmfunc: return secondary().enable_vm_functions();
            default: return true;
        }
    }

    // --- Addresses
    bool page_aligned(Field field) const { return bits((*this)[field], 11, 0) == 0; }
    // SDM 26.2.1: no bit at or beyond the physical-address width, nor beyond 32 bits where IA32_VMX_BASIC[48] says so.
    bool in_physical_width(Field field) const { return cpu.region_address_in_range((*this)[field]); }
    bool canonical(Field field) const { return cpu.canonical((*this)[field]); }
    // LAM_U57 and LAM_U48, where CR4.LAM_SUP exists: linear-address masking is no part of the pinned edition.
    u64 lam_bits_of_cr3() const { return is_set(cpu.cr4_fixed1, 28) ? mask(62, 61) : 0; }
    // An MSR list: 16 bytes an entry (SDM 24.7.2). Counts have 32 bits and addresses in range at most 52: no overflow.
    bool msr_list_in_physical_width(Field address, Field count) const {
        return cpu.region_address_in_range((*this)[address] + (*this)[count] * 16 - 1);
    }

    bool unrestricted_guest() const { return secondary().unrestricted_guest(); }
    bool ia32e_mode_guest() const { return entry().ia_32e_mode_guest(); }
    bool host_64_bit() const { return exit().host_address_space_size(); }

    bool guest_pe() const { return is_set((*this)[Field::guest_cr0], 0); }
    bool guest_pg() const { return is_set((*this)[Field::guest_cr0], 31); }
    bool guest_pae() const { return is_set((*this)[Field::guest_cr4], 5); }
    bool guest_virtual_8086() const { return is_set((*this)[Field::guest_rflags], 17); }
    bool guest_64_bit_code() const { return ia32e_mode_guest() && rights(SegmentRegister::cs).l(); }
    bool guest_pae_paging() const { return !ia32e_mode_guest() && guest_pg() && guest_pae(); }
    bool guest_fred() const { return ia32e_mode_guest() && is_set((*this)[Field::guest_cr4], 32); }

    // --- Segment registers, by their place in the VMCS encodings (ES, CS, SS, DS, FS, GS, LDTR, TR)
    u64 selector(SegmentRegister r) const { return (*this)[at(Field::guest_es_selector, r)]; }
    u64 base(SegmentRegister r) const { return (*this)[at(Field::guest_es_base, r)]; }
    u64 limit(SegmentRegister r) const { return (*this)[at(Field::guest_es_limit, r)]; }
    AccessRights rights(SegmentRegister r) const { return {static_cast<u32>((*this)[at(Field::guest_es_access_rights, r)])}; }
    bool usable(SegmentRegister r) const { return !rights(r).unusable(); }
    u64 rpl(SegmentRegister r) const { return bits(selector(r), 1, 0); }

    // --- Event injection (SDM 24.8.3)
    u64 injection() const { return (*this)[Field::vm_entry_interruption_information]; }
    bool injects() const { return is_set(injection(), 31); }
    u64 injected_type() const { return bits(injection(), 10, 8); }
    u64 injected_vector() const { return bits(injection(), 7, 0); }
    bool injects_hardware_exception() const { return injects() && injected_type() == kHardwareException; }
    bool injects_other_event() const { return injects() && injected_type() == kOtherEvent; }
    // Software interrupts and exceptions; with FRED also SYSCALL and SYSENTER (other events 1 and 2).
    bool injection_has_length() const {
        return injects() && ((injected_type() >= kSoftwareInterrupt && injected_type() <= kSoftwareException) ||
                             (injected_type() == kOtherEvent && (injected_vector() == 1 || injected_vector() == 2)));
    }
    // SDM 26.2.1.3: events for an unrestricted guest in real-address mode have no error code.
    bool injects_into_real_mode() const { return unrestricted_guest() && !guest_pe(); }
    // #DF, #TS, #NP, #SS, #GP, #PF, #AC
    bool injected_vector_has_error_code() const { return is_set(0x27D00, static_cast<unsigned>(injected_vector() & 0x1F)); }
    bool injects(u64 type) const { return injects() && injected_type() == type; }
    bool injects(u64 type, u64 vector) const { return injects(type) && injected_vector() == vector; }

    // --- Guest non-register state (SDM 24.4.2)
    u64 activity() const { return (*this)[Field::guest_activity_state]; }
    bool blocking_by_sti() const { return is_set((*this)[Field::guest_interruptibility_state], 0); }
    bool blocking_by_mov_ss() const { return is_set((*this)[Field::guest_interruptibility_state], 1); }
    bool has_link_pointer() const { return (*this)[Field::vmcs_link_pointer] != ~u64{0}; }

private:
    static constexpr Field at(Field first, SegmentRegister r) {
        return static_cast<Field>(static_cast<size_t>(first) + static_cast<size_t>(r));
    }

    const Reader& reader_;
};

}  // namespace vmxsim::vmx
