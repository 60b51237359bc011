// SPDX-License-Identifier: MIT
#include <algorithm>
#include <deque>
#include <future>
#include <istream>
#include <ostream>

#include "base/input_error.hpp"
#include "report/batch.hpp"
#include "report/explanation_json.hpp"

namespace vmxsim::report {
namespace {

constexpr size_t kChunk = size_t{1} << 20;         // what one thread is given at a time
constexpr size_t kLongestLine = size_t{64} << 20;  // beyond this, a line is no case

// Whole lines, and the number of the first of them.
struct Chunk {
    std::string text;  // with padding behind size
    size_t size = 0;
    size_t first_line = 1;
};

struct Answers {
    std::string text;
    std::vector<std::string> complaints;
    BatchResult result;
    size_t lines = 0;
};

// Cuts the input into chunks of whole lines.
class ChunkReader {
public:
    ChunkReader(std::istream& in, const std::string& file) : in_(in), file_(file) {}

    bool next(Chunk& chunk) {
        std::string& text = chunk.text;
        text = std::move(rest_);
        rest_.clear();
        size_t end = std::string::npos;
        while (end == std::string::npos && in_) {
            const size_t before = text.size();
            if (before > kLongestLine)
                throw InputError({file_, static_cast<unsigned>(next_line_)}, "expected a line of at most 64 MB");
            text.resize(before + kChunk);
            in_.read(text.data() + before, static_cast<std::streamsize>(kChunk));
            text.resize(before + static_cast<size_t>(in_.gcount()));
            end = text.rfind('\n');
        }
        if (text.empty()) return false;
        if (end != std::string::npos && in_) {
            rest_ = text.substr(end + 1);
            text.resize(end + 1);
        }
        chunk.size = text.size();
        chunk.first_line = next_line_;
        next_line_ += static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
        text.append(BatchCaseReader::padding(), ' ');
        return true;
    }

private:
    std::istream& in_;
    const std::string& file_;
    std::string rest_;
    size_t next_line_ = 1;
};

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

Answers answer_chunk(const Chunk& chunk, const std::string& file, BatchChecker& checker) {
    Answers answers;
    answers.text.reserve(chunk.size * 2);
    std::string_view rest(chunk.text.data(), chunk.size);
    for (size_t number = chunk.first_line; !rest.empty(); ++number, ++answers.lines) {
        const size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (is_blank(line)) continue;
        const std::string fallback = "line " + std::to_string(number);
        const size_t before = answers.text.size();
        try {
            if (checker.answer(line, fallback, answers.text) == BatchChecker::Answer::fails) ++answers.result.failing;
            ++answers.result.cases;
        } catch (const InputError& error) {
            answers.text.resize(before);
            append_json_error(answers.text, checker.case_id().empty() ? fallback : checker.case_id(), error.what());
            answers.complaints.push_back(InputError({file, static_cast<unsigned>(number)}, error.what()).what());
            ++answers.result.bad_lines;
        }
    }
    return answers;
}

class OrderedWriter {
public:
    OrderedWriter(std::ostream& out, const BatchOptions& options) : out_(out), options_(options) {}

    void write(const Answers& answers) {
        out_.write(answers.text.data(), static_cast<std::streamsize>(answers.text.size()));
        for (const std::string& complaint : answers.complaints) options_.complain(complaint);
        total_.cases += answers.result.cases;
        total_.failing += answers.result.failing;
        total_.bad_lines += answers.result.bad_lines;
        lines_ += answers.lines;
        if (options_.progress) options_.progress(lines_);
    }
    const BatchResult& total() const { return total_; }

private:
    std::ostream& out_;
    const BatchOptions& options_;
    BatchResult total_;
    size_t lines_ = 0;
};

}  // namespace

BatchResult run_batch(std::istream& in, std::ostream& out, const BatchOptions& options) {
    const RuleMentions mentions;
    ChunkReader reader(in, options.file);
    OrderedWriter writer(out, options);
    const unsigned jobs = std::max(options.jobs, 1U);
    std::vector<std::unique_ptr<BatchChecker>> idle;
    for (unsigned i = 0; i < jobs; ++i)
        idle.push_back(std::make_unique<BatchChecker>(options.resolve, options.default_cpu, mentions));

    // As many chunks in work as there are threads; written in the order in which they were read.
    struct Work {
        std::future<Answers> answers;
        std::unique_ptr<BatchChecker> checker;
        std::unique_ptr<Chunk> chunk;
    };
    std::deque<Work> working;
    const auto finish_first = [&] {
        writer.write(working.front().answers.get());
        idle.push_back(std::move(working.front().checker));
        working.pop_front();
    };
    for (auto chunk = std::make_unique<Chunk>(); reader.next(*chunk); chunk = std::make_unique<Chunk>()) {
        if (jobs == 1) {
            writer.write(answer_chunk(*chunk, options.file, *idle.front()));
            continue;
        }
        if (idle.empty()) finish_first();
        Work& work = working.emplace_back();
        work.checker = std::move(idle.back());
        idle.pop_back();
        work.chunk = std::move(chunk);
        work.answers = std::async(std::launch::async, answer_chunk, std::cref(*work.chunk), std::cref(options.file),
                                  std::ref(*work.checker));
    }
    while (!working.empty()) finish_first();
    return writer.total();
}

}  // namespace vmxsim::report
