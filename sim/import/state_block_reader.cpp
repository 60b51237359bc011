// SPDX-License-Identifier: MIT
// Picks the lines of state blocks out of a log, and joins what was wrapped.
#include <cctype>
#include <map>

#include "import/format_reader.hpp"
#include "import/state_block.hpp"

namespace vmxsim::import {
namespace {

bool is_hex_digit(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

std::string_view last_word(std::string_view text) {
    const size_t space = text.find_last_of(' ');
    return space == std::string_view::npos ? text : text.substr(space + 1);
}

// The hexadecimal digits that a line ends with, behind "=", ":", "|", a space or "0x"; npos when it ends otherwise.
size_t digits_at_the_end(std::string_view text) {
    size_t begin = text.size();
    while (begin > 0 && text.size() - begin < 20 && is_hex_digit(text[begin - 1])) --begin;
    const size_t digits = text.size() - begin;
    if (begin > 0 && (text[begin - 1] == 'x' || text[begin - 1] == 'X'))
        return begin > 1 && text[begin - 2] == '0' ? digits : std::string_view::npos;
    if (begin == 0 || std::string_view("= :|").find(text[begin - 1]) == std::string_view::npos) return std::string_view::npos;
    return digits == 0 ? std::string_view::npos : digits;
}

// The same for the beginning, up to a separator.
size_t digits_at_the_beginning(std::string_view text) {
    size_t end = 0;
    while (end < text.size() && end < 20 && is_hex_digit(text[end])) ++end;
    return end == text.size() || std::string_view(" ,|:)").find(text[end]) != std::string_view::npos ? end : 0;
}

class StateBlockReader : public FormatReader {
public:
    // How many lines of others may stand between the pieces of a wrapped line.
    static constexpr unsigned kNear = 16;

    explicit StateBlockReader(const ReaderContext& context) : context_(context) {}

    bool take(const CleanLine& line, bool continues) override {
        if (line.comment) return false;
        const auto own = last_of_.find(line.source);
        const bool adjacent = own != last_of_.end() && line.line <= lines_[own->second].pieces.back().line + kNear;
        if (adjacent && join(lines_[own->second], line, continues)) return true;
        BlockLine taken;
        if (!classify(line.text, taken)) {
            // The tail of a wrapped line that begins with none of the keys ("base=0000000002110000").
            return adjacent && extends(lines_[own->second], line.text) && append(lines_[own->second], line, " ");
        }
        taken.text = line.text;
        taken.pieces.push_back({0, line.line, line.column});
        taken.source = line.source;
        taken.prefixed = line.prefixed;
        taken.xen = line.xen;
        last_of_[line.source] = lines_.size();
        lines_.push_back(std::move(taken));
        last_line_ = line.line;
        return true;
    }

    void finish(DumpList& out) override {
        if (lines_.empty()) return;
        if (!context_.text.lines.empty()) lines_.back().last_of_text = last_line_ == context_.text.lines.back().line;
        BlockContext context{vocabulary_, context_.text, context_.file, context_.format, {}};
        for (const Block& block : split_blocks(lines_)) out.add(read_block(block, context));
    }

private:
    bool classify(std::string_view text, BlockLine& line) const {
        if (is_kvm_begin(text) || is_xen_begin(text)) return line.kind = BlockLineKind::begin, true;
        if (const auto heading = heading_of(text)) return line.kind = *heading, true;
        if (is_kvm_msr_list_line(text) || is_xen_failing_msr(text)) return line.kind = BlockLineKind::remark, true;
        line.kind = BlockLineKind::keys;
        if (is_xen_segment_row(text)) {
            std::string_view label;
            std::string row(text.substr(0, text.find(':')));
            row += row == "GDTR" || row == "IDTR" ? ": limit=" : ": sel=";
            size_t position = 0;
            const auto key = vocabulary_.next_key(row, position, label);
            if (key) line.row = key->rows.front();
            return key.has_value();
        }
        if (text.size() < 16 && text.ends_with(':') && vocabulary_.is_label(text.substr(0, text.size() - 1))) {
            std::string_view label;  // "GDTR:" and nothing more: the rest was wrapped
            const std::string key_of_all = std::string(text) + " limit=", key_of_some = std::string(text) + " errcode=";
            for (const std::string& probe : {key_of_all, key_of_some}) {
                size_t position = 0;
                if (const auto key = vocabulary_.next_key(probe, position, label)) return line.row = key->rows.front(), true;
            }
        }
        // A prose line may hold a key by chance; a log line holds it with a value, or at its end.
        size_t position = 0;
        std::string_view label;
        while (const auto key = vocabulary_.next_key(text, position, label)) {
            const FoundValue value = read_value(text, key->value);
            if (value.malformed && !has_blocks()) continue;
            line.row = key->rows.front();
            line.two_places = key->rows.size() > 1;
            return true;
        }
        return false;
    }

    static std::optional<BlockLineKind> heading_of(std::string_view text) {
        if (text.size() > 40 || (text.front() != '*' && text.front() != '-')) return std::nullopt;
        std::string lower;
        for (const char c : text) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        if (lower.find("guest state") != std::string::npos) return BlockLineKind::guest_heading;
        if (lower.find("host state") != std::string::npos) return BlockLineKind::host_heading;
        if (lower.find("control state") != std::string::npos) return BlockLineKind::control_heading;
        return std::nullopt;
    }

    bool has_blocks() const { return !lines_.empty(); }

    // Behind the line before, the text shows a key of that line's label, or a value alone.
    bool extends(const BlockLine& last, std::string_view text) const {
        if (last.kind != BlockLineKind::keys) return false;
        const std::string& before = last.text;
        if (text.front() == '(' || text.starts_with("0x")) return true;
        const std::string both = before + " " + std::string(text.substr(0, 200));
        if (is_xen_segment_row(before)) return is_xen_segment_row(both);
        size_t position = 0;
        std::string_view label;
        while (const auto key = vocabulary_.next_key(both, position, label))
            if (key->begin > before.size()) return true;
        return false;
    }

    // When the line before ends within a value or a key, this one is its rest.
    bool join(BlockLine& last, const CleanLine& line, bool continues) {
        const std::string_view before = last.text, text = line.text;
        if (before.empty() || last.kind != BlockLineKind::keys) return false;
        // A key without its value waits for it whatever the logger puts before it.
        if (before.ends_with('=') && (text.starts_with("0x") || digits_at_the_beginning(text) != 0))
            return append(last, line, " ");
        if (!continues) return false;
        const size_t end = digits_at_the_end(before), begin = digits_at_the_beginning(text);
        if (end != std::string_view::npos && begin != 0) {
            const size_t all = end + begin;
            if (all == 4 || (all == 5 && end != 4) || all == 8 || all == 16) return append(last, line, "");
        }
        if (before.ends_with("=0") && text.front() == 'x') return append(last, line, "");
        if (before.ends_with('=') || before.ends_with(':') || text.front() == '=') return append(last, line, " ");
        const std::string_view tail = last_word(before);
        if (tail.find('=') != std::string_view::npos) return false;
        if (vocabulary_.is_word(tail)) return append(last, line, " ");
        const std::string_view head = text.substr(0, text.find_first_of(" =:"));
        std::string_view bare = tail;
        if (const size_t colon = bare.rfind(':'); colon != std::string_view::npos) bare.remove_prefix(colon + 1);
        if (vocabulary_.is_word(std::string(bare) + std::string(head))) return append(last, line, "");
        return false;
    }

    bool append(BlockLine& before, const CleanLine& line, std::string_view between) {
        constexpr size_t kLongestLine = 1024;
        if (before.kind != BlockLineKind::keys || before.text.size() + line.text.size() > kLongestLine) return false;
        before.text += between;
        before.pieces.push_back({before.text.size(), line.line, line.column});
        before.text += line.text;
        if (before.row < 0) classify(before.text, before);
        last_line_ = line.line;
        return true;
    }

    ReaderContext context_;
    BlockVocabulary vocabulary_;
    std::vector<BlockLine> lines_;
    std::map<u32, size_t> last_of_;  // the line that each printk caller wrote last
    unsigned last_line_ = 0;
};

}  // namespace

std::unique_ptr<FormatReader> make_state_block_reader(const ReaderContext& context) {
    return std::make_unique<StateBlockReader>(context);
}

}  // namespace vmxsim::import
