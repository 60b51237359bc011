// SPDX-License-Identifier: MIT
#include "base/whole_file.hpp"

#include "base/output_file.hpp"

namespace vmxsim {

void write_whole_file(const std::filesystem::path& path, std::string_view text) {
    OutputFile file(path.string());
    file.write(text);
    file.commit();
}

}  // namespace vmxsim
