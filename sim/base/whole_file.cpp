// SPDX-License-Identifier: MIT
#include "base/whole_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "base/input_error.hpp"

namespace vmxsim {

void write_whole_file(const std::filesystem::path& path, std::string_view text) {
    const std::filesystem::path temporary = path.string() + ".tmp" + std::to_string(getpid());
    const auto fail = [&]() -> void {
        const std::string reason = std::strerror(errno);
        std::error_code ignored;
        std::filesystem::remove(temporary, ignored);
        throw InputError({path.string()}, "cannot be written: " + reason);
    };
    std::ofstream file(temporary, std::ios::binary);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    if (!file) fail();
    std::error_code error;
    std::filesystem::rename(temporary, path, error);
    if (error) {
        errno = error.value();
        fail();
    }
}

}  // namespace vmxsim
