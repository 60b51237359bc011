// SPDX-License-Identifier: MIT
#include "import/clean_text.hpp"

#include <cctype>
#include <map>
#include <optional>

#include "base/number.hpp"

namespace vmxsim::import {
namespace {

// A physical line, and what is left of the text after it. Ends at LF, CR or CRLF.
std::string_view take_line(std::string_view& rest) {
    const size_t end = rest.find_first_of("\r\n");
    const std::string_view line = rest.substr(0, end);
    if (end == std::string_view::npos) {
        rest = {};
        return line;
    }
    const bool two = rest[end] == '\r' && end + 1 < rest.size() && rest[end + 1] == '\n';
    rest.remove_prefix(end + (two ? 2 : 1));
    return line;
}

bool is_upper_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); }

std::string_view without_trailing_spaces(std::string_view text) {
    const size_t last = text.find_last_not_of(" \t");
    return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

enum class Encoding { plain, quoted_printable, either };

// In quoted-printable every '=' of the content is "=3D" and a '=' at the end of a line continues it.
Encoding encoding_of(std::string_view line) {
    if (line.empty() || line[0] == '#') return Encoding::either;
    line = without_trailing_spaces(line);
    bool equals_sign = false;
    for (size_t i = line.find('='); i != std::string_view::npos; i = line.find('=', i + 1)) {
        if (i + 1 == line.size()) break;
        if (i + 2 >= line.size() || !is_upper_hex(line[i + 1]) || !is_upper_hex(line[i + 2])) return Encoding::plain;
        if (line.substr(i, 3) == "=3D") equals_sign = true;
    }
    return equals_sign ? Encoding::quoted_printable : Encoding::either;
}

bool is_quoted_printable(std::string_view text) {
    if (text.find("=3D") == std::string_view::npos) return false;
    size_t quoted = 0, plain = 0;
    while (!text.empty()) {
        const Encoding encoding = encoding_of(take_line(text));
        quoted += encoding == Encoding::quoted_printable;
        plain += encoding == Encoding::plain;
    }
    return quoted > plain;
}

// The character that an entity at the front of text stands for, and its length; 0 when it is none.
std::pair<char, size_t> entity(std::string_view text) {
    const size_t end = text.substr(0, 10).find(';');
    if (end == std::string_view::npos) return {};
    const std::string_view name = text.substr(1, end - 1);
    if (name == "gt") return {'>', end + 1};
    if (name == "lt") return {'<', end + 1};
    if (name == "amp") return {'&', end + 1};
    if (name == "quot") return {'"', end + 1};
    if (name == "nbsp") return {' ', end + 1};
    if (name.size() < 2 || name[0] != '#') return {};
    const bool in_hex = name[1] == 'x' || name[1] == 'X';
    const auto code = in_hex ? parse_hex_digits(name.substr(2)) : parse_number(name.substr(1));
    if (!code || *code == 0) return {};
    return {*code < 0x7F ? static_cast<char>(*code) : ' ', end + 1};
}

// The length of "<br>", "</pre>" or the like at the front of text; 0 when it is none.
size_t tag_length(std::string_view text) {
    const size_t name = text.size() > 1 && text[1] == '/' ? 2 : 1;
    for (const std::string_view tag : {"br", "pre", "code", "div", "span", "tt", "p", "td", "tr", "font", "a", "b", "li"}) {
        if (text.substr(name, tag.size()) != tag || text.size() <= name + tag.size()) continue;
        const char after = text[name + tag.size()];
        if (after != '>' && after != ' ' && after != '/') continue;
        const size_t end = text.substr(0, 200).find('>');
        if (end != std::string_view::npos) return end + 1;
    }
    return 0;
}

// The length of an ANSI escape sequence at the front of text ("\x1b[0;31m").
size_t escape_length(std::string_view text) {
    if (text.size() < 2 || text[1] != '[') return 1;
    size_t end = 2;
    while (end < text.size() && end < 24 && !(text[end] >= 0x40 && text[end] <= 0x7E)) ++end;
    return end < text.size() ? end + 1 : text.size();
}

// Appends the line as plain text; quoted-printable when told so. True when it ends with a soft line break.
bool append_plain(std::string_view line, bool quoted_printable, std::vector<char>& out) {
    if (quoted_printable) line = without_trailing_spaces(line);
    for (size_t i = 0; i < line.size();) {
        const std::string_view rest = line.substr(i);
        const auto byte = static_cast<unsigned char>(rest[0]);
        if (byte == '=' && quoted_printable) {
            if (rest.size() == 1) return true;
            if (rest.size() >= 3 && is_upper_hex(rest[1]) && is_upper_hex(rest[2])) {
                const u64 code = parse_hex_digits(rest.substr(1, 2)).value_or(' ');
                out.push_back(code >= ' ' && code < 0x7F ? static_cast<char>(code) : ' ');
                i += 3;
                continue;
            }
        }
        if (byte == 0x1B) {
            i += escape_length(rest);
        } else if (byte == '<' && tag_length(rest) != 0) {
            out.push_back(' ');
            i += tag_length(rest);
        } else if (byte == '&' && entity(rest).second != 0) {
            out.push_back(entity(rest).first);
            i += entity(rest).second;
        } else if (rest.starts_with("\xC2\xA0")) {  // non-breaking space
            out.push_back(' ');
            i += 2;
        } else if (rest.starts_with("\xE2\x80\x8B") || rest.starts_with("\xEF\xBB\xBF")) {  // zero-width space, BOM
            i += 3;
        } else {
            out.push_back(byte < ' ' || byte == 0x7F ? ' ' : static_cast<char>(byte));
            ++i;
        }
    }
    return false;
}

std::string_view without_quoting(std::string_view text) {
    const size_t first = text.find_first_not_of(" >|");
    return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

class Cleaner {
public:
    explicit Cleaner(std::string_view text) : rest_(text), quoted_printable_(is_quoted_printable(text)) {
        // Cleaning never lengthens a text: the views into storage stay valid.
        result_.storage.reserve(text.size());
        result_.sources.emplace_back();
        result_.ends_within_a_line = !text.empty() && text.back() != '\n' && text.back() != '\r';
    }

    CleanText run() {
        unsigned number = 0;
        while (!rest_.empty()) {
            const unsigned first = ++number;
            const size_t begin = result_.storage.size();
            std::string_view raw = take_line(rest_);
            const bool decode = quoted_printable_ && raw.substr(0, 1) != "#";
            while (append_plain(raw, decode, result_.storage) && !rest_.empty()) {
                raw = take_line(rest_);
                ++number;
            }
            add({result_.storage.data() + begin, result_.storage.size() - begin}, first);
        }
        return std::move(result_);
    }

private:
    void add(std::string_view whole, unsigned number) {
        CleanLine line;
        std::string_view text = without_quoting(whole);
        line.comment = text.starts_with('#');
        detail::Prefix prefix;
        // A line carries a handful of prefixes at most; the bound keeps hostile input linear.
        for (int i = 0; i < 8 && detail::take_prefix(text, prefix); ++i) line.prefixed = true;
        text = without_trailing_spaces(text);
        const size_t first = text.find_first_not_of(' ');
        if (first == std::string_view::npos) return;
        text.remove_prefix(first);
        line.text = text;
        line.line = number;
        line.column = static_cast<unsigned>(text.data() - whole.data()) + 1;
        line.xen = prefix.xen;
        // A line without any prefix belongs to the one that it continues.
        line.source = line.prefixed ? source_number(prefix.source) : last_source_;
        last_source_ = line.source;
        result_.lines.push_back(line);
    }

    u32 source_number(std::string_view name) {
        if (name.empty()) return 0;
        const auto [found, fresh] = numbers_.try_emplace(std::string(name), static_cast<u32>(result_.sources.size()));
        if (fresh) result_.sources.emplace_back(name);
        return found->second;
    }

    std::string_view rest_;
    bool quoted_printable_;
    CleanText result_;
    std::map<std::string, u32> numbers_;
    u32 last_source_ = 0;
};

}  // namespace

CleanText clean_text(std::string_view text) { return Cleaner(text).run(); }

}  // namespace vmxsim::import
