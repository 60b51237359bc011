// SPDX-License-Identifier: MIT
#include "scenario/replay.hpp"

#include <algorithm>
#include <array>

#include "scenario/event_json.hpp"
#include "scenario/simulated_backend.hpp"

namespace vmxsim::scenario {
namespace {

// What the simulator knows and real hardware does not say: a trace may leave it out.
constexpr std::array<std::string_view, 2> kExplanations{"check", "violations"};

class Comparer : public Observer {
public:
    explicit Comparer(TraceReader& trace) : trace_(trace), explains_(trace.backend() == "simulator") {}

    bool on_event(const Event& event) override {
        const Json simulated = to_json(event);
        const auto recorded = trace_.next();
        if (!recorded) {
            differ(event,
                   {result_.events, end_, event.step, std::string(info(event.operation).name), "", "", simulated.dump(), "", ""});
            return false;
        }
        end_ = recorded->position;
        if (const auto member = first_difference(recorded->json, simulated)) {
            const auto shown = [&](const Json& json) { return json.contains(*member) ? json[*member].dump() : std::string(); };
            differ(event, {recorded->index, recorded->position, event.step, std::string(info(event.operation).name), *member,
                           shown(recorded->json), shown(simulated), "", ""});
            return false;
        }
        ++result_.events;
        return true;
    }
    void on_step(const StepResult&) override {}

    ReplayResult finish() {
        if (result_.divergence) return result_;
        if (const auto recorded = trace_.next()) {
            Divergence divergence{.event = recorded->index, .position = recorded->position, .recorded = recorded->json.dump()};
            divergence.why = "the scenario ends before this event";
            result_.divergence = divergence;
        }
        return result_;
    }

private:
    void differ(const Event& event, Divergence divergence) {
        divergence.why = event.outcome.why;
        divergence.sdm = event.outcome.sdm;
        if (event.outcome.check) {
            const vmx::CheckInfo& row = vmx::all_checks()[*event.outcome.check];
            divergence.why = std::string(row.id) + ": " + std::string(row.rule);
            divergence.sdm = row.sdm;
        }
        result_.divergence = std::move(divergence);
    }

    // In the simulator's order, then what only the trace has.
    std::optional<std::string> first_difference(const Json& recorded, const Json& simulated) const {
        for (const auto& [key, value] : simulated.items()) {
            const bool may_be_absent =
                !explains_ && std::find(kExplanations.begin(), kExplanations.end(), key) != kExplanations.end();
            if (recorded.contains(key) ? recorded[key] != value : !may_be_absent) return key;
        }
        for (const auto& [key, value] : recorded.items())
            if (!simulated.contains(key)) return key;
        return std::nullopt;
    }

    TraceReader& trace_;
    bool explains_;
    ReplayResult result_;
    Position end_;
};

}  // namespace

ReplayResult replay(TraceReader& trace) {
    SimulatedBackend backend(trace.cpu());
    for (const PlacedRegion& region : trace.setup().regions) backend.place_at(region.name, region.address);
    restore(trace.setup(), backend);
    Comparer comparer(trace);
    run(trace.scenario(), trace.setup(), backend, comparer);
    return comparer.finish();
}

}  // namespace vmxsim::scenario
