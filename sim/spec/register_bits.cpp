// SPDX-License-Identifier: MIT
#include "spec/register_bits.hpp"

#include "base/number.hpp"
#include "spec/text.hpp"

namespace vmxsim::spec {

const RegisterBitInfo* find_register_bit(Register reg, std::string_view mnemonic) {
    for (const RegisterBitInfo& row : bits_of(reg))
        if (same_ignoring_case(mnemonic, row.mnemonic)) return &row;
    return nullptr;
}

std::optional<Register> register_of(Field field) {
    switch (field) {
        case Field::guest_cr0:
        case Field::host_cr0:
        case Field::cr0_guest_host_mask:
        case Field::cr0_read_shadow: return Register::cr0;
        case Field::guest_cr4:
        case Field::host_cr4:
        case Field::cr4_guest_host_mask:
        case Field::cr4_read_shadow: return Register::cr4;
        case Field::guest_rflags: return Register::rflags;
        case Field::guest_dr7: return Register::dr7;
        case Field::guest_ia32_efer:
        case Field::host_ia32_efer: return Register::efer;
        case Field::guest_ia32_debugctl: return Register::debugctl;
        case Field::guest_es_access_rights:
        case Field::guest_cs_access_rights:
        case Field::guest_ss_access_rights:
        case Field::guest_ds_access_rights:
        case Field::guest_fs_access_rights:
        case Field::guest_gs_access_rights:
        case Field::guest_ldtr_access_rights:
        case Field::guest_tr_access_rights: return Register::access_rights;
        case Field::guest_interruptibility_state: return Register::interruptibility_state;
        case Field::guest_activity_state: return Register::activity_state;
        case Field::guest_pending_debug_exceptions: return Register::pending_debug_exceptions;
        case Field::vm_entry_interruption_information:
        case Field::vm_exit_interruption_information:
        case Field::idt_vectoring_information: return Register::interruption_information;
        case Field::ept_pointer: return Register::eptp;
        case Field::guest_ia32_s_cet:
        case Field::host_ia32_s_cet: return Register::s_cet;
        case Field::guest_ia32_spec_ctrl:
        case Field::host_ia32_spec_ctrl:
        case Field::ia32_spec_ctrl_mask:
        case Field::ia32_spec_ctrl_shadow: return Register::spec_ctrl;
        default: return std::nullopt;
    }
}

std::string describe(Register reg, u64 value) {
    std::string text;
    const auto append = [&](const std::string& word) {
        if (!text.empty()) text += ' ';
        text += word;
    };
    for (const RegisterBitInfo& row : bits_of(reg)) {
        const u64 part = row.extract(value);
        if (!row.is_group()) {
            if (part != 0) append(std::string(row.mnemonic));
            continue;
        }
        const std::string_view meaning = value_name(row, part);
        if (part == 0 && meaning.empty()) continue;
        const std::string number = meaning.empty() && row.high - row.low >= 16 ? hex(part) : std::to_string(part);
        append(std::string(row.mnemonic) + '=' + number + (meaning.empty() ? "" : " (" + std::string(meaning) + ')'));
    }
    if (const u64 reserved = value & ~defined_bits(reg); reserved != 0) append("reserved " + hex(reserved));
    return text;
}

}  // namespace vmxsim::spec
