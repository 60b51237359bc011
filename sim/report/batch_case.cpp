// SPDX-License-Identifier: MIT
#include "report/batch_case.hpp"

#include <simdjson.h>

#include "base/input_error.hpp"
#include "base/number.hpp"

namespace vmxsim::report {
namespace {

namespace json = simdjson::ondemand;

constexpr size_t kMostMemory = size_t{16} << 20;  // bytes one case may bring along

[[noreturn]] void expected(const std::string& what) { throw InputError("expected " + what); }

u64 number(json::value value, const std::string& what) {
    switch (value.type()) {
        case json::json_type::number: {
            u64 result = 0;
            if (value.get_uint64().get(result) == simdjson::SUCCESS) return result;
            break;
        }
        case json::json_type::string: {
            const std::string_view text = value.get_string();
            if (const auto result = parse_number(text)) return *result;
            expected(what + " as \"0x..\" or a number of at most 64 bits, found \"" + std::string(text) + "\"");
        }
        default: break;
    }
    expected(what + " as \"0x..\" or a number of at most 64 bits");
}

std::string_view string(json::value value, const char* what) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) expected(std::string(what) + " as a string");
    return text;
}

bool boolean(json::value value, const char* what) {
    bool result = false;
    if (value.get_bool().get(result) != simdjson::SUCCESS) expected(std::string(what) + " as true or false");
    return result;
}

json::object object(json::value value, const char* what) {
    json::object result;
    if (value.get_object().get(result) != simdjson::SUCCESS) expected(std::string(what) + " as an object");
    return result;
}

// An identifier is a string; a number is taken by its digits.
std::string identifier(json::value value) {
    if (value.type() == json::json_type::string) return std::string(std::string_view(value.get_string()));
    if (value.type() != json::json_type::number) expected("\"id\" as a string");
    std::string_view digits = value.raw_json_token();
    while (!digits.empty() && (digits.back() == ' ' || digits.back() == '\t' || digits.back() == '\r')) digits.remove_suffix(1);
    return std::string(digits);
}

int nibble(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::vector<u8> bytes_of(std::string_view hex_digits) {
    std::vector<u8> bytes;
    bytes.reserve(hex_digits.size() / 2);
    int high = -1;
    for (const char c : hex_digits) {
        if (c == ' ') continue;
        const int digit = nibble(c);
        if (digit < 0) expected("\"hex\" as pairs of hex digits, found '" + std::string(1, c) + "'");
        if (high >= 0) {
            bytes.push_back(static_cast<u8>(high << 4 | digit));
            high = -1;
        } else {
            high = digit;
        }
    }
    if (high >= 0) expected("\"hex\" as pairs of hex digits, found an odd number of them");
    return bytes;
}

void read_memory(json::value value, BatchCase& result) {
    json::array regions;
    if (value.get_array().get(regions) != simdjson::SUCCESS) expected("\"memory\" as an array of {\"at\", \"hex\"}");
    size_t total = 0;
    for (json::value region : regions) {
        BatchCase::Bytes bytes{};
        bool at = false, contents = false;
        for (auto member : object(region, "an entry of \"memory\"")) {
            const std::string_view key = member.unescaped_key();
            if (key == "at") {
                bytes.at = number(member.value(), "\"at\"");
                at = true;
            } else if (key == "hex") {
                bytes.bytes = bytes_of(string(member.value(), "\"hex\""));
                contents = true;
            }
        }
        if (!at || !contents) expected("\"at\" and \"hex\" in each entry of \"memory\"");
        total += bytes.bytes.size();
        if (total > kMostMemory) expected("at most 16 MB of \"memory\"");
        result.memory.push_back(std::move(bytes));
    }
}

void read_processor(json::value value, vmx::ProcessorAtEntry& processor) {
    for (auto member : object(value, "\"processor\"")) {
        const std::string_view key = member.unescaped_key();
        if (key == "ia32e_mode")
            processor.ia32e_mode = boolean(member.value(), "\"ia32e_mode\"");
        else if (key == "in_smm")
            processor.in_smm = boolean(member.value(), "\"in_smm\"");
        else if (key == "current_vmcs")
            processor.current_vmcs = number(member.value(), "\"current_vmcs\"");
        else if (key == "vmxon_pointer")
            processor.vmxon_pointer = number(member.value(), "\"vmxon_pointer\"");
        else if (key == "tracing")
            processor.tracing = boolean(member.value(), "\"tracing\"");
        else
            expected("ia32e_mode, in_smm, current_vmcs, vmxon_pointer or tracing in \"processor\", found \"" + std::string(key) +
                     "\"");
    }
}

void read_fields(json::value value, const FieldNames& names, BatchCase& result) {
    for (auto member : object(value, "\"vmcs\"")) {
        const std::string_view key = member.unescaped_key();
        const auto access = names.find(key);
        if (!access) expected("a VMCS field by name or encoding, found \"" + std::string(key) + "\"");
        const u64 content = number(member.value(), std::string(spec::info(access->field).name));
        result.writes.push_back({*access, content});
    }
}

void read_base(json::value value, BatchCase& result) {
    if (value.is_null()) return;
    const std::string_view base = string(value, "\"base\"");
    if (base != "golden") expected("\"base\": \"golden\" or no \"base\", found \"" + std::string(base) + "\"");
    result.golden = true;
}

}  // namespace

struct BatchCaseReader::Parser {
    json::parser parser;
};

BatchCaseReader::BatchCaseReader() : parser_(std::make_unique<Parser>()) {}
BatchCaseReader::~BatchCaseReader() = default;

size_t BatchCaseReader::padding() { return simdjson::SIMDJSON_PADDING; }

void BatchCaseReader::read(std::string_view line, BatchCase& result) {
    result.id.clear();
    result.cpu.clear();
    result.golden = false;
    result.writes.clear();
    result.memory.clear();
    result.processor = {};
    bool fields = false;
    try {
        json::document document = parser_->parser.iterate(line.data(), line.size(), line.size() + padding());
        json::object members;
        if (document.get_object().get(members) != simdjson::SUCCESS) expected("a case as a JSON object");
        for (auto member : members) {
            const std::string_view key = member.unescaped_key();
            if (key == "id") {
                result.id = identifier(member.value());
            } else if (key == "cpu") {
                result.cpu = string(member.value(), "\"cpu\"");
            } else if (key == "base") {
                read_base(member.value(), result);
            } else if (key == "vmcs") {
                read_fields(member.value(), names_, result);
                fields = true;
            } else if (key == "memory") {
                read_memory(member.value(), result);
            } else if (key == "processor") {
                read_processor(member.value(), result.processor);
            }
        }
        const char* behind = nullptr;
        if (document.current_location().get(behind) == simdjson::SUCCESS)
            expected("one JSON object a line, found more behind it");
    } catch (const simdjson::simdjson_error& error) {
        expected(std::string("a case as a JSON object: ") + error.what());
    }
    if (!fields && !result.golden) expected("\"vmcs\" or \"base\": \"golden\" in a case");
}

}  // namespace vmxsim::report
