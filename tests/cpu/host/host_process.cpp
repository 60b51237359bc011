// SPDX-License-Identifier: MIT
#include "cpu/host/host_process.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

#include "cpu/cpu.hpp"

namespace vmxsim::cpu::tests {
namespace {

constexpr u64 kCs64 = 0x33, kCs32 = 0x23, kFlat = 0x2B;  // Linux's user segments
constexpr int kKernelCode = SI_KERNEL;

// Memory that parent and child share: at any address here, at the Layout's address in the child.
u8* shared(u64 size) {
    void* const place = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return place == MAP_FAILED ? nullptr : static_cast<u8*>(place);
}
bool move_to(u8* from, u64 size, u64 to, int protection) {
    void* const place = mremap(from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, reinterpret_cast<void*>(to));
    return place == reinterpret_cast<void*>(to) && mprotect(place, size, protection) == 0;
}

[[noreturn]] void be_traced(u8* code, u8* data, u8* stack) {
    const bool ready = move_to(code, Layout::kCodeSize, Layout::kCode, PROT_READ | PROT_EXEC) &&
                       move_to(data, Layout::kDataSize, Layout::kData, PROT_READ | PROT_WRITE) &&
                       mprotect(reinterpret_cast<void*>(Layout::kReadOnly), 0x1000, PROT_READ) == 0 &&
                       move_to(stack, Layout::kStackSize, Layout::kStack, PROT_READ | PROT_WRITE) &&
                       ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0;
    if (ready) {
        // The kernel would go on writing into the C library's restartable-sequence area, which is about to vanish.
        if (__rseq_size != 0)
            syscall(SYS_rseq, static_cast<char*>(__builtin_thread_pointer()) + __rseq_offset, 32, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
        const itimerval watchdog{{2, 0}, {2, 0}};
        setitimer(ITIMER_REAL, &watchdog, nullptr);
        raise(SIGSTOP);
    }
    _exit(1);
}

user_regs_struct native_registers(const HostCase& host_case) {
    user_regs_struct r{};
    const auto& g = host_case.registers;
    r.rax = g[0], r.rcx = g[1], r.rdx = g[2], r.rbx = g[3], r.rsp = g[4], r.rbp = g[5], r.rsi = g[6], r.rdi = g[7];
    r.r8 = g[8], r.r9 = g[9], r.r10 = g[10], r.r11 = g[11], r.r12 = g[12], r.r13 = g[13], r.r14 = g[14], r.r15 = g[15];
    r.orig_rax = ~0ull;  // no system call to restart
    r.rip = host_case.at;
    r.eflags = host_case.rflags;
    r.cs = host_case.bits64 ? kCs64 : kCs32;
    r.ss = kFlat;
    r.ds = r.es = host_case.bits64 ? 0 : kFlat;
    r.fs_base = host_case.fs_base;
    r.gs_base = host_case.gs_base;
    return r;
}

Outcome outcome_of(const user_regs_struct& r) {
    Outcome outcome;
    outcome.registers = {r.rax, r.rcx, r.rdx, r.rbx, r.rsp, r.rbp, r.rsi, r.rdi,
                         r.r8,  r.r9,  r.r10, r.r11, r.r12, r.r13, r.r14, r.r15};
    outcome.rip = r.rip;
    outcome.rflags = r.eflags;
    return outcome;
}

// Linux's arch/x86/kernel/traps.c: which signal an exception of user code becomes.
std::optional<u8> vector_of(const siginfo_t& info) {
    switch (info.si_signo) {
        case SIGFPE: return info.si_code == FPE_INTDIV ? kDivideError : kX87Error;
        case SIGILL: return kInvalidOpcode;
        case SIGBUS: return info.si_code == BUS_ADRALN ? kAlignmentCheck : kStackFault;
        case SIGSEGV: return info.si_code == kKernelCode ? kGeneralProtection : kPageFault;
        default: return std::nullopt;
    }
}

}  // namespace

std::unique_ptr<HostProcess> HostProcess::start() {
    const Areas areas{shared(Layout::kCodeSize), shared(Layout::kDataSize), shared(Layout::kStackSize)};
    if (areas.code == nullptr || areas.data == nullptr || areas.stack == nullptr) return nullptr;
    std::memset(areas.code, Layout::kFill, Layout::kCodeSize);
    const pid_t child = fork();
    if (child == 0) be_traced(areas.code, areas.data, areas.stack);
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return nullptr;
    ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_EXITKILL);
    std::unique_ptr<HostProcess> process(new HostProcess(child, areas));
    process->unmap_everything_else();
    return process;
}

HostProcess::~HostProcess() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    munmap(areas_.code, Layout::kCodeSize);
    munmap(areas_.data, Layout::kDataSize);
    munmap(areas_.stack, Layout::kStackSize);
}

