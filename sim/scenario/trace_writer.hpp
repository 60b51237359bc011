// SPDX-License-Identifier: MIT
// Writes a trace as it happens: the header, then one event a line. The bytes depend on nothing but the scenario, the
// processor, the backend and the version.
#pragma once

#include <string>

#include "base/output_file.hpp"
#include "scenario/run.hpp"

namespace vmxsim::scenario {

class TraceWriter {
public:
    TraceWriter(const std::string& path, const Scenario& scenario, const Setup& setup, const Backend& backend,
                const std::string& version);

    void write(const Event& event);
    void finish();  // the file appears now

private:
    OutputFile file_;
    bool first_ = true;
};

}  // namespace vmxsim::scenario
