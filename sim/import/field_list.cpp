// SPDX-License-Identifier: MIT
// Lists of fields: "GUEST_RIP = 0x1000", "VMCS_GUEST_RIP: 0x1000", "0x681e = 0x1000", "vmread(0x681e) = 0x1000",
// "# GUEST_RIP = 0x1000" and HAXM's "haxm_warning:4012 VMX_ENTRY_CONTROLS: 11ff", hyperkit's and bhyve's "vm exit[0]".
#include <algorithm>
#include <array>
#include <cctype>

#include "base/number.hpp"
#include "import/field_names.hpp"
#include "import/format_reader.hpp"
#include "import/list_values.hpp"

namespace vmxsim::import {
namespace {

bool is_word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '`' || c == '.'; }

std::string lower(std::string_view text) {
    std::string result;
    for (const char c : text) result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

// What programs print for a field that they could not read.
bool says_unavailable(std::string_view word) {
    constexpr std::array<std::string_view, 12> kWords{"invalid",     "invalid_value", "failed",  "n",     "na",   "none",
                                                      "unavailable", "unsupported",   "unknown", "error", "null", "not"};
    return std::find(kWords.begin(), kWords.end(), lower(word)) != kWords.end();
}

struct Word {
    std::string_view text;
    size_t begin = 0, end = 0;
};

Word word_at(std::string_view text, size_t position) {
    position = std::min(position, text.size());
    size_t end = position;
    while (end < text.size() && is_word_character(text[end])) ++end;
    return {text.substr(position, end - position), position, end};
}

class FieldListReader : public FormatReader {
public:
    explicit FieldListReader(const ReaderContext& context) : context_(context) {}

    bool take(const CleanLine& line, bool continues) override {
        std::string_view text = line.text;
        if (continues && take_rest_of_value(line)) return true;
        source_ = line.source;
        may_begin_within_a_line_ = !line.prefixed && line.line == context_.text.lines.front().line;
        bool strict = false;
        if (text.front() == '#') {  // "# GUEST_RIP = 0x1000", while "# ..." in general is a comment
            text.remove_prefix(1);
            strict = line.comment;
        }
        if (text.find("haxm_") != std::string_view::npos) text = without_haxm(text, line);
        const size_t first = text.find_first_not_of(' ');
        if (first == std::string_view::npos) return haxm_;
        text.remove_prefix(first);
        offset_ = line.column + static_cast<unsigned>(text.data() - line.text.data());
        line_ = line.line;
        if (!strict && read_exit_block(text)) return true;
        if (!strict && read_section(text)) return false;
        return read_values(text, strict) || haxm_;
    }

    // The rest of a value that was wrapped: digits alone, behind a line that ends with "0x..".
    bool take_rest_of_value(const CleanLine& line) {
        const auto open = open_.find(source_);
        if (open == open_.end() || line.source != source_ || line.line != last_line_ + 1) return false;
        if (line.text.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos || line.text.size() > 16)
            return false;
        return open->second.lengthen(line_, line.text);
    }

    void finish(DumpList& out) override {
        for (auto& [source, list] : open_) done_.push_back(finished(std::move(list)));
        for (DumpedVmcs& dump : done_) out.add(std::move(dump));
    }

private:
    Place place(size_t offset) const { return {line_, offset_ + static_cast<unsigned>(offset)}; }

    OpenList& list(DumpFormat format = DumpFormat::field_list) {
        const auto found = open_.find(source_);
        if (found != open_.end()) return found->second;
        if (haxm_) format = DumpFormat::haxm;
        OpenList& fresh = open_.emplace(source_, OpenList(context_.format.value_or(format), context_.file, line_)).first->second;
        if (haxm_) fresh.assume_hex();
        return fresh;
    }

    static constexpr size_t kMostDumps = 5000;  // DumpList refuses fewer

    void close() {
        const auto found = open_.find(source_);
        if (found == open_.end()) return;
        if (done_.size() < kMostDumps) done_.push_back(finished(std::move(found->second)));
        open_.erase(found);
    }

    static DumpedVmcs finished(OpenList&& list) {
        const bool hyperkit = list.builder.dump.format == DumpFormat::hyperkit;
        DumpedVmcs dump = list.finish();
        // hyperkit's print of these two fields reads those of LDTR.
        for (const auto& [field, other] : {std::pair{Field::guest_idtr_limit, Field::guest_ldtr_limit},
                                           std::pair{Field::guest_idtr_base, Field::guest_ldtr_base}}) {
            if (!hyperkit || !dump.vmcs.knows(field) || !dump.vmcs.knows(other) || dump.vmcs.vmcs[field] != dump.vmcs.vmcs[other])
                continue;
            dump.vmcs.known.reset(static_cast<size_t>(field));
            dump.vmcs.vmcs.set(field, 0);
            dump.lines.erase(field);
            dump.notes.push_back(std::string(spec::info(field).name) + " is left out: hyperkit prints " +
                                 std::string(spec::info(other).name) + " under this name");
        }
        return dump;
    }

    // "haxm_warning: 4012 VMX_ENTRY_CONTROLS: 11ff": what follows the tag. HAXM prints hexadecimal without 0x.
    std::string_view without_haxm(std::string_view text, const CleanLine& line) {
        const size_t tag = text.substr(0, 80).find("haxm_");
        const size_t colon = tag == std::string_view::npos ? tag : text.find(':', tag);
        if (colon == std::string_view::npos) return text;
        haxm_ = true;
        line_ = line.line;
        text.remove_prefix(colon + 1);
        constexpr std::string_view kReason = "exit_reason.raw ";
        if (const size_t at = text.find(kReason); at != std::string_view::npos) {
            const auto reason = parse_hex_digits(word_at(text, at + kReason.size()).text);
            if (reason && *reason <= 0xFFFFFFFF) {
                close();
                list().builder.dump.exit_reason = static_cast<u32>(*reason);
            }
        }
        return text;
    }

    // "vm exit[0]" and the lines of words and values behind it.
    bool read_exit_block(std::string_view text) {
        if (text.starts_with("vm exit[")) {
            close();
            list(DumpFormat::hyperkit);
            in_exit_block_ = true;
            return true;
        }
        for (const std::string_view name : {"inst_length ", "exit_reason ", "inst_type ", "inst_error "}) {
            if (in_exit_block_ || !text.starts_with(name)) continue;
            list(DumpFormat::hyperkit);  // the block's beginning was cut
            in_exit_block_ = true;
        }
        if (!in_exit_block_) return false;
        const Word name = word_at(text, 0);
        const size_t value_at = std::min(text.find_first_not_of(" :=", name.end), text.size());
        const Word value = word_at(text, value_at);
        constexpr std::array<std::string_view, 8> kNames{"reason",      "rip",           "inst_length", "status",
                                                         "exit_reason", "qualification", "inst_type",   "inst_error"};
        if (std::find(kNames.begin(), kNames.end(), name.text) == kNames.end()) {
            in_exit_block_ = false;
            return false;
        }
        const auto number = parse_number(value.text);
        if (!number) return true;
        DumpBuilder& builder = list().builder;
        if (name.text == "rip") builder.set(Field::guest_rip, *number, place(value_at));
        if (name.text == "inst_length" && *number <= 15) builder.set(Field::vm_exit_instruction_length, *number, place(value_at));
        if (name.text == "qualification") builder.dump.qualification = *number;
        if (name.text == "exit_reason" && *number <= 0xFFFFFFFF) {
            builder.dump.exit_reason = static_cast<u32>(*number);
            // These reasons exist for failed entries only; the block shows bits 15:0 of the exit reason.
            if (*number == 33 || *number == 34 || *number == 41) {
                builder.dump.exit_reason = static_cast<u32>(*number) | spec::kEntryFailureBit;
                builder.note("line " + std::to_string(line_) + ": exit_reason " + std::to_string(*number) +
                             " is printed without bit 31");
            }
        }
        if (name.text == "inst_error" && *number != 0 && *number < 100)
            builder.dump.vm_instruction_error = static_cast<u32>(*number);
        return true;
    }

    // "Guest state:", "[Host State Area]": names that follow may come without GUEST_ and HOST_.
    bool read_section(std::string_view text) {
        if (text.size() > 60 || text.find_first_of("0123456789") != std::string_view::npos) return false;
        const std::string words = lower(text);
        if (words.find("state") == std::string::npos && words.find("area") == std::string::npos &&
            words.find("fields") == std::string::npos)
            return false;
        if (words.find("guest") != std::string::npos)
            section_ = "GUEST_";
        else if (words.find("host") != std::string::npos)
            section_ = "HOST_";
        else if (words.find("control") != std::string::npos || words.find("exit") != std::string::npos)
            section_ = "";
        else
            return false;
        return true;
    }

    // Every name or encoding of the line with the value behind it. strict: the line must hold one, and nothing else.
    bool read_values(std::string_view text, bool strict) {
        bool any = false;
        for (size_t position = 0; position < text.size();) {
            if (!is_word_character(text[position])) {
                ++position;
                continue;
            }
            const Word word = word_at(text, position);
            position = word.end;
            const auto found = field_at(text, word, any);
            if (!found) continue;
            auto [access, at] = *found;
            const size_t after = separator_end(text, at);
            const Word value = word_at(text, after);
            if (value.text.empty()) continue;
            const auto number = number_in(value.text);
            const bool ends_the_line = text.find_first_not_of(" ;,", value.end) == std::string_view::npos;
            // "cr0_mask e0000020" within a sentence is no assignment.
            const bool separated = text.substr(at, after - at).find_first_of("=:>|,") != std::string_view::npos;
            if (!separated && (word.begin != 0 || !ends_the_line)) {
                if (!strict && word.begin == 0 && says_unavailable(value.text)) complain(text, access, value, at, after);
                continue;
            }
            if (!number) {
                if (!strict) complain(text, access, value, at, after);
                continue;
            }
            const bool attached =
                value.end < text.size() && std::string_view("-<").find(text[value.end]) != std::string_view::npos;
            if (attached || (strict && !ends_the_line)) continue;
            if (const auto open = open_.find(source_); open != open_.end() && open->second.begins_again(access)) close();
            list().add(access, *number, place(after));
            if (value.end == text.size()) last_line_ = line_;
            position = value.end;
            any = true;
        }
        return any;
    }

    // The field that a word names, and where its name ends: "GUEST_RIP", "GUEST_RIP (0x681e)", "0x681e GUEST_RIP",
    // "vmread(0x681e)", "Guest RIP".
    std::optional<std::pair<spec::FieldAccess, size_t>> field_at(std::string_view text, const Word& word, bool later) {
        const size_t next = std::min(text.find_first_not_of(' ', word.end), text.size());
        if (word.text == "vmread" || word.text == "vmwrite" || word.text == "VMREAD" || word.text == "VMWRITE") {
            const Word encoding = word_at(text, std::min(text.find_first_not_of(" (", word.end), text.size()));
            const auto access = encoding_in(encoding.text, true);
            if (!access) return std::nullopt;
            size_t end = encoding.end;
            if (end < text.size() && text[end] == ')') ++end;
            return std::pair{*access, end};
        }
        const bool digit = std::isdigit(static_cast<unsigned char>(word.text.front())) != 0;
        if (word.begin <= 1 && (digit || word.text.size() == 4)) {
            if (const auto access = encoding_in(word.text, false)) {
                size_t end = word.end;
                while (end < text.size() && (text[end] == ']' || text[end] == ')' || text[end] == ' ')) ++end;
                const Word name = word_at(text, end);
                const size_t behind = std::min(text.find_first_not_of(' ', name.end), text.size());
                const bool named = name.text.find('_') != std::string_view::npos &&
                                   std::isalpha(static_cast<unsigned char>(name.text.front())) != 0 && behind < text.size() &&
                                   (text[behind] == ':' || text[behind] == '=');
                if (named) return std::pair{*access, name.end};
                if (end < text.size() && !may_begin_within_a_line_ &&
                    (text[end] == ':' || text[end] == '=' || text.substr(end, 2) == "->")) {
                    const Word value = word_at(text, separator_end(text, end));  // a hex dump has more than one word here
                    if (text.find_first_not_of(" ;,", value.end) == std::string_view::npos) return std::pair{*access, end};
                }
                return std::nullopt;
            }
        }
        if (digit || haxm_ || word.text.size() < 2 || word.text == "inst_error")
            return std::nullopt;  // HAXM always prints the encoding
        // Only a name with something like a value behind it is worth the look-up.
        if (word.text.find('_') != std::string_view::npos || word.text.size() >= 3) {
            if (next < text.size() &&
                (std::string_view("=:([-,|").find(text[next]) != std::string_view::npos || next > word.end)) {
                if (const auto access = find_name(word.text)) return std::pair{*access, word.end};
            }
        }
        // A title of several words up to the separator, at the beginning of the line: "Guest CS access rights: 0xa09b".
        if (word.begin == 0 && !later) {
            const size_t separator = text.substr(0, 80).find_first_of("=:");
            if (separator != std::string_view::npos && separator > word.end)
                if (const auto access = find_name(text.substr(0, separator))) return std::pair{*access, separator};
        }
        return std::nullopt;
    }

    std::optional<spec::FieldAccess> find_name(std::string_view name) {
        if (!names_) names_.emplace();
        if (const auto access = names_->find(name)) return access;
        if (section_.empty() || name.size() > 40) return std::nullopt;
        return names_->find(section_ + std::string(name));
    }

    static std::optional<spec::FieldAccess> encoding_in(std::string_view word, bool short_too) {
        const bool prefixed = word.starts_with("0x") || word.starts_with("0X");
        const std::string_view digits = prefixed ? word.substr(2) : word;
        if (digits.size() > 8 || (!prefixed && digits.size() != 4) || (!short_too && digits.size() < 3)) return std::nullopt;
        const auto encoding = parse_hex_digits(digits);
        return encoding ? spec::find_field(*encoding) : std::nullopt;
    }

    // Behind "(0x681e)", "=", ":", "->", "|", ",", and spaces.
    static size_t separator_end(std::string_view text, size_t position) {
        position = std::min(text.find_first_not_of(' ', position), text.size());
        if (position < text.size() && (text[position] == '(' || text[position] == '[')) {
            const size_t close = text.substr(position, 24).find_first_of(")]");
            if (close != std::string_view::npos) position += close + 1;
        }
        return std::min(text.find_first_not_of(" =:|>,\"'-", position), text.size());
    }

    // A name without a number: a field that could not be read, a malformed value, or prose.
    void complain(std::string_view text, spec::FieldAccess access, const Word& value, size_t at, size_t after) {
        const std::string name(spec::info(access.field).name);
        if (says_unavailable(value.text)) {
            list().builder.note("line " + std::to_string(line_) + ": " + name + " could not be read (" +
                                std::string(value.text.substr(0, 32)) + "); the processor may lack it");
            return;
        }
        const bool assigned = text.substr(at, after - at).find('=') != std::string_view::npos;
        const bool alone = text.find_first_not_of(' ', value.end) == std::string_view::npos;
        const bool numeric = std::isdigit(static_cast<unsigned char>(value.text.front())) != 0;
        if (assigned && (alone || numeric))
            list().builder.fail(place(after),
                                "expected a number for " + name + ", found '" + std::string(value.text.substr(0, 40)) + "'");
    }

    ReaderContext context_;
    std::optional<FieldNames> names_;  // made for the first line that may name a field
    std::map<u32, OpenList> open_;     // by printk caller
    std::vector<DumpedVmcs> done_;
    std::string section_;
    bool haxm_ = false;
    bool in_exit_block_ = false;
    bool may_begin_within_a_line_ = false;
    u32 source_ = 0;
    unsigned last_line_ = 0;  // that ended with a value
    unsigned line_ = 0, offset_ = 0;
};

}  // namespace

std::unique_ptr<FormatReader> make_field_list_reader(const ReaderContext& context) {
    return std::make_unique<FieldListReader>(context);
}

}  // namespace vmxsim::import
