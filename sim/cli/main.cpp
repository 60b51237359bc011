// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <cstdio>

#include "base/input_error.hpp"
#include "base/invariant.hpp"
#include "cli/commands.hpp"

int main(int argc, char** argv) {
    using namespace vmxsim::cli;
    Session session;
    std::string colour = "auto";

    CLI::App app{"A software x86-64 processor with VT-x that says why a VM entry fails.", "vmxsim"};
    app.set_version_flag("--version", std::string("vmxsim ") + VMXSIM_VERSION);
    app.add_option("--color", colour, "Colour the output: auto, always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    app.parse_complete_callback([&] { session.colour = colour == "always" || (colour == "auto" && isatty(STDOUT_FILENO) == 1); });
    app.require_subcommand(1);
    app.fallthrough();

    add_adjust(app, session);
    add_boot(app, session);
    add_caps(app, session);
    add_check(app, session);
    add_prerequisites(app, session);
    add_reference(app, session);
    add_run(app, session);
    add_replay(app, session);

    const auto complain = [](const char* text) { std::fprintf(stderr, "vmxsim: %s\n", text); };
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        std::fputs(app.help().c_str(), stdout);
    } catch (const CLI::CallForVersion&) {
        std::puts(app.version().c_str());
    } catch (const CLI::ParseError& error) {
        complain(error.what());
        return kBadInput;
    } catch (const vmxsim::InputError& error) {
        complain(error.what());
        return kBadInput;
    } catch (const std::exception& error) {
        complain(error.what());
        return kInternalError;
    }
    return session.exit_code;
}
