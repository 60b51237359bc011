// SPDX-License-Identifier: MIT
#include "vmcs/golden.hpp"

namespace vmxsim {
namespace {

using spec::Control;
using spec::ControlWord;
using spec::Field;

// 64-bit code, flat data, busy 64-bit TSS, no LDT: access rights in the format of SDM 24.4.1.
constexpr u64 kCode64 = 0xA09B, kData = 0xC093, kBusyTss = 0x8B, kNoSegment = 0x10000;

void set_controls(Vmcs& vmcs, const Capabilities& cpu) {
    const auto least = [&](ControlWord word) { return cpu.allowed(word).must_be_one; };
    vmcs.set(Field::pin_based_controls, least(ControlWord::pin));
    vmcs.set(Field::primary_processor_based_controls, least(ControlWord::primary));
    vmcs.set(Field::primary_vm_exit_controls,
             least(ControlWord::exit) | bit(spec::info(Control::exit_host_address_space_size).bit));
    vmcs.set(Field::vm_entry_controls, least(ControlWord::entry) | bit(spec::info(Control::entry_ia_32e_mode_guest).bit));
    vmcs.set(Field::vmcs_link_pointer, ~u64{0});
}

void set_host(Vmcs& vmcs, const Capabilities& cpu) {
    vmcs.set(Field::host_cr0, (cpu.cr0_fixed0 | 0x80050033) & cpu.cr0_fixed1);
    vmcs.set(Field::host_cr3, 0x1000);
    vmcs.set(Field::host_cr4, cpu.cr4_fixed0 | bit(5) | bit(13));
    vmcs.set(Field::host_cs_selector, 0x08);
    for (const Field field : {Field::host_ss_selector, Field::host_ds_selector, Field::host_es_selector, Field::host_fs_selector,
                              Field::host_gs_selector})
        vmcs.set(field, 0x10);
    vmcs.set(Field::host_tr_selector, 0x18);
    vmcs.set(Field::host_tr_base, 0x5000);
    vmcs.set(Field::host_gdtr_base, 0x3000);
    vmcs.set(Field::host_idtr_base, 0x4000);
    vmcs.set(Field::host_rsp, 0x7000);
    vmcs.set(Field::host_rip, 0x6000);
    vmcs.set(Field::host_ia32_efer, 0x500);
    vmcs.set(Field::host_ia32_pat, 0x0007040600070406);
}

void set_guest(Vmcs& vmcs, const Capabilities& cpu) {
    vmcs.set(Field::guest_cr0, (cpu.cr0_fixed0 | 0x80050033) & cpu.cr0_fixed1);
    vmcs.set(Field::guest_cr3, 0x1000);
    vmcs.set(Field::guest_cr4, cpu.cr4_fixed0 | bit(5) | bit(13));
    vmcs.set(Field::guest_cs_selector, 0x08);
    vmcs.set(Field::guest_cs_access_rights, kCode64);
    vmcs.set(Field::guest_cs_limit, 0xFFFFFFFF);
    const struct {
        Field selector, limit, rights;
    } kDataSegments[] = {{Field::guest_ss_selector, Field::guest_ss_limit, Field::guest_ss_access_rights},
                         {Field::guest_ds_selector, Field::guest_ds_limit, Field::guest_ds_access_rights},
                         {Field::guest_es_selector, Field::guest_es_limit, Field::guest_es_access_rights},
                         {Field::guest_fs_selector, Field::guest_fs_limit, Field::guest_fs_access_rights},
                         {Field::guest_gs_selector, Field::guest_gs_limit, Field::guest_gs_access_rights}};
    for (const auto& segment : kDataSegments) {
        vmcs.set(segment.selector, 0x10);
        vmcs.set(segment.limit, 0xFFFFFFFF);
        vmcs.set(segment.rights, kData);
    }
    vmcs.set(Field::guest_tr_selector, 0x18);
    vmcs.set(Field::guest_tr_base, 0x5000);
    vmcs.set(Field::guest_tr_limit, 0x67);
    vmcs.set(Field::guest_tr_access_rights, kBusyTss);
    vmcs.set(Field::guest_ldtr_access_rights, kNoSegment);
    vmcs.set(Field::guest_gdtr_base, 0x3000);
    vmcs.set(Field::guest_gdtr_limit, 0x27);
    vmcs.set(Field::guest_idtr_base, 0x4000);
    vmcs.set(Field::guest_idtr_limit, 0xFFF);
    vmcs.set(Field::guest_dr7, 0x400);
    vmcs.set(Field::guest_rsp, 0x9000);
    vmcs.set(Field::guest_rip, 0x8000);
    vmcs.set(Field::guest_rflags, 0x2);
    vmcs.set(Field::guest_ia32_efer, 0x500);
    vmcs.set(Field::guest_ia32_pat, 0x0007040600070406);
}

}  // namespace

Vmcs golden_vmcs(const Capabilities& cpu) {
    Vmcs vmcs;
    set_controls(vmcs, cpu);
    set_host(vmcs, cpu);
    set_guest(vmcs, cpu);
    return vmcs;
}

}  // namespace vmxsim
