// SPDX-License-Identifier: MIT
#include "cpu/host/host_case.hpp"

#include <cstring>
#include <sstream>
#include <stdexcept>

#include "cpu/host/random_source.hpp"

namespace vmxsim::cpu::tests {
namespace {

constexpr const char* kNames[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                  "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

u64 hex(std::string_view text) { return std::stoull(std::string(text), nullptr, 16); }

}  // namespace

std::string to_line(const HostCase& host_case) {
    std::ostringstream line;
    line << std::hex << "bits=" << (host_case.bits64 ? "64" : "32") << " code=";
    for (const u8 byte : host_case.code) line << "0123456789abcdef"[byte >> 4] << "0123456789abcdef"[byte & 15];
    line << " at=" << host_case.at << " flags=" << host_case.rflags;
    for (size_t i = 0; i < 16; ++i) line << ' ' << kNames[i] << '=' << host_case.registers[i];
    line << " fs=" << host_case.fs_base << " gs=" << host_case.gs_base << " memory=" << host_case.memory_seed;
    for (const Poke& poke : host_case.pokes) line << " poke=" << poke.address << ':' << poke.value;
    return line.str();
}

HostCase from_line(std::string_view text) {
    HostCase host_case;
    std::istringstream line{std::string(text)};
    for (std::string word; line >> word;) {
        const size_t equals = word.find('=');
        if (equals == std::string::npos) throw std::runtime_error("expected NAME=VALUE, found " + word);
        const std::string name = word.substr(0, equals), value = word.substr(equals + 1);
        if (name == "bits")
            host_case.bits64 = value == "64";
        else if (name == "code")
            for (size_t i = 0; i + 1 < value.size(); i += 2) host_case.code.push_back(static_cast<u8>(hex(value.substr(i, 2))));
        else if (name == "at")
            host_case.at = hex(value);
        else if (name == "flags")
            host_case.rflags = hex(value);
        else if (name == "fs")
            host_case.fs_base = hex(value);
        else if (name == "gs")
            host_case.gs_base = hex(value);
        else if (name == "memory")
            host_case.memory_seed = hex(value);
        else if (name == "poke")
            host_case.pokes.push_back({hex(value.substr(0, value.find(':'))), hex(value.substr(value.find(':') + 1))});
        else {
            size_t i = 0;
            while (i < 16 && name != kNames[i]) ++i;
            if (i == 16) throw std::runtime_error("no register is named " + name);
            host_case.registers[i] = hex(value);
        }
    }
    return host_case;
}

Contents Contents::random(u64 seed) {
    Contents contents;
    RandomSource random(seed);
    for (size_t i = 0; i < contents.data.size(); i += 8) {
        // Runs of equal bytes among the random ones, so that REPE and REPNE go some way.
        const u64 word = random.one_in(3) ? 0 : random.next();
        std::memcpy(contents.data.data() + i, &word, 8);
    }
    for (size_t i = 0; i < contents.stack.size(); i += 8) {
        const u64 word = random.next();
        std::memcpy(contents.stack.data() + i, &word, 8);
    }
    return contents;
}

void Contents::poke(const Poke& poke) {
    for (unsigned i = 0; i < 8; ++i) {
        const u64 address = poke.address + i;
        const u8 byte = static_cast<u8>(poke.value >> (8 * i));
        if (address - Layout::kData < data.size()) data[address - Layout::kData] = byte;
        if (address - Layout::kStack < stack.size()) stack[address - Layout::kStack] = byte;
    }
}

}  // namespace vmxsim::cpu::tests
