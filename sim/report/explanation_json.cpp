// SPDX-License-Identifier: MIT
#include "report/explanation_json.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>

namespace vmxsim::report {
namespace {

// Writes into a string that is reused from case to case: a batch writes millions of these.
class Writer {
public:
    explicit Writer(std::string& out) : out_(out) {}

    void raw(std::string_view text) { out_.append(text); }

    void text(std::string_view value) {
        out_ += '"';
        size_t plain = 0;
        // Text that was pasted may be in any encoding; JSON is UTF-8.
        const bool ascii = std::all_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
        const bool valid = ascii || simdjson::validate_utf8(value);
        for (size_t i = 0; i < value.size(); ++i) {
            const auto c = static_cast<unsigned char>(value[i]);
            if (c >= 0x20 && c != '"' && c != '\\' && (c < 0x80 || valid)) continue;
            out_.append(value.substr(plain, i - plain));
            plain = i + 1;
            escape(c);
        }
        out_.append(value.substr(plain));
        out_ += '"';
    }

    void hex(u64 value) {
        char digits[16];
        const auto end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
        out_.append("\"0x").append(digits, end).append("\"");
    }

    void number(u64 value) {
        char digits[20];
        out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    }

    template <class Items, class WriteItem>
    void list(const Items& items, WriteItem write_item) {
        out_ += '[';
        bool first = true;
        for (const auto& item : items) {
            if (!first) out_ += ',';
            first = false;
            write_item(item);
        }
        out_ += ']';
    }

private:
    void escape(unsigned char c) {
        constexpr char kHex[] = "0123456789abcdef";
        switch (c) {
            case '"': out_ += "\\\""; break;
            case '\\': out_ += "\\\\"; break;
            case '\n': out_ += "\\n"; break;
            case '\t': out_ += "\\t"; break;
            case '\r': out_ += "\\r"; break;
            default:
                if (c >= 0x80) {
                    out_ += "\\ufffd";
                    break;
                }
                out_.append("\\u00").append(1, kHex[c >> 4]).append(1, kHex[c & 15]);
        }
    }

    std::string& out_;
};

std::string_view name_of(vmx::OutcomeKind kind) {
    switch (kind) {
        case vmx::OutcomeKind::fail_invalid: return "vmfail_invalid";
        case vmx::OutcomeKind::fail_valid: return "vmfail_valid";
        case vmx::OutcomeKind::entry_failure: return "entry_failure";
        default: return "entered";
    }
}

void append(Writer& json, const Violation& violation) {
    json.raw("{\"check\":");
    json.text(violation.check);
    json.raw(",\"sdm\":");
    json.text(violation.sdm);
    json.raw(",\"fields\":");
    json.list(violation.fields, [&](const FieldValue& shown) {
        json.raw("{\"name\":");
        json.text(spec::info(shown.field).name);
        json.raw(",\"encoding\":");
        json.hex(spec::info(shown.field).encoding);
        json.raw(",\"value\":");
        if (shown.value)
            json.hex(*shown.value);
        else
            json.raw("null");
        json.raw("}");
    });
    json.raw(",\"rule\":");
    json.text(violation.rule);
    json.raw(",\"why\":");
    json.text(violation.why);
    json.raw(",\"fix\":");
    json.text(violation.fix);
    json.raw(violation.certain ? ",\"certain\":true" : ",\"certain\":false");
    const auto text = [&](const auto& item) { json.text(item); };
    if (!violation.depends_on.empty()) {
        json.raw(",\"depends_on\":");
        json.list(violation.depends_on, [&](Field field) { json.text(spec::info(field).name); });
    }
    if (!violation.fails_on.empty()) {
        json.raw(",\"profiles\":");
        json.list(violation.fails_on, text);
    }
    json.raw("}");
}

void append(Writer& json, const EntryOutcome& outcome) {
    json.raw(",\"outcome\":");
    json.text(name_of(outcome.kind));
    if (outcome.kind == vmx::OutcomeKind::fail_valid) {
        json.raw(",\"error\":");
        json.number(outcome.error);
    }
    if (outcome.kind == vmx::OutcomeKind::entry_failure) {
        json.raw(",\"reason\":");
        json.hex(outcome.reason);
        json.raw(",\"qualification\":");
        json.hex(outcome.qualification);
    }
}

// Keys beyond the contract appear only when there is something to say.
void append_extras(Writer& json, const EntryExplanation& explanation) {
    const auto text = [&](const auto& item) { json.text(item); };
    const auto strings = [&](std::string_view key, const std::vector<std::string>& items) {
        if (items.empty()) return;
        json.raw(key);
        json.list(items, text);
    };
    if (!explanation.hints.empty()) {
        json.raw(",\"hints\":");
        json.list(explanation.hints, [&](const Hint& hint) {
            json.raw("{");
            if (!hint.check.empty()) {
                json.raw("\"check\":");
                json.text(hint.check);
                json.raw(",");
            }
            json.raw("\"text\":");
            json.text(hint.text);
            json.raw("}");
        });
    }
    strings(",\"notes\":", explanation.notes);
    if (!explanation.cpu.empty()) {
        json.raw(",\"cpu\":");
        json.text(explanation.cpu);
    }
    strings(",\"profiles\":", explanation.plausible);
    strings(",\"refused_by\":", explanation.refused_by);
}

}  // namespace

std::string_view to_string(EntryClass entry_class) {
    switch (entry_class) {
        case EntryClass::vmfail_valid: return "vmfail_valid";
        case EntryClass::vmfail_invalid: return "vmfail_invalid";
        case EntryClass::entry_failure: return "entry_failure";
        case EntryClass::ordinary_exit: return "ordinary_exit";
        default: return "unknown";
    }
}

void append_json(std::string& out, const EntryExplanation& explanation) {
    Writer json(out);
    json.raw("{\"id\":");
    json.text(explanation.id);
    append(json, explanation.outcome);
    if (!explanation.message.empty()) {
        json.raw(",\"class\":");
        json.text(to_string(explanation.entry_class));
        json.raw(",\"message\":");
        json.text(explanation.message);
    }
    json.raw(",\"violations\":");
    json.list(explanation.violations, [&](const Violation& violation) { append(json, violation); });
    json.raw(",\"unknown\":");
    json.list(explanation.unknown, [&](Field field) { json.text(spec::info(field).name); });
    append_extras(json, explanation);
    json.raw("}\n");
}

void append_json_error(std::string& out, std::string_view id, std::string_view message) {
    Writer json(out);
    json.raw("{\"id\":");
    if (id.empty())
        json.raw("null");
    else
        json.text(id);
    json.raw(",\"error_message\":");
    json.text(message);
    json.raw("}\n");
}

}  // namespace vmxsim::report
