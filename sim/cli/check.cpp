// SPDX-License-Identifier: MIT
// vmxsim check: which VM-entry checks a dump fails; with --batch, the same for JSON Lines.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include "base/input_error.hpp"
#include "cli/commands.hpp"
#include "import/profile_file.hpp"
#include "report/batch.hpp"
#include "report/dump_checker.hpp"
#include "report/explanation_json.hpp"
#include "report/explanation_text.hpp"
#include "vmcs/profiles.hpp"

namespace vmxsim::cli {
namespace {

struct CheckOptions {
    std::vector<std::string> files;
    std::string format = "auto", cpu;
    bool json = false, batch = false;
    unsigned jobs = 1;
};

std::string name_of(const std::string& file) { return file == "-" ? "standard input" : file; }

std::ifstream open(const std::string& file) {
    if (std::filesystem::is_directory(file)) throw InputError({file}, "expected a file, found a directory");
    std::ifstream in(file, std::ios::binary);
    if (!in) throw InputError({file}, "cannot be opened for reading");
    return in;
}

std::string read_all(const std::string& file) {
    if (file == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
    std::ifstream in = open(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

void run_batch(const CheckOptions& options, Session& session) {
    const bool progress = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0;
    report::BatchOptions batch;
    batch.resolve = import::resolve_profile;
    batch.default_cpu = options.cpu.empty() ? default_profile().name : options.cpu;
    batch.jobs = options.jobs;
    batch.complain = [](const std::string& complaint) { std::fprintf(stderr, "vmxsim: %s\n", complaint.c_str()); };
    if (progress) batch.progress = [](size_t lines) { std::fprintf(stderr, "\r%zu lines", lines); };
    std::ios::sync_with_stdio(false);
    const auto files = options.files.empty() ? std::vector<std::string>{"-"} : options.files;
    bool bad = false, failing = false;
    for (const std::string& file : files) {
        batch.file = name_of(file);
        report::BatchResult result;
        if (file == "-") {
            result = report::run_batch(std::cin, std::cout, batch);
        } else {
            std::ifstream in = open(file);
            result = report::run_batch(in, std::cout, batch);
        }
        bad |= result.bad_lines != 0;
        failing |= result.failing != 0;
    }
    if (progress) std::fputc('\n', stderr);
    std::cout.flush();
    if (!std::cout) throw InputError("standard output cannot be written to");
    session.exit_code = bad ? kBadInput : failing ? kNo : kSuccess;
}

void check_files(const CheckOptions& options, Session& session) {
    const auto format = options.format == "auto" ? std::nullopt : import::find_dump_format(options.format);
    const report::DumpChecker checker(import::resolve_profile, options.cpu);
    std::string out;
    bool failed = false;
    for (const std::string& file : options.files)
        for (const import::DumpedVmcs& dump : import::parse_dumps(read_all(file), name_of(file), format)) {
            const report::EntryExplanation explanation = checker.explain(dump);
            failed |= explanation.failed();
            if (options.json) {
                report::append_json(out, explanation);
            } else {
                if (!out.empty()) out += '\n';
                out += report::explanation_text(explanation, {session.colour, 100, checker.profiles_known()});
            }
        }
    std::fwrite(out.data(), 1, out.size(), stdout);
    session.exit_code = failed ? kNo : kSuccess;
}

}  // namespace

void add_check(CLI::App& app, Session& session) {
    const auto options = std::make_shared<CheckOptions>();
    CLI::App* check = app.add_subcommand("check", "Say which VM-entry checks a VMCS dump fails, and why");
    check->add_option("FILE", options->files,
                      "Dumps: kernel log, Xen console, QEMU's register print, field list, JSON; - for standard input");
    check->add_option("--format", options->format, "How the dump is written (auto recognises it)")
        ->check(CLI::IsMember({"auto", "kvm", "xen", "qemu", "haxm", "hyperkit", "noirvisor", "field_list", "json", "msr"}));
    check->add_option("--cpu", options->cpu,
                      "Judge for this processor: a profile's name, alias or file (see vmxsim caps --list)");
    check->add_flag("--json", options->json, "One JSON object a case, one a line");
    check->add_flag("--batch", options->batch, "JSON Lines in, JSON Lines out: one VMCS a line (docs/check.md)");
    check->add_option("--jobs", options->jobs, "Threads for --batch")->check(CLI::Range(1, 1024));
    check->callback([options, &session] {
        if (options->batch)
            run_batch(*options, session);
        else if (options->files.empty())
            throw InputError("check: expected a FILE, or - for standard input");
        else
            check_files(*options, session);
    });
}

}  // namespace vmxsim::cli
