// SPDX-License-Identifier: MIT
// VM-instruction errors.
#pragma once

#include <iterator>
#include <string_view>

#include "base/types.hpp"

namespace vmxsim::spec {

enum class VmInstructionError : u8 {
    none = 0,
#define VM_INSTRUCTION_ERROR(number, identifier, text, instructions) identifier = number,
#include "spec/vm_instruction_errors.def"
#undef VM_INSTRUCTION_ERROR
};

struct VmInstructionErrorInfo {
    u8 number;
    std::string_view identifier, text, instructions;

    constexpr bool is_reserved() const { return instructions.empty(); }
};
inline constexpr VmInstructionErrorInfo kVmInstructionErrors[] = {
#define VM_INSTRUCTION_ERROR(number, identifier, text, instructions) {number, #identifier, text, instructions},
#include "spec/vm_instruction_errors.def"
#undef VM_INSTRUCTION_ERROR
};

// The row of an error number, reserved ones included; nothing for 0 and beyond the last row.
constexpr const VmInstructionErrorInfo* find_vm_instruction_error(u64 number) {
    return number >= 1 && number <= std::size(kVmInstructionErrors) ? &kVmInstructionErrors[number - 1] : nullptr;
}
constexpr const VmInstructionErrorInfo& info(VmInstructionError error) {
    return kVmInstructionErrors[static_cast<size_t>(error) - 1];
}

namespace detail {
constexpr bool vm_instruction_errors_are_dense() {
    for (size_t i = 0; i < std::size(kVmInstructionErrors); ++i)
        if (kVmInstructionErrors[i].number != i + 1) return false;
    return true;
}
static_assert(vm_instruction_errors_are_dense(), "vm_instruction_errors.def has one row for each number from 1, in order");
}  // namespace detail

}  // namespace vmxsim::spec
