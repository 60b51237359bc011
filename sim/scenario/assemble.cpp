// SPDX-License-Identifier: MIT
#include "scenario/assemble.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/number.hpp"

namespace vmxsim::scenario {
namespace {

// Its own folder below the system's temporary one, gone with the object.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "vmxsim-asm-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) throw AssemblyError("expected to make a temporary folder: " + pattern);
        path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::string file(const char* name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

int run_nasm(const std::string& source, const std::string& output, const std::string& messages) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, messages.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    std::string words[] = {"nasm", "-f", "bin", "-o", output, source};
    char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                         words[4].data(), words[5].data(), nullptr};
    pid_t child = 0;
    const int error = posix_spawnp(&child, "nasm", &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw AssemblyError("expected the assembler nasm, which \"asm\" needs; found none in PATH");
    int status = 0;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) throw AssemblyError("expected nasm to finish");
    return WEXITSTATUS(status);
}

}  // namespace

Bytes assemble(const Region& region, u64 origin, const std::vector<PlacedRegion>& placed) {
    const TemporaryFolder folder;
    const std::string source = folder.file("asm"), output = folder.file("bin"), messages = folder.file("messages");
    {
        std::ofstream out(source);
        for (const PlacedRegion& other : placed) out << fmt::format("%define at_{} {}\n", other.name, hex(other.address));
        // %line makes nasm count the lines of the scenario's text.
        out << fmt::format("org {}\nbits {}\n%line 0+1 {}\n{}\n", hex(origin), region.assembly_bits, region.name,
                           region.assembly);
    }
    if (const int status = run_nasm(source, output, messages); status != 0) {
        std::string text = contents(messages);
        text = text.substr(0, text.find('\n'));
        throw AssemblyError(fmt::format("expected assembly that nasm accepts; it says: {}", text));
    }
    const std::string bytes = contents(output);
    return {bytes.begin(), bytes.end()};
}

}  // namespace vmxsim::scenario
