// SPDX-License-Identifier: MIT
// The host's processor: a traced child process whose address space holds the areas of Layout and nothing else, in which one
// instruction runs natively and every exception comes back as a signal.
#pragma once

#include <memory>

#include "cpu/host/host_case.hpp"

namespace vmxsim::cpu::tests {

class HostProcess {
public:
    // Null where a child cannot be traced (some containers forbid it).
    static std::unique_ptr<HostProcess> start();
    ~HostProcess();
    HostProcess(const HostProcess&) = delete;
    HostProcess& operator=(const HostProcess&) = delete;

    // `contents` is what memory holds before, and after.
    Outcome run(const HostCase& host_case, Contents& contents);

private:
    struct Areas {
        u8 *code = nullptr, *data = nullptr, *stack = nullptr;
    };
    HostProcess(int child, const Areas& areas) : child_(child), areas_(areas) {}
    void unmap_everything_else();

    int child_;
    Areas areas_;
};

}  // namespace vmxsim::cpu::tests
