// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "base/input_error.hpp"
#include "base/number.hpp"
#include "cli/commands.hpp"
#include "cli/cpu_choice.hpp"
#include "machine/multiboot.hpp"

namespace vmxsim::cli {
namespace {

struct Options {
    CpuChoice cpu;
    std::string image, memory = "256M", serial = "-", debugcon = "-", append;
    std::vector<std::string> modules;
    u64 max_instructions = ~u64{0};
    double timeout = 0;
    bool stats = false;
    std::string trace, trace_instructions;
};

std::vector<u8> read_file(const std::string& name) {
    std::ifstream in(name, std::ios::binary);
    if (!in) throw InputError({name, 0, 0}, "cannot be read");
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// "256M", "3G", "4096K" or bytes.
u64 parse_size(const std::string& text) {
    unsigned shift = 0;
    std::string digits = text;
    if (!digits.empty()) {
        const char unit = digits.back();
        shift = unit == 'K' || unit == 'k' ? 10 : unit == 'M' || unit == 'm' ? 20 : unit == 'G' || unit == 'g' ? 30 : 0;
        if (shift != 0) digits.pop_back();
    }
    const auto value = parse_number(digits);
    if (!value || *value == 0 || *value > bit(46) >> shift)
        throw InputError("--memory: expected a size such as 256M or 3G, found '" + text + "'");
    return *value << shift;
}

// Where a guest's characters go: standard output, or a file. Lines are flushed, so that a pipe sees them as they come.
class Output {
public:
    explicit Output(const std::string& name) : file_(name == "-" ? stdout : std::fopen(name.c_str(), "wb")), owned_(name != "-") {
        if (file_ == nullptr) throw InputError({name, 0, 0}, "cannot be written");
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output() {
        if (owned_)
            std::fclose(file_);
        else
            std::fflush(file_);
    }
    void put(char c) {
        std::fputc(c, file_);
        if (c == '\n') std::fflush(file_);
    }

private:
    std::FILE* file_;
    bool owned_;
};

machine::BootImage load_files(const Options& options) {
    machine::BootImage image{options.image, read_file(options.image), options.image, {}};
    if (!options.append.empty()) image.command_line += " " + options.append;
    for (const std::string& module : options.modules) {
        const size_t equals = module.find('=');
        const std::string file = module.substr(0, equals);
        image.modules.push_back({file, read_file(file), equals == std::string::npos ? file : module.substr(equals + 1)});
    }
    return image;
}

void print_state(const CpuState& state) {
    fmt::print(stderr,
               "vmxsim: shutdown (triple fault) at RIP {:#x}, CS {:#x}, CR0 {:#x}, CR2 {:#x}, CR3 {:#x}, CR4 {:#x}, RSP {:#x}, "
               "EFER {:#x}\n",
               state.rip, state[SegmentRegister::cs].selector, state.cr0, state.cr2, state.cr3, state.cr4, state[Register::rsp],
               state.msrs.efer);
}

int boot(const Options& options) {
    for (const auto& [name, file] :
         {std::pair{"--trace", &options.trace}, std::pair{"--trace-instructions", &options.trace_instructions}})
        if (!file->empty()) throw InputError(std::string(name) + ": not built yet; boot records no traces");
    const CpuProfile profile = options.cpu.resolve();
    Output serial(options.serial), debug_console(options.debugcon);
    machine::Machine machine(profile, parse_size(options.memory),
                             {[&](char c) { serial.put(c); }, [&](char c) { debug_console.put(c); }});
    machine::load_multiboot(machine, load_files(options));

    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
    constexpr u64 kBetweenTimeChecks = 10'000'000;
    cpu::StopReason reason = cpu::StopReason::instruction_limit;
    bool out_of_time = false;
    while (reason == cpu::StopReason::instruction_limit && machine.cpu.retired < options.max_instructions && !out_of_time) {
        reason = machine.run(std::min(options.max_instructions, machine.cpu.retired + kBetweenTimeChecks));
        out_of_time = options.timeout > 0 && elapsed() > options.timeout;
    }
    if (options.stats) {
        const double seconds = elapsed();
        fmt::print(stderr, "instructions {}  seconds {:.3f}  MIPS {:.1f}  accesses to nothing {}\n", machine.cpu.retired, seconds,
                   static_cast<double>(machine.cpu.retired) / seconds / 1e6, machine.accesses_to_nothing);
    }
    if (machine.guest_status) return *machine.guest_status;
    if (machine.reset_requested) {
        fmt::print(stderr, "vmxsim: the guest reset the machine, at RIP {:#x}\n", machine.cpu.state.rip);
        return kNo;
    }
    switch (reason) {
        case cpu::StopReason::fault_loop:
            fmt::print(stderr, "vmxsim: ten thousand faults in a row without one instruction that completes, at RIP {:#x}\n",
                       machine.cpu.state.rip);
            return kLimit;
        case cpu::StopReason::shutdown: print_state(machine.cpu.state); return kNo;
        case cpu::StopReason::halted:
            fmt::print(stderr, "vmxsim: the guest halted with nothing left to wake it, at RIP {:#x}\n", machine.cpu.state.rip);
            return kNo;
        default:
            fmt::print(stderr, "vmxsim: {} reached after {} instructions, at RIP {:#x}\n",
                       out_of_time ? "time limit" : "instruction limit", machine.cpu.retired, machine.cpu.state.rip);
            return kLimit;
    }
}

}  // namespace

void add_boot(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("boot", "Boot a Multiboot 1 image on the software machine");
    command->add_option("IMAGE", options->image, "ELF32, ELF64 or flat image with a Multiboot 1 header")->required();
    command->add_option("--module", options->modules, "FILE or FILE=ARGUMENTS, once for each module");
    command->add_option("--append", options->append, "Arguments behind the image's name on its command line");
    options->cpu.add_cpu(*command);
    command->add_option("--memory", options->memory, "Memory, such as 256M or 3G");
    command->add_option("--serial", options->serial, "Where COM1 writes: - or a file");
    command->add_option("--debugcon", options->debugcon, "Where ports E9H and 402H write: - or a file");
    command->add_option("--max-instructions", options->max_instructions, "Stop after so many instructions (exit code 3)");
    command->add_option("--timeout", options->timeout, "Stop after so many seconds (exit code 3)");
    command->add_option("--trace", options->trace, "Record a trace (not built yet)");
    command->add_option("--trace-instructions", options->trace_instructions,
                        "Record a trace with every instruction (not built yet)");
    command->add_flag("--stats", options->stats, "Print instructions, time and speed to standard error");
    command->callback([options, &session] { session.exit_code = boot(*options); });
}

}  // namespace vmxsim::cli