// By system calls that the child is made to execute: no stray access finds memory that the simulated process lacks.
void HostProcess::unmap_everything_else() {
    const u64 borders[][2] = {{0x10000, Layout::kCode},
                              {Layout::kCode + Layout::kCodeSize, Layout::kData},
                              {Layout::kData + Layout::kDataSize, Layout::kStack},
                              {Layout::kStack + Layout::kStackSize, 0x7FFFFFFFF000}};
    for (const auto& [begin, end] : borders) {
        HostCase call;
        call.code = {0x0F, 0x05};  // SYSCALL
        call.registers[0] = SYS_munmap;
        call.registers[7] = begin;
        call.registers[6] = end - begin;
        call.registers[4] = Layout::kStack + 0x1000;
        Contents contents;
        const Outcome outcome = run(call, contents);
        if (outcome.registers[0] != 0) throw std::runtime_error("the traced process cannot unmap its memory");
    }
}

Outcome HostProcess::run(const HostCase& host_case, Contents& contents) {
    const u64 place = host_case.at - Layout::kCode;
    const size_t size = std::min<size_t>(host_case.code.size(), Layout::kCodeSize - place);
    std::memcpy(areas_.code + place, host_case.code.data(), size);
    std::memcpy(areas_.data, contents.data.data(), contents.data.size());
    std::memcpy(areas_.stack, contents.stack.data(), contents.stack.size());

    user_regs_struct registers = native_registers(host_case);
    ptrace(PTRACE_SETREGS, child_, nullptr, &registers);
    int status = 0, signal = SIGALRM, alarms = 0;
    while (signal == SIGALRM) {
        if (++alarms > 3) throw std::runtime_error("the host's processor does not finish: " + to_line(host_case));
        ptrace(PTRACE_CONT, child_, nullptr, nullptr);
        if (waitpid(child_, &status, 0) != child_ || !WIFSTOPPED(status))
            throw std::runtime_error("the traced process ended: " + to_line(host_case));
        signal = WSTOPSIG(status);
    }
    ptrace(PTRACE_GETREGS, child_, nullptr, &registers);
    Outcome outcome = outcome_of(registers);
    siginfo_t info{};
    ptrace(PTRACE_GETSIGINFO, child_, nullptr, &info);

    std::memset(areas_.code + place, Layout::kFill, size);
    std::memcpy(contents.data.data(), areas_.data, contents.data.size());
    std::memcpy(contents.stack.data(), areas_.stack, contents.stack.size());

    const u64 address = reinterpret_cast<u64>(info.si_addr);
    if (signal == SIGTRAP) {
        --outcome.rip;  // behind the INT3 that follows, or that a branch went to
        return outcome;
    }
    outcome.exception = vector_of(info);
    if (!outcome.exception) throw std::runtime_error("unexpected signal " + std::to_string(signal) + ": " + to_line(host_case));
    if (outcome.exception == kPageFault) {
        // A branch that went where nothing can be fetched has completed.
        if (address == outcome.rip && outcome.rip != host_case.at)
            outcome.exception.reset();
        else
            outcome.fault_address = address;
    }
    return outcome;
}

}  // namespace vmxsim::cpu::tests
