// SPDX-License-Identifier: MIT
// Field names to fields in one step: a batch looks up millions of them.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "spec/spec.hpp"

namespace vmxsim::report {

class FieldNames {
public:
    FieldNames();

    // Linux's name, our identifier or an encoding ("0x681e"), in any case, as everywhere.
    std::optional<spec::FieldAccess> find(std::string_view name) const;

private:
    struct Slot {
        std::string_view name;  // empty: free
        spec::Field field;
    };
    std::vector<Slot> slots_;
};

}  // namespace vmxsim::report
