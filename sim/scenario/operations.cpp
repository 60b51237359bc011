// SPDX-License-Identifier: MIT
#include "scenario/scenario.hpp"

namespace vmxsim::scenario {
namespace {

#define REQUIRED(name) \
    OperandInfo { #name, true, 0 }
#define OPTIONAL(name, default_value) \
    OperandInfo { #name, false, default_value }
#define OPERANDS(...)   \
    {                   \
        { __VA_ARGS__ } \
    }
#define NO_OPERANDS \
    {}
constexpr OperationInfo kOperations[] = {
#define OPERATION(identifier, summary, operands) {#identifier, summary, operands},
#include "scenario/operations.def"
#undef OPERATION
};
#undef REQUIRED
#undef OPTIONAL
#undef OPERANDS
#undef NO_OPERANDS

}  // namespace

const OperationInfo& info(Operation operation) { return kOperations[static_cast<size_t>(operation)]; }

std::span<const OperationInfo> operations() { return kOperations; }

}  // namespace vmxsim::scenario
