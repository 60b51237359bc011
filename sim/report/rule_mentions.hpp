// SPDX-License-Identifier: MIT
// Which bits of its fields a rule's sentence speaks of: "If "use I/O bitmaps" is 1 ..." and "RFLAGS.IF (bit 9)" are
// read once from the sentences, so that an explanation can give just those bits by name.
#pragma once

#include <vector>

#include "report/bit_names.hpp"
#include "vmx/entry/check_engine.hpp"

namespace vmxsim::report {

class RuleMentions {
public:
    RuleMentions();

    // The bits of the check's n-th field of which its rule speaks.
    u64 bits_of(vmx::CheckIndex check, size_t n) const { return masks_[check][n]; }
    const BitNames& names() const { return names_; }

private:
    BitNames names_;
    std::vector<std::array<u64, 6>> masks_;
};

}  // namespace vmxsim::report
