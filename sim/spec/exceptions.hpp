// SPDX-License-Identifier: MIT
// Exceptions and the NMI.
#pragma once

#include <iterator>
#include <string_view>

#include "base/types.hpp"

namespace vmxsim::spec {

enum class Exception : u8 {
#define EXCEPTION(vector, identifier, mnemonic, name, kind, severity, error_code) identifier = vector,
#include "spec/exceptions.def"
#undef EXCEPTION
};

enum class ExceptionKind : u8 { fault, trap, fault_or_trap, abort, interrupt, reserved };
enum class ExceptionSeverity : u8 { benign, contributory, page_fault, double_fault };
enum class ErrorCode : u8 { none, zero, pushed };

struct ExceptionInfo {
    u8 vector;
    std::string_view identifier;  // general_protection
    std::string_view mnemonic;    // "#GP"; empty when the SDM gives none
    std::string_view name;        // "General protection"
    ExceptionKind kind;
    ExceptionSeverity severity;
    ErrorCode error_code;

    constexpr bool has_error_code() const { return error_code != ErrorCode::none; }
    constexpr bool is_reserved() const { return kind == ExceptionKind::reserved; }
};
inline constexpr ExceptionInfo kExceptions[] = {
#define EXCEPTION(vector, identifier, mnemonic, name, kind, severity, error_code) \
    {vector, #identifier, mnemonic, name, ExceptionKind::kind, ExceptionSeverity::severity, ErrorCode::error_code},
#include "spec/exceptions.def"
#undef EXCEPTION
};
static_assert(std::size(kExceptions) == 32, "exceptions.def has one row for each vector from 0 to 31");

constexpr const ExceptionInfo& info(Exception exception) { return kExceptions[static_cast<size_t>(exception)]; }

// nullptr for a vector above 31.
constexpr const ExceptionInfo* find_exception(u64 vector) {
    return vector < std::size(kExceptions) ? &kExceptions[vector] : nullptr;
}

}  // namespace vmxsim::spec
