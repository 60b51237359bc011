// SPDX-License-Identifier: MIT
// fields, controls, exits, errors, checks: one shape of command over report/reference.hpp; and the hidden `reference`,
// which writes docs/generated and says whether it is current.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "base/whole_file.hpp"
#include "cli/commands.hpp"
#include "report/reference.hpp"

namespace vmxsim::cli {
namespace {

namespace fs = std::filesystem;

using Describe = report::ReferenceAnswer (*)(std::string_view, report::Format);

void add_lookup(CLI::App& app, Session& session, const char* name, const char* summary, const char* key_help, Describe describe) {
    struct Options {
        std::vector<std::string> words;
        bool json = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(name, summary);
    command->add_option("name", options->words, key_help)->option_text("[NAME or NUMBER]");
    command->add_flag("--json", options->json, "Print JSON: an array of objects");
    command->callback([options, describe, &session] {
        const std::string key = CLI::detail::join(options->words, " ");
        const report::ReferenceAnswer answer = describe(key, options->json ? report::Format::json : report::Format::text);
        std::fputs(answer.text.c_str(), stdout);
        session.exit_code = answer.assigned ? kSuccess : kNo;
    });
}

// The whole file; empty when there is none.
std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void add_documents(CLI::App& app, Session& session) {
    struct Options {
        std::string write, check;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("reference", "Write the reference as Markdown, or check that it is current")->group("");
    command->add_option("--write", options->write, "Write the documents into this folder");
    command->add_option("--check", options->check, "Compare the documents in this folder, byte by byte");
    command->require_option(1);
    command->callback([options, &session] {
        for (const auto& document : report::reference_documents()) {
            if (!options->write.empty()) {
                write_whole_file(fs::path(options->write) / document.file_name, document.text);
            } else if (const fs::path path = fs::path(options->check) / document.file_name; contents(path) != document.text) {
                std::printf("%s is not what the rows say; regenerate: vmxsim reference --write %s\n", path.c_str(),
                            options->check.c_str());
                session.exit_code = kNo;
            }
        }
    });
}

}  // namespace

void add_reference(CLI::App& app, Session& session) {
    add_lookup(app, session, "fields", "The VMCS fields", "A field's name or title, or an encoding to be taken apart",
               report::describe_fields);
    add_lookup(app, session, "controls", "The bits of the VMX control words", "A control's name, a word, or a place: primary.7",
               report::describe_controls);
    add_lookup(app, session, "exits", "The exit reasons", "A reason's name or number, or a 32-bit exit reason to be taken apart",
               report::describe_exits);
    add_lookup(app, session, "errors", "The VM-instruction errors", "An error's number or text", report::describe_errors);
    add_lookup(app, session, "checks", "The checks of VM entry",
               "A check or the beginning of its name, an SDM section, or a field", report::describe_checks);
    add_documents(app, session);
}

}  // namespace vmxsim::cli
