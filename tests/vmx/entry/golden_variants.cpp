// SPDX-License-Identifier: MIT
#include "vmx/entry/golden_variants.hpp"

#include "vmcs/golden.hpp"

namespace vmxsim::vmx::tests {
namespace {

using spec::Control;
using spec::ControlWord;

// --- The processor

bool must_be_one(const spec::ControlInfo& control) { return control.default1 && control.identifier.starts_with("reserved_"); }

u64 halves(ControlWord word, bool default1_must_be_one) {
    u64 zeros_refused = 0, ones_allowed = 0;
    for (const spec::ControlInfo& control : spec::kControls) {
        if (control.word != word) continue;
        ones_allowed |= bit(control.bit);
        if (must_be_one(control) || (default1_must_be_one && control.default1)) zeros_refused |= bit(control.bit);
    }
    return ones_allowed << 32 | zeros_refused;
}

u64 all_of(ControlWord word) {
    u64 ones_allowed = 0;
    for (const spec::ControlInfo& control : spec::kControls)
        if (control.word == word) ones_allowed |= bit(control.bit);
    return ones_allowed;
}

// --- The VMCS

struct Builder {
    Vmcs& vmcs;
    const Capabilities& cpu;

    void on(Control control) const {
        const spec::ControlInfo& row = spec::info(control);
        vmcs.set(spec::field_of(row.word), vmcs[spec::field_of(row.word)] | bit(row.bit));
    }
    void off(Control control) const {
        const spec::ControlInfo& row = spec::info(control);
        vmcs.set(spec::field_of(row.word), vmcs[spec::field_of(row.word)] & ~bit(row.bit));
    }
    void everything_on(ControlWord word) const { vmcs.set(spec::field_of(word), cpu.allowed(word).may_be_one); }

    void segment(SegmentRegister r, u64 selector, u64 base, u64 limit, u64 rights) const {
        const auto set = [&](Field first, u64 value) {
            vmcs.set(static_cast<Field>(static_cast<size_t>(first) + static_cast<size_t>(r)), value);
        };
        set(Field::guest_es_selector, selector);
        set(Field::guest_es_base, base);
        set(Field::guest_es_limit, limit);
        set(Field::guest_es_access_rights, rights);
    }

