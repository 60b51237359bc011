// SPDX-License-Identifier: MIT
#include "scenario/host_registers.hpp"

#include <limits>
#include <type_traits>

namespace vmxsim::scenario {
namespace {

template <class T>
constexpr u64 kMaximum = static_cast<u64>(std::numeric_limits<T>::max());

constexpr HostRegister kHostRegisters[] = {
#define HOST_REGISTER(name, member)                                                   \
    {name, kMaximum<std::remove_cvref_t<decltype(std::declval<CpuState&>().member)>>, \
     [](const CpuState& state) { return static_cast<u64>(state.member); },            \
     [](CpuState& state, u64 value) { state.member = static_cast<std::remove_cvref_t<decltype(state.member)>>(value); }},
#include "scenario/host_registers.def"
#undef HOST_REGISTER
};

}  // namespace

std::span<const HostRegister> host_registers() { return kHostRegisters; }

const HostRegister* find_host_register(std::string_view name) {
    for (const HostRegister& host_register : kHostRegisters)
        if (host_register.name == name) return &host_register;
    return nullptr;
}

}  // namespace vmxsim::scenario
