// SPDX-License-Identifier: MIT
// JSON: a batch case {"id": .., "cpu": .., "vmcs": {"GUEST_CR0": "0x.."}, "memory": [..]}, an array of them, JSON Lines,
// or simply {"GUEST_CR0": "0x..", "0x681e": "0x.."}.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/number.hpp"
#include "import/field_names.hpp"
#include "import/format_reader.hpp"

namespace vmxsim::import {
namespace {

using nlohmann::json;

Place place_of(std::string_view text, size_t offset, unsigned first_line) {
    offset = std::min(offset, text.size());
    const std::string_view before = text.substr(0, offset);
    const auto lines = static_cast<unsigned>(std::count(before.begin(), before.end(), '\n'));
    const size_t begin = before.rfind('\n');
    return {first_line + lines, static_cast<unsigned>(offset - (begin == std::string_view::npos ? 0 : begin + 1)) + 1};
}

constexpr size_t kPageSize = 4096;
constexpr size_t kMostMemory = 1 << 24;  // bytes a dump may bring along

class JsonReader {
public:
    JsonReader(std::string_view text, const std::string& file, unsigned first_line)
        : text_(text), file_(file), first_line_(first_line) {}

    void read(DumpList& out) {
        if (depth(text_) > kDeepest)
            throw InputError({file_, first_line_, 0}, "expected JSON of a VMCS, found it nested deeper than 16 levels");
        json document;
        try {
            document = json::parse(text_.begin(), text_.end());
        } catch (const json::parse_error& error) {
            const Place place = place_of(text_, error.byte == 0 ? 0 : error.byte - 1, first_line_);
            throw InputError({file_, place.line, place.column}, "expected JSON: " + std::string(error.what()));
        }
        if (!document.is_array()) return read_case(document, out);
        for (const json& one : document) read_case(one, out);
    }

private:
    static constexpr int kDeepest = 16;

    // How deep brackets are nested, outside strings. (nlohmann's parser could tell by a callback, at quadratic cost.)
    static int depth(std::string_view text) {
        int now = 0, deepest = 0;
        bool in_string = false;
        for (size_t i = 0; i < text.size(); ++i) {
            const char c = text[i];
            if (in_string) {
                i += c == '\\';
                in_string = c != '"';
            } else if (c == '"') {
                in_string = true;
            } else if (c == '[' || c == '{') {
                deepest = std::max(deepest, ++now);
            } else if (c == ']' || c == '}') {
                --now;
            }
        }
        return deepest;
    }

    // Where a key stands: JSON has no positions once parsed; the first place with that spelling is good enough.
    [[noreturn]] void fail(const std::string& key, const std::string& what) const {
        const size_t offset = text_.find("\"" + key + "\"");
        const Place place = place_of(text_, offset == std::string_view::npos ? 0 : offset, first_line_);
        throw InputError({file_, place.line, place.column}, what);
    }

    u64 number(const std::string& key, const json& value) const {
        if (value.is_number_unsigned()) return value.get<u64>();
        if (value.is_string())
            if (const auto parsed = parse_number(value.get_ref<const std::string&>())) return *parsed;
        fail(key, "expected a hexadecimal string such as \"0x1f\" for \"" + key.substr(0, 60) + "\", found " + shortened(value));
    }

    static std::string shortened(const json& value) {
        return value.is_structured() ? std::string(value.type_name())
                                     : value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 60);
    }

    void read_case(const json& object, DumpList& out) {
        if (!object.is_object())
            throw InputError({file_, first_line_, 0}, "expected a JSON object that holds a VMCS, found " + shortened(object));
        DumpBuilder builder(DumpFormat::json, file_, first_line_);
        const auto vmcs = object.find("vmcs");
        if (vmcs != object.end()) {
            if (!vmcs->is_object())
                fail("vmcs", "expected an object of fields and values for \"vmcs\", found " + shortened(*vmcs));
            read_fields(*vmcs, builder);
        } else {
            json fields = object;
            for (const char* const key : {"id", "cpu", "base", "memory", "exit_reason", "qualification", "vm_instruction_error"})
                fields.erase(key);
            if (fields.empty()) throw InputError({file_, first_line_, 0}, "expected VMCS fields in a JSON object, found none");
            read_fields(fields, builder);
        }
        read_rest(object, builder);
        out.add(builder.finish());
    }

    void read_fields(const json& fields, DumpBuilder& builder) {
        for (const auto& [key, value] : fields.items()) {
            const auto encoding = parse_number(key);
            auto access = encoding ? spec::find_field(*encoding) : spec::find_field(key);
            if (!access && !names_) names_.emplace();
            if (!access) access = names_->find(key);
            if (!access) fail(key, "expected the name or the encoding of a VMCS field, found \"" + key.substr(0, 60) + "\"");
            const u64 content = number(key, value);
            const u64 widest = access->high ? 0xFFFFFFFF : spec::info(access->field).value_mask();
            if ((content & ~widest) != 0)
                fail(key, "expected at most " + hex(widest) + " for \"" + key + "\", found " + hex(content));
            builder.set(*access, content, {first_line_, 0});
        }
    }

