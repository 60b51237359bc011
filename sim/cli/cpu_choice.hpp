// SPDX-License-Identifier: MIT
// The options that choose a processor, the same in every command that has them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "vmcs/cpu_profile.hpp"

namespace vmxsim::cli {

struct CpuChoice {
    std::string cpu, msrs;
    bool host = false;

    void add_cpu(CLI::App& command);      // --cpu
    void add_sources(CLI::App& command);  // --cpu, --msrs and --host, one of them

    // The chosen processor, or the default one. Values that cannot be right are told on standard error.
    CpuProfile resolve() const;
};

}  // namespace vmxsim::cli
