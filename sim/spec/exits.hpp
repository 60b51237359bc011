// SPDX-License-Identifier: MIT
// Exit reasons and the bits of the 32-bit exit-reason field.
#pragma once

#include <iterator>
#include <string_view>

#include "base/types.hpp"

namespace vmxsim::spec {

enum class ExitReason : u8 {
#define EXIT_REASON(number, identifier, name, cause, records, delivery, linux_name, sdm) identifier = number,
#define EXIT_REASON_BIT(bit, identifier, meaning)
#include "spec/exit_reasons.def"
#undef EXIT_REASON
#undef EXIT_REASON_BIT
};

enum class ExitDelivery : u8 { fault, trap, between, entry_failure, other, none };

struct ExitReasonInfo {
    u8 number;
    std::string_view identifier, name, cause, records;
    ExitDelivery delivery;
    std::string_view linux_name;  // EXIT_REASON_ and this; empty when Linux has none
    std::string_view cause_sdm;   // where the SDM describes the cause; Appendix C lists the reason itself

    constexpr bool is_reserved() const { return delivery == ExitDelivery::none; }
};
inline constexpr ExitReasonInfo kExitReasons[] = {
#define EXIT_REASON(number, identifier, name, cause, records, delivery, linux_name, sdm) \
    {number, #identifier, name, cause, records, ExitDelivery::delivery, linux_name, sdm},
#define EXIT_REASON_BIT(bit, identifier, meaning)
#include "spec/exit_reasons.def"
#undef EXIT_REASON
#undef EXIT_REASON_BIT
};

// The row of a basic exit reason, reserved ones included; nothing beyond the last row.
constexpr const ExitReasonInfo* find_exit_reason(u32 basic_reason) {
    return basic_reason < std::size(kExitReasons) ? &kExitReasons[basic_reason] : nullptr;
}
constexpr const ExitReasonInfo& info(ExitReason reason) { return kExitReasons[static_cast<size_t>(reason)]; }

std::string_view to_string(ExitDelivery delivery);

struct ExitReasonBitInfo {
    u8 bit;
    std::string_view identifier, meaning;
};
inline constexpr ExitReasonBitInfo kExitReasonBits[] = {
#define EXIT_REASON(number, identifier, name, cause, records, delivery, linux_name, sdm)
#define EXIT_REASON_BIT(bit, identifier, meaning) {bit, #identifier, meaning},
#include "spec/exit_reasons.def"
#undef EXIT_REASON
#undef EXIT_REASON_BIT
};

namespace detail {
constexpr bool exit_reasons_are_dense() {
    for (size_t i = 0; i < std::size(kExitReasons); ++i)
        if (kExitReasons[i].number != i) return false;
    return true;
}
static_assert(exit_reasons_are_dense(), "exit_reasons.def has one row for each number from 0, in order");
}  // namespace detail

inline constexpr u32 kEntryFailureBit = u32{1} << 31;

}  // namespace vmxsim::spec
