// SPDX-License-Identifier: MIT
// One function a subcommand, one file a subcommand: sim/cli/NAME.cpp adds its options to the application and says what
// to do when it is chosen. The exit code goes into Session::exit_code; bad input is thrown as InputError (exit code 2).
#pragma once

#include <CLI/CLI.hpp>

namespace vmxsim::cli {

enum ExitCode : int { kSuccess = 0, kNo = 1, kBadInput = 2, kLimit = 3, kInternalError = 70 };

struct Session {
    int exit_code = kSuccess;
    bool colour = false;  // standard output takes ANSI colours
};

void add_adjust(CLI::App& app, Session& session);
void add_boot(CLI::App& app, Session& session);
void add_caps(CLI::App& app, Session& session);
void add_check(CLI::App& app, Session& session);
void add_prerequisites(CLI::App& app, Session& session);
void add_reference(CLI::App& app, Session& session);  // fields, controls, exits, errors, checks
void add_run(CLI::App& app, Session& session);
void add_replay(CLI::App& app, Session& session);

}  // namespace vmxsim::cli
