// SPDX-License-Identifier: MIT
// All rows of vmx/entry/checks as one constant array: the engine inlines its predicates, and tests assert over it at
// compile time. Include vmx/entry/check_engine.hpp unless you need one of these two.
#pragma once

#include <algorithm>
#include <utility>

#include "vmx/entry/checks/all.hpp"

namespace vmxsim::vmx {

template <class C>
inline constexpr size_t kCheckCount = std::apply([](const auto&... tables) { return (tables.size() + ...); }, kCheckTables<C>);

namespace detail {

template <class C>
constexpr auto join() {
    return std::apply(
        [](const auto& first, const auto&... rest) {
            std::array<Check<C>, kCheckCount<C>> rows = [&]<size_t... I>(std::index_sequence<I...>) {
                return std::array<Check<C>, kCheckCount<C>>{((void)I, first[0])...};
            }
            (std::make_index_sequence<kCheckCount<C>>{});
            size_t next = 0;
            const auto append = [&](const auto& table) {
                for (const Check<C>& row : table) rows[next++] = row;
            };
            append(first);
            (append(rest), ...);
            return rows;
        },
        kCheckTables<C>);
}

}  // namespace detail

// The tables, one behind the other.
template <class C>
inline constexpr auto kRows = detail::join<C>();

inline constexpr auto kAllChecks = []<size_t... I>(std::index_sequence<I...>) {
    using Any = Context<Values>;
    return std::array<CheckInfo, sizeof...(I)>{
        CheckInfo{kRows<Any>[I].id, kRows<Any>[I].sdm, kRows<Any>[I].fields, kRows<Any>[I].rule, kRows<Any>[I].failure}...};
}
(std::make_index_sequence<kCheckCount<Context<Values>>>{});

namespace detail {

// FNV-1a: comparing hashes keeps the compile-time work within every compiler's limit of constant-evaluation steps.
constexpr u64 hash(std::string_view text) {
    u64 value = 0xCBF29CE484222325;
    for (const char character : text) value = (value ^ static_cast<u8>(character)) * 0x100000001B3;
    return value;
}

consteval bool ids_are_unique() {
    std::array<u64, kAllChecks.size()> hashes{};
    std::transform(kAllChecks.begin(), kAllChecks.end(), hashes.begin(), [](const CheckInfo& check) { return hash(check.id); });
    std::sort(hashes.begin(), hashes.end());
    return std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end();
}
static_assert(ids_are_unique(), "every VM-entry check needs an id of its own");

}  // namespace detail

}  // namespace vmxsim::vmx
