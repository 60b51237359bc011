// SPDX-License-Identifier: MIT
// Runs the built binary through the shell and keeps what it says.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace vmxsim::test {

struct Run {
    int exit_code = -1;
    std::string out, err;
};

// arguments: as typed in a shell, e.g. "fields 'Guest RIP' --json".
inline Run run_vmxsim(const std::string& arguments) {
    const auto name = [](const char* stream) {
        return (std::filesystem::temp_directory_path() / ("vmxsim_test_" + std::to_string(getpid()) + stream)).string();
    };
    const std::string out = name(".out"), err = name(".err");
    const int status =
        std::system((std::string(VMXSIM_BINARY) + ' ' + arguments + " >" + out + " 2>" + err + " </dev/null").c_str());
    const auto take = [](const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        std::string text(std::istreambuf_iterator<char>(file), {});
        std::filesystem::remove(path);
        return text;
    };
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, take(out), take(err)};
}

}  // namespace vmxsim::test
