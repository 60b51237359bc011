// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <filesystem>

namespace vmxsim {

// Writes a file that appears whole or not at all: under a temporary name in the same folder, then renamed.
// InputError when it cannot be written.
void write_whole_file(const std::filesystem::path& path, std::string_view text);

}  // namespace vmxsim
