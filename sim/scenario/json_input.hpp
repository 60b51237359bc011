// SPDX-License-Identifier: MIT
// JSON as an input that may be wrong or hostile: bounded depth and size, no key twice, members in the order in which
// they were written, and every complaint with file, line and column.
#pragma once

#include <functional>
#include <initializer_list>
#include <istream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/input_error.hpp"
#include "base/types.hpp"

namespace vmxsim::scenario {

using Json = nlohmann::ordered_json;

inline constexpr size_t kMaxJsonDepth = 64;
inline constexpr size_t kMaxJsonMembers = 4096;  // of one object; arrays are bounded by the size of the file

class JsonDocument {
public:
    using Opener = std::function<std::unique_ptr<std::streambuf>()>;

    // file: how messages call it. Throws InputError when the text is not JSON or beyond the limits.
    JsonDocument(std::string file, std::string text);
    // A part of something long that was read already; opener gives its text again, for positions.
    JsonDocument(std::string file, Opener opener, Json root)
        : file_(std::move(file)), opener_(std::move(opener)), root_(std::move(root)) {}

    const std::string& file() const { return file_; }
    const Json& root() const { return root_; }
    // Where the value at this JSON pointer begins. Reads the text again: only complaints pay for positions.
    Position position(const std::string& pointer) const;

private:
    std::string file_;
    Opener opener_;
    Json root_;
};

// A value in a document, which knows where it stands.
class JsonCursor {
public:
    explicit JsonCursor(const JsonDocument& document) : document_(&document), value_(&document.root()) {}

    const Json& json() const { return *value_; }
    const std::string& pointer() const { return pointer_; }
    Position position() const { return document_->position(pointer_); }
    bool is_object() const { return value_->is_object(); }
    bool is_array() const { return value_->is_array(); }
    bool is_string() const { return value_->is_string(); }

    JsonCursor at(const std::string& key) const;  // the member must exist
    std::optional<JsonCursor> find(const std::string& key) const;
    std::vector<std::pair<std::string, JsonCursor>> members() const;
    std::vector<JsonCursor> elements() const;
    // Complains about the first member that is not named here.
    void only(std::initializer_list<std::string_view> keys) const;
    void expect_object(std::string_view what) const;

    std::string string() const;
    bool boolean() const;
    u64 number() const;  // 31, "31" or "0x1f"
    u64 number_up_to(u64 maximum) const;
    std::vector<u8> hex_bytes() const;  // "0f 01 c4": blanks do not count

    // "expected WHAT, found ..." at this value's place.
    [[noreturn]] void fail_expected(std::string_view what) const;
    [[noreturn]] void fail(const std::string& what) const;

private:
    JsonCursor(const JsonDocument* document, const Json* value, std::string pointer)
        : document_(document), value_(value), pointer_(std::move(pointer)) {}

    const JsonDocument* document_;
    const Json* value_;
    std::string pointer_;
};

// The whole of a file, or of standard input for "-". Throws InputError when it cannot be read or is larger than limit.
std::string read_text(const std::string& path, size_t limit);

}  // namespace vmxsim::scenario
