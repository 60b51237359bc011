// SPDX-License-Identifier: MIT
#include "base/output_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/input_error.hpp"

namespace vmxsim {

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
    if (path_ == "-") {
        file_ = stdout;
        return;
    }
    temporary_ = path_ + ".tmp" + std::to_string(getpid());
    file_ = std::fopen(temporary_.c_str(), "wb");
    if (file_ == nullptr) fail("expected a file that can be written");
}

OutputFile::~OutputFile() {
    if (file_ == nullptr || file_ == stdout) return;
    std::fclose(file_);
    std::remove(temporary_.c_str());
}

void OutputFile::write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail("expected room for the whole output");
}

void OutputFile::commit() {
    if (std::fflush(file_) != 0) fail("expected room for the whole output");
    if (file_ == stdout) return;
    const bool closed = std::fclose(file_) == 0;
    file_ = nullptr;
    if (!closed || std::rename(temporary_.c_str(), path_.c_str()) != 0) {
        std::remove(temporary_.c_str());
        fail("expected a file that can be written");
    }
}

void OutputFile::fail(const char* what) const {
    throw InputError(Position{path_}, std::string(what) + "; found: " + std::strerror(errno));
}

}  // namespace vmxsim
