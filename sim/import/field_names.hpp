// SPDX-License-Identifier: MIT
// VMCS fields under the names that other programs give them: Linux, Xen, Bochs, VirtualBox, HyperDbg and ia32-doc,
// hvpp, HAXM, ACRN, xhyve, or the SDM's own titles.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "spec/spec.hpp"

namespace vmxsim::import {

class FieldNames {
public:
    FieldNames();

    // "GUEST_RIP", "VMCS_GUEST_RIP", "Guest RIP", "VMX_VMCS16_GUEST_CS_SEL", "IO_BITMAP_A_HIGH"; not an encoding.
    std::optional<spec::FieldAccess> find(std::string_view name) const;

    // What all spellings of a name have in common: "VMX_VMCS16_GUEST_CS_SEL" is "GUEST CS SELECTOR".
    static std::string canonical(std::string_view name);

private:
    void add(std::string_view name, spec::Field field);

    std::unordered_map<std::string, spec::Field> fields_;
};

}  // namespace vmxsim::import