    void read_rest(const json& object, DumpBuilder& builder) const {
        const auto text = [&](const char* key) -> std::optional<std::string> {
            const auto found = object.find(key);
            if (found == object.end()) return std::nullopt;
            if (!found->is_string()) fail(key, "expected a string for \"" + std::string(key) + "\", found " + shortened(*found));
            return found->get<std::string>();
        };
        builder.dump.id = text("id").value_or("");
        builder.dump.cpu = text("cpu");
        builder.dump.base = text("base");
        if (builder.dump.base && builder.dump.base != "golden")
            fail("base", "expected \"golden\" for \"base\", found \"" + *builder.dump.base + "\"");
        for (const char* const key : {"exit_reason", "vm_instruction_error"}) {
            const auto found = object.find(key);
            if (found == object.end()) continue;
            const u64 value = number(key, *found);
            if (value > 0xFFFFFFFF) fail(key, "expected at most 32 bits for \"" + std::string(key) + "\", found " + hex(value));
            (std::string_view(key) == "exit_reason" ? builder.dump.exit_reason : builder.dump.vm_instruction_error) =
                static_cast<u32>(value);
        }
        if (const auto found = object.find("qualification"); found != object.end())
            builder.dump.qualification = number("qualification", *found);
        if (const auto found = object.find("memory"); found != object.end()) read_memory(*found, builder);
    }

    void read_memory(const json& regions, DumpBuilder& builder) const {
        if (!regions.is_array())
            fail("memory", "expected an array of {\"at\", \"hex\"} for \"memory\", found " + shortened(regions));
        size_t total = 0;
        for (const json& region : regions) {
            if (!region.is_object() || !region.contains("at") || !region.contains("hex") || !region["hex"].is_string())
                fail("memory", "expected {\"at\": \"0x..\", \"hex\": \"..\"} in \"memory\", found " + shortened(region));
            const u64 at = number("at", region["at"]);
            const std::vector<u8> bytes = bytes_of(region["hex"].get_ref<const std::string&>());
            total += bytes.size();
            if (total > kMostMemory || at > (u64{1} << 52) - bytes.size())
                fail("memory", "expected at most 16 MB of memory below 2^52 in \"memory\", found more");
            store(at, bytes, builder.dump.vmcs);
        }
    }

    std::vector<u8> bytes_of(const std::string& digits) const {
        std::vector<u8> bytes;
        std::string pair;
        for (const char c : digits) {
            if (c == ' ') continue;
            pair += c;
            if (pair.size() < 2) continue;
            const auto value = parse_hex_digits(pair);
            if (!value) fail("hex", "expected pairs of hexadecimal digits for \"hex\", found '" + pair + "'");
            bytes.push_back(static_cast<u8>(*value));
            pair.clear();
        }
        if (!pair.empty()) fail("hex", "expected pairs of hexadecimal digits for \"hex\", found half a pair at the end");
        return bytes;
    }

    // A page counts as known when any of it is given; the rest of it is zeros.
    static void store(u64 at, const std::vector<u8>& bytes, PartialVmcs& vmcs) {
        if (bytes.empty()) return;
        vmcs.memory.write_bytes(at, bytes);
        for (u64 page = at / kPageSize; page <= (at + bytes.size() - 1) / kPageSize; ++page) vmcs.known_pages.insert(page);
    }

    std::string_view text_;
    const std::string& file_;
    unsigned first_line_;
    std::optional<FieldNames> names_;  // made for the first name that is not Linux's
};

std::string_view trimmed(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos ? std::string_view{}
                                           : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

bool looks_like_json(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    text = trimmed(text);
    if (text.empty()) return false;
    if (text.front() == '{') return trimmed(text.substr(1)).substr(0, 1) == "\"" || trimmed(text.substr(1)).substr(0, 1) == "}";
    return text.front() == '[' && trimmed(text.substr(1)).substr(0, 1) == "{";
}

void read_json_dumps(std::string_view text, const std::string& file, DumpList& out) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    // JSON Lines: every line that is not empty is an object of its own.
    const size_t end = text.find('\n');
    const std::string_view first = trimmed(text.substr(0, end)),
                           rest = end == std::string_view::npos ? std::string_view{} : trimmed(text.substr(end));
    if (!first.starts_with('{') || !first.ends_with('}') || !rest.starts_with('{')) return JsonReader(text, file, 1).read(out);
    unsigned number = 0;
    while (!text.empty()) {
        const size_t line_end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, line_end);
        ++number;
        if (!trimmed(line).empty()) JsonReader(line, file, number).read(out);
        text.remove_prefix(std::min(line_end + 1, text.size()));
    }
}

}  // namespace vmxsim::import
