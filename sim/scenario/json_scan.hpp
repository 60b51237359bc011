// SPDX-License-Identifier: MIT
// The machinery under json_input and trace_reader: nlohmann's SAX parser over an iterator that counts lines and columns,
// so that a handler can ask where the current value began.
#pragma once

#include <iterator>
#include <nlohmann/json.hpp>
#include <streambuf>
#include <string>
#include <vector>

#include "scenario/json_input.hpp"

namespace vmxsim::scenario {

// Where the parser is. The first character after the last token that is neither blank nor punctuation begins the next.
struct ScanPlace {
    unsigned line = 1, column = 1;              // of the next character
    unsigned begin_line = 1, begin_column = 1;  // of the current token
    u64 offset = 0;                             // characters consumed
    bool awaiting_token = true;

    void consume(char c) {
        if (awaiting_token && c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != ',' && c != ':') {
            begin_line = line;
            begin_column = column;
            awaiting_token = false;
        }
        ++offset;
        if (c == '\n') {
            ++line;
            column = 1;
        } else {
            ++column;
        }
    }
};

class CountingIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = char;

    CountingIterator() = default;
    CountingIterator(std::streambuf& buffer, ScanPlace& place) : buffer_(&buffer), place_(&place) {}

    char operator*() const { return static_cast<char>(buffer_->sgetc()); }
    CountingIterator& operator++() {
        place_->consume(static_cast<char>(buffer_->sbumpc()));
        return *this;
    }
    CountingIterator operator++(int) {
        CountingIterator before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const CountingIterator& a, const CountingIterator& b) { return a.at_end() == b.at_end(); }
    friend bool operator!=(const CountingIterator& a, const CountingIterator& b) { return !(a == b); }

private:
    bool at_end() const { return buffer_ == nullptr || buffer_->sgetc() == std::char_traits<char>::eof(); }

    std::streambuf* buffer_ = nullptr;
    ScanPlace* place_ = nullptr;
};

// Builds a value from SAX events within the limits; subclasses watch where the values stand.
class JsonBuilder : public nlohmann::json_sax<Json> {
public:
    JsonBuilder(std::string file, ScanPlace& place) : file_(std::move(file)), place_(place) {}

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t&) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(Json::object()); }
    bool start_array(std::size_t) override { return open(Json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override;
    bool parse_error(std::size_t position, const std::string& last_token, const nlohmann::detail::exception& error) override;

    Json& result() { return root_; }

protected:
    struct Level {
        Json* container;
        std::string key;
        size_t index = 0;
    };

    // Called for each value with its level's key and index set; returns false to leave the value out.
    virtual bool wanted(const Json& value);
    bool add(Json value);
    bool open(Json container);
    bool close();
    [[noreturn]] void complain(const std::string& what) const;

    std::string file_;
    ScanPlace& place_;
    Json root_;
    std::vector<Level> levels_;

private:
    Json* attach(Json value);
    bool complete();
    size_t skipped_ = 0;  // levels inside a container that was left out
};

// Feeds the whole text to the builder. Throws InputError where it is not JSON.
void scan(std::streambuf& text, ScanPlace& place, JsonBuilder& builder);

}  // namespace vmxsim::scenario
