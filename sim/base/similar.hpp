// SPDX-License-Identifier: MIT
// "Did you mean": names that resemble what was asked for.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.hpp"

namespace vmxsim {

// Up to count candidates, best first, in any case: those that contain what was asked for or are few edits away.
std::vector<std::string_view> similar(std::string_view asked, std::span<const std::string_view> candidates, size_t count = 3);

// "; did you mean GUEST_RIP, GUEST_RSP?", or nothing when nothing resembles: the end of an error message.
std::string did_you_mean(std::string_view asked, std::span<const std::string_view> candidates, size_t count = 3);

}  // namespace vmxsim
