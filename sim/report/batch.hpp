// SPDX-License-Identifier: MIT
// JSON Lines in, JSON Lines out: one VMCS a line, each answered for itself, in order, with as many threads as wanted
// and memory that does not grow with the input.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <unordered_map>

#include "report/batch_case.hpp"
#include "report/explain_entry.hpp"

namespace vmxsim::report {

using ResolveProfile = std::function<CpuProfile(const std::string& name_or_file)>;  // throws InputError

// Answers cases one after the other. One for each thread.
class BatchChecker {
public:
    // default_cpu: for cases that name none.
    BatchChecker(const ResolveProfile& resolve, std::string default_cpu, const RuleMentions& mentions);

    enum class Answer : u8 { passes, fails };
    // Appends the answer to out. line: with BatchCaseReader::padding() readable bytes behind it. fallback_id: for a case
    // without one. Throws InputError without a position; then case_id() is what could be read.
    Answer answer(std::string_view line, std::string_view fallback_id, std::string& out);
    const std::string& case_id() const { return case_.id; }

private:
    struct Cpu {
        JudgedCpu judged;
        Vmcs golden;
    };
    const Cpu& cpu(const std::string& name);
    EntryExplanation explain_golden(const Cpu& cpu);
    EntryExplanation explain_partial(const Cpu& cpu);
    void note_absent_fields(const Cpu& cpu, EntryExplanation& explanation) const;

    const ResolveProfile& resolve_;
    std::string default_cpu_;
    const RuleMentions& mentions_;
    std::unordered_map<std::string, std::unique_ptr<Cpu>> cpus_;
    BatchCaseReader reader_;
    BatchCase case_;
};

struct BatchOptions {
    ResolveProfile resolve;
    std::string default_cpu;
    unsigned jobs = 1;
    std::string file;                                  // names the input in messages
    std::function<void(const std::string&)> complain;  // once for each line that is no case
    std::function<void(size_t lines_done)> progress = {};
};

struct BatchResult {
    size_t cases = 0, failing = 0, bad_lines = 0;
};

// Empty lines are skipped. A line that is no case is answered with {"id", "error_message"} and the rest goes on.
BatchResult run_batch(std::istream& in, std::ostream& out, const BatchOptions& options);

}  // namespace vmxsim::report
