// SPDX-License-Identifier: MIT
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "base/input_error.hpp"
#include "scenario/json_input.hpp"
#include "scenario/replay.hpp"
#include "scenario/scenario_files.hpp"

using namespace vmxsim;
using namespace vmxsim::scenario;
using namespace vmxsim::test;

namespace {

std::string sample(const char* name) { return read_file(fs::path(VMXSIM_SOURCE_DIR) / "samples" / "traces" / name); }

ReplayResult replay_text(std::string text) {
    TraceReader trace("t.json", std::move(text));
    return replay(trace);
}

struct EventLine {
    size_t index, offset, length;
    std::string kind;  // the operation and what kind of outcome it had
};

// The lines of a trace that are events.
std::vector<EventLine> event_lines(const std::string& text) {
    std::vector<EventLine> lines;
    size_t at = text.find("\"events\": [") + 12;
    while (text[at] == '{') {
        const size_t end = text.find('\n', at);
        const std::string line = text.substr(at, end - at - (text[end - 1] == ',' ? 1 : 0));
        const Json json = Json::parse(line);
        const Json& outcome = json["outcome"];
        lines.push_back(
            {lines.size(), at, line.size(),
             json["op"].get<std::string>() + ' ' + (outcome.is_string() ? outcome.get<std::string>() : outcome.begin().key())});
        at = end + 1;
    }
    return lines;
}

std::string other(char c) {
    if (c >= '0' && c <= '8') return std::string(1, static_cast<char>(c + 1));
    if (c == '9') return "8";
    return c == 'a' ? "b" : "a";
}

bool is_word(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

}  // namespace

BOOST_AUTO_TEST_SUITE(traces)

BOOST_AUTO_TEST_CASE(every_sample_trace_agrees_and_is_made_again_byte_for_byte) {
    const Folder folder;
    BOOST_TEST(samples("traces").size() >= 4);
    for (const fs::path& path : samples("traces")) {
        BOOST_TEST_CONTEXT(path.filename().string()) {
            TraceReader trace(path.string());
            const ReplayResult result = replay(trace);
            BOOST_TEST(!result.divergence.has_value());
            BOOST_TEST(result.events == trace.event_count());
            const fs::path again = folder / "again.json";
            record(load_scenario((fs::path(VMXSIM_SOURCE_DIR) / "samples" / "scenarios" / path.filename()).string()), again);
            BOOST_TEST((read_file(again) == read_file(path)),
                       "differs from a new recording: scripts/update-traces, if that is intended");
        }
    }
}

// Any letter or digit of an event changed: the replay diverges at this event.
BOOST_AUTO_TEST_CASE(one_byte_of_an_event_of_each_kind_changed_is_found) {
    std::set<std::string> seen;
    for (const char* name : {"prerequisites-region.json", "instruction-errors.json", "entry-failures.json", "nmiexits.json"}) {
        const std::string text = sample(name);
        for (const EventLine& line : event_lines(text)) {
            if (!seen.insert(line.kind).second) continue;
            size_t stride = line.length > 400 ? 7 : 1;
            for (size_t at = line.offset; at < line.offset + line.length; at += stride) {
                if (!is_word(text[at])) continue;
                std::string changed = text;
                changed.replace(at, 1, other(text[at]));
                const ReplayResult result = replay_text(std::move(changed));
                if (!result.divergence || result.divergence->event != line.index || result.events != line.index)
                    BOOST_ERROR(name << ", " << line.kind << ", byte " << at - line.offset << " of event " << line.index
                                     << " changed unnoticed");
            }
        }
    }
    BOOST_TEST(seen.size() >= 25);
}

BOOST_AUTO_TEST_CASE(a_divergence_says_where_and_why) {
    std::string text = sample("nmiexits.json");
    const size_t at = text.find("{\"fail_valid\":8}");
    text.replace(at, 16, "{\"fail_valid\":7}");
    const ReplayResult result = replay_text(text);
    BOOST_REQUIRE(result.divergence.has_value());
    const Divergence& divergence = *result.divergence;
    BOOST_TEST(divergence.operation == "vmlaunch");
    BOOST_TEST(divergence.member == "outcome");
    BOOST_TEST(divergence.recorded == "{\"fail_valid\":7}");
    BOOST_TEST(divergence.simulated == "{\"fail_valid\":8}");
    BOOST_TEST(divergence.why.starts_with("host.cr4.must_be_1: "));
    BOOST_TEST(divergence.sdm == "26.2.2");
    BOOST_TEST(divergence.position.line ==
               static_cast<unsigned>(std::count(text.begin(), text.begin() + static_cast<long>(at), '\n')) + 1);
    BOOST_TEST(divergence.position.column == 1u);
}

BOOST_AUTO_TEST_CASE(a_missing_and_an_added_event_are_divergences) {
    const std::string text = sample("instruction-errors.json");
    const std::vector<EventLine> lines = event_lines(text);
    const EventLine& last = lines.back();
    std::string shorter = text;
    shorter.erase(last.offset - 2, last.length + 2);
    ReplayResult result = replay_text(shorter);
    BOOST_REQUIRE(result.divergence.has_value());
    BOOST_TEST(result.divergence->event == last.index);
    BOOST_TEST(result.divergence->recorded == "");

    std::string longer = text;
    longer.insert(last.offset + last.length, ",\n" + text.substr(last.offset, last.length));
    result = replay_text(longer);
    BOOST_REQUIRE(result.divergence.has_value());
    BOOST_TEST(result.divergence->event == last.index + 1);
    BOOST_TEST(result.divergence->simulated == "");

    std::string added = text;
    added.insert(last.offset + 1, "\"more\":1,");
    result = replay_text(added);
    BOOST_REQUIRE(result.divergence.has_value());
    BOOST_TEST(result.divergence->member == "more");
}

BOOST_AUTO_TEST_CASE(what_only_the_simulator_knows_may_be_absent_from_another_producers_trace) {
    Json trace = Json::parse(sample("nmiexits.json"));
    for (Json& event : trace["events"]) {
        event.erase("check");
        event.erase("violations");
    }
    BOOST_TEST(replay_text(trace.dump()).divergence.has_value());
    trace["producer"]["backend"] = "hw-backend";
    BOOST_TEST(!replay_text(trace.dump()).divergence.has_value());
}

BOOST_AUTO_TEST_CASE(any_layout_and_order_of_members_is_read) {
    const Json trace = Json::parse(sample("instruction-errors.json"));
    Json turned = Json::object();
    for (const char* key : {"events", "host", "regions", "scenario", "producer", "version", "format"}) turned[key] = trace[key];
    BOOST_TEST(!replay_text(turned.dump(3)).divergence.has_value());
    BOOST_TEST(!replay_text(turned.dump()).divergence.has_value());
}

BOOST_AUTO_TEST_CASE(a_truncated_trace_is_refused_with_its_position) {
    const std::string text = sample("instruction-errors.json");
    for (size_t length = 0; length + 2 < text.size(); length += 97) {
        try {
            TraceReader trace("t.json", text.substr(0, length));
            BOOST_ERROR("accepted with " << length << " bytes");
        } catch (const InputError& error) {
            BOOST_TEST(std::string(error.what()).starts_with("t.json:"));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_hostile_trace_is_refused) {
    const Json trace = Json::parse(sample("instruction-errors.json"));
    const auto refused = [&](const char* pointer, Json value) {
        Json changed = trace;
        changed[Json::json_pointer(pointer)] = std::move(value);
        BOOST_TEST_CONTEXT(pointer) BOOST_CHECK_THROW(TraceReader("t.json", changed.dump()), InputError);
    };
    refused("/format", "vmxsim-scenario");
    refused("/version", 2);
    refused("/events", 1);
    refused("/events/0", 1);
    refused("/more", 1);
    refused("/regions/0/name", "other");
    refused("/regions/0/size", 1ULL << 40);
    refused("/regions/0/at", "here");
    refused("/host/cr9", "0x0");
    refused("/host/cs", "0x10000");
    refused("/producer/cpu", 1);
    refused("/producer/cpu/msrs", 1);
    refused("/scenario/steps/0/op", "nothing");
    std::string deep = sample("instruction-errors.json");
    deep.insert(deep.find("\"events\": [") + 11, "{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "},");
    BOOST_CHECK_THROW(TraceReader("t.json", deep), InputError);
    BOOST_CHECK_THROW(TraceReader("/nonexistent/t.json"), InputError);
    BOOST_CHECK_THROW(TraceReader(VMXSIM_SOURCE_DIR), InputError);
}

BOOST_AUTO_TEST_CASE(a_trace_appears_whole_or_not_at_all) {
    const Folder folder;
    const fs::path path = folder / "t.json";
    const Scenario scenario = scenario_of(R"("steps": [])");
    SimulatedBackend backend(default_profile());
    const Setup setup = prepare(scenario, backend);
    {
        TraceWriter writer(path.string(), scenario, setup, backend, "0");
        BOOST_TEST(!fs::exists(path));
    }
    BOOST_TEST(fs::is_empty(path.parent_path()));
    TraceWriter writer(path.string(), scenario, setup, backend, "0");
    writer.finish();
    BOOST_TEST(fs::exists(path));
    BOOST_TEST(!replay_text(read_file(path)).divergence.has_value());
    BOOST_CHECK_THROW(TraceWriter("/nonexistent/t.json", scenario, setup, backend, "0"), InputError);
}

BOOST_AUTO_TEST_SUITE_END()
