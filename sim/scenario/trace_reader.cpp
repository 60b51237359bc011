// SPDX-License-Identifier: MIT
#include "scenario/trace_reader.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "scenario/event_json.hpp"
#include "scenario/json_scan.hpp"
#include "scenario/parse.hpp"

namespace vmxsim::scenario {
namespace {

constexpr size_t kMaxEventBytes = 1 << 20;

// The header: every member of the trace, with "events" as an empty array. Counts the events and notes where they begin.
class HeaderBuilder : public JsonBuilder {
public:
    using JsonBuilder::JsonBuilder;

    bool has_events = false;
    size_t event_count = 0;
    u64 events_offset = 0;  // of the first character after "["
    unsigned events_line = 0, events_column = 0;

protected:
    bool wanted(const Json& value) override {
        if (levels_.size() == 1 && levels_[0].key == "events") {
            if (!value.is_array()) complain("expected \"events\" to be an array");
            has_events = true;
            events_offset = place_.offset;
            events_line = place_.line;
            events_column = place_.column;
        }
        if (levels_.size() == 2 && levels_[0].key == "events") {
            if (!value.is_object()) complain("expected an event: an object");
            ++event_count;
            return false;
        }
        return true;
    }
};

}  // namespace

// The bytes of the trace, which can be opened again and again.
class TraceReader::Text {
public:
    explicit Text(const std::string& path) : name_(path), path_(path) {
        if (path != "-") return;
        std::string pattern = (std::filesystem::temp_directory_path() / "vmxsim-trace-XXXXXX").string();
        const int descriptor = mkstemp(pattern.data());
        if (descriptor < 0) throw InputError("expected to make a temporary file: " + pattern);
        close(descriptor);
        path_ = pattern;
        temporary_ = true;
        std::ofstream(path_, std::ios::binary) << std::cin.rdbuf();
    }
    Text(const std::string& file, std::string text) : name_(file), memory_(std::move(text)) {}
    ~Text() {
        std::error_code ignored;
        if (temporary_) std::filesystem::remove(path_, ignored);
    }
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;

    const std::string& name() const { return name_; }
    std::unique_ptr<std::streambuf> open() const {
        if (memory_) return std::make_unique<std::stringbuf>(*memory_, std::ios::in);
        auto file = std::make_unique<std::filebuf>();
        if (std::filesystem::is_directory(path_) || file->open(path_, std::ios::in | std::ios::binary) == nullptr)
            throw InputError(Position{name_}, "expected a file that can be read; found none");
        return file;
    }

private:
    std::string name_, path_;
    std::optional<std::string> memory_;
    bool temporary_ = false;
};

TraceReader::TraceReader(const std::string& path) : text_(std::make_unique<Text>(path)) { read_header(); }

TraceReader::TraceReader(const std::string& file, std::string text) : text_(std::make_unique<Text>(file, std::move(text))) {
    read_header();
}

TraceReader::~TraceReader() = default;

void TraceReader::read_header() {
    ScanPlace place;
    HeaderBuilder builder(text_->name(), place);
    scan(*text_->open(), place, builder);
    const Text* text = text_.get();
    const auto document = std::make_shared<const JsonDocument>(
        text_->name(), [text] { return text->open(); }, std::move(builder.result()));

    const JsonCursor root(*document);
    root.expect_object("a trace: an object");
    if (const JsonCursor format = root.at("format"); !format.is_string() || format.string() != "vmxsim-trace")
        format.fail_expected("\"vmxsim-trace\"");
    if (const JsonCursor version = root.at("version"); version.number() != 1) version.fail_expected("version 1");
    root.only({"$schema", "format", "version", "producer", "scenario", "regions", "host", "events"});
    const JsonCursor producer = root.at("producer");
    producer.only({"backend", "version", "cpu"});
    backend_ = producer.at("backend").string();
    producer.at("version").string();
    cpu_ = parse_profile(producer.at("cpu"));
    scenario_ = parse_scenario(document, root.at("scenario"));
    setup_ = parse_setup(root.at("regions"), root.at("host"));
    bool same = setup_.regions.size() == scenario_.regions.size();
    for (size_t i = 0; same && i < setup_.regions.size(); ++i)
        same = setup_.regions[i].name == scenario_.regions[i].name && setup_.regions[i].size == scenario_.regions[i].size;
    if (!same) root.at("regions").fail("expected the regions of the scenario, in its order");
    root.at("events");

    event_count_ = builder.event_count;
    next_position_ = {text_->name(), builder.events_line, builder.events_column};
    events_ = text_->open();
    events_->pubseekoff(static_cast<std::streamoff>(builder.events_offset), std::ios::beg, std::ios::in);
}

// The first pass saw that the text is JSON: an event ends with the brace that closes it.
std::optional<RecordedEvent> TraceReader::next() {
    if (next_index_ == event_count_) return std::nullopt;
    std::string text;
    RecordedEvent event;
    unsigned depth = 0;
    bool in_string = false, escaped = false;
    do {
        const int next = events_->sbumpc();
        if (next == std::char_traits<char>::eof()) throw InputError(next_position_, "expected an event; the file became shorter");
        const char c = static_cast<char>(next);
        if (depth == 0 && c == '{') event.position = next_position_;
        if (c == '\n') {
            ++next_position_.line;
            next_position_.column = 1;
        } else {
            ++next_position_.column;
        }
        if (in_string) {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else {
            in_string = c == '"';
            if (c == '{') ++depth;
            if (c == '}') --depth;
        }
        if (depth != 0 || c == '}') text += c;
        if (text.size() > kMaxEventBytes)
            throw InputError(event.position, fmt::format("expected an event of at most {} bytes", kMaxEventBytes));
    } while (depth != 0 || text.empty());
    event.index = next_index_++;
    event.json = Json::parse(text, nullptr, false);
    if (event.json.is_discarded()) throw InputError(event.position, "expected an event; the file changed while it was read");
    return event;
}

}  // namespace vmxsim::scenario
