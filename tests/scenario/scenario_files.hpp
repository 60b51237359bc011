// SPDX-License-Identifier: MIT
// Scenarios and traces for tests: the samples of the project, and texts made up on the spot.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "import/profile_file.hpp"
#include "scenario/parse.hpp"
#include "scenario/run.hpp"
#include "scenario/simulated_backend.hpp"
#include "scenario/trace_writer.hpp"
#include "vmcs/profiles.hpp"

namespace vmxsim::test {

namespace fs = std::filesystem;

inline std::vector<fs::path> samples(const char* folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(fs::path(VMXSIM_SOURCE_DIR) / "samples" / folder))
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

inline std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

class Folder {
public:
    Folder() : path_(fs::temp_directory_path() / ("vmxsim-scenario-test-" + std::to_string(getpid()))) {
        fs::create_directories(path_);
    }
    ~Folder() { fs::remove_all(path_); }
    fs::path operator/(const char* name) const { return path_ / name; }

private:
    fs::path path_;
};

// Keeps what happened.
class Recorder : public scenario::Observer {
public:
    bool on_event(const scenario::Event& event) override {
        events.push_back(event);
        return true;
    }
    void on_step(const scenario::StepResult& result) override {
        disagreements.push_back(result.disagreement);
        decisive.push_back(result.decisive);
    }

    std::vector<scenario::Event> events;
    std::vector<scenario::Event> decisive;   // by step
    std::vector<std::string> disagreements;  // by step
};

inline CpuProfile cpu_of(const scenario::Scenario& scenario) {
    return scenario.cpu.empty() ? default_profile() : import::resolve_profile(scenario.cpu);
}

// members: what comes after "name", e.g. R"("memory": {}, "steps": [])".
inline scenario::Scenario scenario_of(const std::string& members) {
    return scenario::parse_scenario("test.json", R"({"format": "vmxsim-scenario", "version": 1, "name": "test",
)" + members + "}");
}

// Runs steps with a VMXON region and two VMCS regions in memory, headers written.
struct Ran {
    scenario::RunResult result;
    Recorder recorder;
};
inline Ran run_scenario(const scenario::Scenario& scenario) {
    scenario::SimulatedBackend backend(cpu_of(scenario));
    const scenario::Setup setup = scenario::prepare(scenario, backend);
    Ran ran;
    ran.result = scenario::run(scenario, setup, backend, ran.recorder);
    return ran;
}
inline Ran run_steps(const std::string& steps, const std::string& host = "{}") {
    return run_scenario(scenario_of(R"("memory": {"on": {}, "vmcs": {}}, "host": )" + host + R"(, "steps": [)" + steps + "]"));
}

// The scenario's trace, as `vmxsim run --trace` writes it.
inline void record(const scenario::Scenario& scenario, const fs::path& path) {
    scenario::SimulatedBackend backend(cpu_of(scenario));
    const scenario::Setup setup = scenario::prepare(scenario, backend);
    scenario::TraceWriter writer(path.string(), scenario, setup, backend, VMXSIM_VERSION);
    class Writing : public scenario::Observer {
    public:
        explicit Writing(scenario::TraceWriter& to) : writer(to) {}
        bool on_event(const scenario::Event& event) override {
            writer.write(event);
            return true;
        }
        void on_step(const scenario::StepResult&) override {}
        scenario::TraceWriter& writer;
    } observer(writer);
    scenario::run(scenario, setup, backend, observer);
    writer.finish();
}

}  // namespace vmxsim::test