    void ept() const {
        on(Control::primary_activate_secondary_controls);
        on(Control::secondary_enable_ept);
        vmcs.set(Field::ept_pointer, 0x2000'0000 | 3 << 3 | 6);  // write-back, page-walk length 4
    }
    void unrestricted_guest() const {
        ept();
        on(Control::secondary_unrestricted_guest);
    }

    // 32-bit code and data, 32-bit paging.
    void protected_32() const {
        off(Control::entry_ia_32e_mode_guest);
        vmcs.set(Field::guest_cr4, 0x2000);
        vmcs.set(Field::guest_ia32_efer, 0);
        segment(SegmentRegister::cs, 0x08, 0, 0xFFFFFFFF, 0xC09B);
    }
    void pae() const {
        protected_32();
        vmcs.set(Field::guest_cr4, 0x2020);
        vmcs.set(Field::guest_cr3, 0x2000);
    }
    void sixteen_bit_segments(u64 code_rights, u64 data_rights) const {
        segment(SegmentRegister::cs, 0x1000, 0x10000, 0xFFFF, code_rights);
        for (const SegmentRegister r :
             {SegmentRegister::ss, SegmentRegister::ds, SegmentRegister::es, SegmentRegister::fs, SegmentRegister::gs})
            segment(r, 0x2000, 0x20000, 0xFFFF, data_rights);
        vmcs.set(Field::guest_rip, 0x100);
    }
    void all_features() const;
};

// Nearly every control: what is left out excludes another one (virtualize APIC accesses: virtualize x2APIC mode), needs SMM or
// SEAM, or has no public name.
void Builder::all_features() const {
    for (const ControlWord word : {ControlWord::pin, ControlWord::primary, ControlWord::secondary, ControlWord::tertiary,
                                   ControlWord::exit, ControlWord::exit2, ControlWord::entry, ControlWord::vmfunc})
        everything_on(word);
    for (const Control control :
         {Control::primary_rdtsc_exiting, Control::secondary_virtualize_apic_accesses, Control::secondary_unnamed_29,
          Control::tertiary_seam_guest_physical_address_width, Control::entry_allow_seam_guest_telemetry,
          Control::entry_entry_to_smm, Control::entry_deactivate_dual_monitor_treatment})
        off(control);
    vmcs.set(Field::ept_pointer, 0x2000'0000 | bit(7) | bit(6) | 3 << 3 | 6);
    vmcs.set(Field::vpid, 1);
    vmcs.set(Field::posted_interrupt_notification_vector, 0xF2);
    vmcs.set(Field::virtual_timer_vector, 0xEC);
    vmcs.set(Field::tsc_multiplier, u64{1} << 48);
    vmcs.set(Field::hlat_prefix_size, 1);
    u64 address = 0x1000'0000;
    for (const Field field :
         {Field::io_bitmap_a, Field::io_bitmap_b, Field::msr_bitmaps, Field::virtual_apic_address, Field::apic_access_address,
          Field::posted_interrupt_descriptor_address, Field::eptp_list_address, Field::vmread_bitmap_address,
          Field::vmwrite_bitmap_address, Field::ve_information_address, Field::pml_address, Field::spp_table_pointer,
          Field::hlat_pointer, Field::pid_pointer_table_address, Field::low_pasid_directory_address,
          Field::high_pasid_directory_address, Field::vm_exit_msr_store_address, Field::vm_exit_msr_load_address,
          Field::vm_entry_msr_load_address})
        vmcs.set(field, address += 0x1000);
}

}  // namespace

bool is_possible(Variant variant, const Capabilities& cpu) {
    const bool ept = cpu.allows(Control::primary_activate_secondary_controls) && cpu.allows(Control::secondary_enable_ept);
    switch (variant) {
        case Variant::long_mode_with_ept:
        case Variant::compatibility:
        case Variant::pae_with_ept: return ept;
        case Variant::unpaged_32:
        case Variant::real_mode: return ept && cpu.allows(Control::secondary_unrestricted_guest);
        case Variant::all_features: return false;
        default: return true;
    }
}

CpuProfile everything_allowed() {
    CpuProfile profile;
    profile.name = "everything-allowed";
    profile.source = "made for the tests: every control that has a row in spec/vmx_controls.def";
    profile.physical_address_bits = 46;
    profile.linear_address_bits = 57;
    VmxMsrs& msrs = profile.msrs;
    msrs.set(0x3A, 5);
    msrs.set(0x480, 0x1 | u64{0x1000} << 32 | bit(49) | u64{6} << 50 | bit(54) | bit(55) | bit(56) | bit(58));
    const struct {
        ControlWord word;
        u32 plain, true_msr;
    } kTrueWords[] = {{ControlWord::pin, 0x481, 0x48D},
                      {ControlWord::primary, 0x482, 0x48E},
                      {ControlWord::exit, 0x483, 0x48F},
                      {ControlWord::entry, 0x484, 0x490}};
    for (const auto& row : kTrueWords) {
        msrs.set(row.plain, halves(row.word, true));
        msrs.set(row.true_msr, halves(row.word, false));
    }
    msrs.set(0x485, 5 | bit(5) | mask(8, 6) | bit(14) | bit(15) | u64{4} << 16 | mask(30, 28));
    msrs.set(0x486, 0x80000021);
    msrs.set(0x487, 0xFFFFFFFF);
    msrs.set(0x488, bit(13));
    msrs.set(0x489, mask(14, 0) | mask(25, 16) | mask(28, 27) | bit(32));
    msrs.set(0x48A, 0x52);
    msrs.set(0x48B, all_of(ControlWord::secondary) << 32);
    msrs.set(0x48C,
             bit(0) | mask(8, 6) | bit(14) | mask(17, 16) | mask(23, 20) | mask(26, 25) | bit(32) | mask(43, 40) | bit(48));
    msrs.set(0x491, all_of(ControlWord::vmfunc));
    msrs.set(0x492, all_of(ControlWord::tertiary));
    msrs.set(0x493, all_of(ControlWord::exit2));
    const auto b = [](unsigned n) { return static_cast<u32>(bit(n)); };
    profile.cpuid = {
        {0x1, 0, 0, 0, b(5) | b(6), 0},  // VMX, SMX
        {0x7, 0, 2, b(2) | b(11) | b(25), b(7) | b(24),
         b(19) | b(20) | b(26) | b(31)},             // SGX, RTM, PT; CET_SS, bus lock; LBR, CET_IBT, IBRS, SSBD
        {0x7, 1, 0, 0, 0, b(18)},                    // CET_SSS
        {0x7, 2, 0, 0, 0, mask(4, 0) & 0xFFFFFFFF},  // PSFD, IPRED, RRSBA, DDPD_U, BHI
        {0xA, 0, 5 | 8 << 8 | 48 << 16, 0, 0xF, 4},  // 8 general, 4 fixed counters
        {0x14, 0, 1, mask(8, 0), mask(3, 0) | b(31), 0},
        {0x14, 1, 4 | 0x249 << 16, 0x3F << 16 | 0x3FFF, 0, 0},
        {0x1C, 0, 0xFF, 7, 7, 0},
        {0x80000001, 0, 0, 0, 0, b(11) | b(20) | b(29)},  // SYSCALL, NX, Intel 64
    };
    return profile;
}

Scene make_scene(Variant variant, const CpuProfile& profile) {
    Scene scene{Capabilities(profile), {}, {}, {}};
    scene.vmcs = golden_vmcs(scene.cpu);
    scene.processor.current_vmcs = 0x7000'0000;
    scene.processor.vmxon_pointer = 0x7000'1000;
    const Builder build{scene.vmcs, scene.cpu};
    switch (variant) {
        case Variant::long_mode: break;
        case Variant::long_mode_with_ept: build.ept(); break;
        case Variant::compatibility:
            build.ept();
            build.segment(SegmentRegister::cs, 0x08, 0, 0xFFFFFFFF, 0xC09B);
            break;
        case Variant::protected_32: build.protected_32(); break;
        case Variant::virtual_8086:
            build.protected_32();
            build.sixteen_bit_segments(0xF3, 0xF3);
            scene.vmcs.set(Field::guest_rflags, bit(17) | 2);
            break;
        case Variant::pae:
            build.pae();
            scene.memory.write<u64>(0x2000, 0x3001);
            scene.memory.write<u64>(0x2018, 0x4001);
            break;
        case Variant::pae_with_ept:
            build.ept();
            build.pae();
            scene.vmcs.set(Field::guest_pdpte0, 0x3001);
            scene.vmcs.set(Field::guest_pdpte3, 0x4001);
            break;
        case Variant::unpaged_32:
            build.unrestricted_guest();
            build.protected_32();
            scene.vmcs.set(Field::guest_cr0, 0x31);
            break;
        case Variant::real_mode:
            build.unrestricted_guest();
            build.protected_32();
            scene.vmcs.set(Field::guest_cr0, 0x30);
            build.sixteen_bit_segments(0x9B, 0x93);
            break;
        case Variant::host_32:
            build.protected_32();
            build.off(Control::exit_host_address_space_size);
            scene.vmcs.set(Field::host_ia32_efer, 0);
            scene.processor.ia32e_mode = false;
            break;
        case Variant::all_features: build.all_features(); break;
    }
    return scene;
}

}  // namespace vmxsim::vmx::tests
