// SPDX-License-Identifier: MIT
// Reads a trace in two passes, so that its events never need memory of their number: the first pass checks that all of it
// is JSON and keeps everything but the events; the second hands out one event at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "scenario/json_input.hpp"
#include "scenario/run.hpp"

namespace vmxsim::scenario {

struct RecordedEvent {
    size_t index = 0;  // from 0
    Position position{};
    Json json{};
};

class TraceReader {
public:
    // path: "-" is standard input, which is kept in a temporary file. Throws InputError on anything that is not a trace.
    explicit TraceReader(const std::string& path);
    // The same from memory; file is how messages call it.
    TraceReader(const std::string& file, std::string text);
    ~TraceReader();
    TraceReader(const TraceReader&) = delete;
    TraceReader& operator=(const TraceReader&) = delete;

    const std::string& backend() const { return backend_; }
    const CpuProfile& cpu() const { return cpu_; }
    const Scenario& scenario() const { return scenario_; }
    const Setup& setup() const { return setup_; }
    size_t event_count() const { return event_count_; }

    std::optional<RecordedEvent> next();

private:
    class Text;

    void read_header();

    std::unique_ptr<Text> text_;
    std::unique_ptr<std::streambuf> events_;  // at the next event
    Position next_position_{};
    size_t event_count_ = 0, next_index_ = 0;

    std::string backend_{};
    CpuProfile cpu_;
    Scenario scenario_;
    Setup setup_;
};

}  // namespace vmxsim::scenario
