// SPDX-License-Identifier: MIT
#include "scenario/trace_writer.hpp"

#include <fmt/format.h>

#include "scenario/event_json.hpp"

namespace vmxsim::scenario {

TraceWriter::TraceWriter(const std::string& path, const Scenario& scenario, const Setup& setup, const Backend& backend,
                         const std::string& version)
    : file_(path) {
    const Json producer{{"backend", backend.name()}, {"version", version}, {"cpu", to_json(backend.cpu())}};
    file_.write("{\n\"format\": \"vmxsim-trace\",\n\"version\": 1,\n");
    file_.write(fmt::format("\"producer\": {},\n", producer.dump()));
    file_.write(fmt::format("\"scenario\": {},\n", scenario.source));
    file_.write(fmt::format("\"regions\": {},\n", regions_to_json(setup).dump()));
    file_.write(fmt::format("\"host\": {},\n", host_to_json(setup.host).dump()));
    file_.write("\"events\": [");
}

void TraceWriter::write(const Event& event) {
    file_.write(first_ ? "\n" : ",\n");
    first_ = false;
    file_.write(to_json(event).dump());
}

void TraceWriter::finish() {
    file_.write("\n]\n}\n");
    file_.commit();
}

}  // namespace vmxsim::scenario
