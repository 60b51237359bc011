// SPDX-License-Identifier: MIT
// An output file appears whole or not at all: it is written beside its final place and renamed by commit().
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace vmxsim {

class OutputFile {
public:
    // path: "-" is standard output, which commit() flushes. Throws InputError when the file cannot be written.
    explicit OutputFile(std::string path);
    ~OutputFile();  // without commit(): nothing is left
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    void write(std::string_view text);
    void commit();

private:
    [[noreturn]] void fail(const char* what) const;

    std::string path_, temporary_;
    std::FILE* file_ = nullptr;
};

}  // namespace vmxsim
