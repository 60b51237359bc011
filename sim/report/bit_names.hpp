// SPDX-License-Identifier: MIT
// What the bits of a VMCS field are called: control bits, and bits of the registers that fields hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bits.hpp"
#include "spec/spec.hpp"

namespace vmxsim::report {

using spec::Field;

// A name for bits high:low.
struct BitsName {
    u8 high, low;
    std::string_view name;
    std::string_view other_name;  // rules may use either: "BS", "single step"
    bool control;                 // its name is quoted in sentences: "use I/O bitmaps"

    constexpr u64 mask() const { return vmxsim::mask(high, low); }
};

// The named bits of every field, low bits first.
class BitNames {
public:
    BitNames();
    const std::vector<BitsName>& of(Field field) const { return by_field_[static_cast<size_t>(field)]; }

private:
    std::vector<std::vector<BitsName>> by_field_;
};

// "bit 9", "bits 11:0", "bits 3 and 9", "bits 0, 4 and 13:8".
std::string bits_in_words(u64 mask);

}  // namespace vmxsim::report
