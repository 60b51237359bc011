// SPDX-License-Identifier: MIT
// What Xen prints differently from Linux: segments as a table, the failure's reason in words, domains and processors.
#include <algorithm>
#include <array>
#include <cctype>

#include "base/number.hpp"
#include "import/state_block.hpp"

namespace vmxsim::import {
namespace {

constexpr std::array<std::string_view, 10> kRows{"CS", "DS", "SS", "ES", "FS", "GS", "GDTR", "LDTR", "IDTR", "TR"};

struct Word {
    std::string_view text;
    size_t offset;
};

std::optional<Word> next_word(std::string_view text, size_t& position) {
    position = text.find_first_not_of(' ', position);
    if (position == std::string_view::npos) return std::nullopt;
    const size_t end = std::min(text.find(' ', position), text.size());
    const Word word{text.substr(position, end - position), position};
    position = end;
    return word;
}

std::optional<Field> field_of(std::string_view label, std::string_view key) {
    for (size_t i = 0; i < kBlockKeyCount; ++i)
        if (kBlockKeys[i].label == label && kBlockKeys[i].key == key) return kBlockKeys[i].field;
    return std::nullopt;
}

// "d24v1" at the beginning of text.
std::string_view virtual_processor(std::string_view text) {
    size_t end = 1;
    const auto digits = [&] {
        const size_t begin = end;
        while (end < text.size() && end < 16 && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
        return end > begin;
    };
    if (!text.starts_with('d') || !digits() || end == text.size() || text[end++] != 'v' || !digits()) return {};
    return text.substr(0, end);
}

std::optional<u64> number_after(std::string_view text, std::string_view word, bool in_hex) {
    const size_t at = text.find(word);
    if (at == std::string_view::npos) return std::nullopt;
    size_t begin = std::min(text.find_first_not_of(" (", at + word.size()), text.size());
    if (in_hex && text.substr(begin, 2) == "0x") begin += 2;
    size_t end = begin;
    while (end < text.size() && std::isxdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
    const std::string_view digits = text.substr(begin, end - begin);
    return in_hex ? parse_hex_digits(digits) : parse_number(digits);
}

// "Domain 3", "VCPU 0" with what Xen prints around them.
std::optional<u64> heading(std::string_view text, std::string_view word) {
    while (!text.empty() && (text.front() == '>' || text.front() == ' ')) text.remove_prefix(1);
    if (!text.starts_with(word)) return std::nullopt;
    text.remove_prefix(word.size());
    while (!text.empty() && (text.back() == '<' || text.back() == ' ')) text.remove_suffix(1);
    return parse_number(text);
}

bool is_failure(std::string_view text) {
    text = text.substr(0, 80);
    return text.find("vmentry failure (reason") != std::string_view::npos ||
           text.find("Failed vm entry (exit reason") != std::string_view::npos;
}

// "d24v1 vmentry failure (reason 0x80000022): MSR loading (entry 1)"; before Xen 4.5 in more words.
void read_failure(std::string_view text, DumpBuilder& builder, std::string& name) {
    if (const std::string_view processor = virtual_processor(text); !processor.empty()) name = processor;
    const auto reason = number_after(text, "reason", true);
    if (reason && *reason <= 0xFFFFFFFF) builder.dump.exit_reason = static_cast<u32>(*reason);
    for (const std::string_view words : {"nvalid guest state", "invalid guest state"})
        if (const auto qualification = number_after(text, words, false)) builder.dump.qualification = qualification;
    for (const std::string_view words : {"(entry", "MSR entry"}) {
        const auto entry = number_after(text, words, false);
        if (!entry) continue;
        builder.dump.msr_list_index = entry;
        builder.dump.qualification = *entry + 1;  // Xen counts from 0, the qualification from 1 (SDM 26.4)
    }
}

}  // namespace

bool is_xen_begin(std::string_view text) {
    return is_failure(text) || text.find("* VMCS Area") != std::string_view::npos || heading(text, "Domain ") ||
           heading(text, "VCPU ");
}

bool is_xen_failing_msr(std::string_view text) {
    return text.starts_with("msr ") && text.substr(0, 20).find(" val ") != std::string_view::npos;
}

bool is_xen_segment_row(std::string_view text) {
    const size_t colon = text.substr(0, 8).find(':');
    if (colon == std::string_view::npos || text.find('=') != std::string_view::npos) return false;
    const std::string_view label = text.substr(0, colon);
    size_t position = colon + 1, words = 0;
    if (std::find(kRows.begin(), kRows.end(), label) == kRows.end()) return false;
    while (const auto word = next_word(text, position)) {
        if (word->text.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) return false;
        ++words;
    }
    return words > 0;
}

void read_xen_segment_row(const BlockLine& line, DumpBuilder& builder) {
    struct Column {
        std::string_view key;
        size_t digits;
    };
    constexpr Column kColumns[] = {{"sel", 4}, {"attr", 5}, {"limit", 8}, {"base", 16}};
    const std::string_view text = line.text, label = text.substr(0, text.find(':'));
    size_t position = label.size() + 1;
    size_t column = label == "GDTR" || label == "IDTR" ? 2 : 0;
    for (; column < std::size(kColumns); ++column) {
        const auto word = next_word(text, position);
        if (!word || word->text.size() < kColumns[column].digits)
            return builder.note("line " + std::to_string(line.place(0).line) + ": cut within the row " + std::string(label));
        const auto value = parse_hex_digits(word->text);
        const auto field = field_of(label, kColumns[column].key);
        if (!value)
            builder.fail(line.place(word->offset),
                         "expected a hexadecimal value of at most 64 bits, found " + std::string(word->text));
        if (field) builder.set(*field, *value, line.place(word->offset));
    }
}

void read_xen_remark(const BlockLine& line, DumpBuilder& builder, std::string& name, std::string& domain) {
    const std::string_view text = line.text;
    if (is_failure(text)) return read_failure(text, builder, name);
    if (const auto number = heading(text, "Domain ")) {
        domain = "d" + std::to_string(*number);
    } else if (const auto processor = heading(text, "VCPU ")) {
        name = domain + "v" + std::to_string(*processor);
    } else if (is_xen_failing_msr(text)) {
        const auto index = number_after(text, "msr ", true), value = number_after(text, "val ", true);
        if (index && value && *index <= 0xFFFFFFFF) builder.dump.failing_msr = {static_cast<u32>(*index), *value};
    }
}

}  // namespace vmxsim::import
