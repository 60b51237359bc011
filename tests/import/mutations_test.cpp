// SPDX-License-Identifier: MIT
// What mail, terminals and scissors do to the samples: nothing but InputError is ever thrown, and no value changes.
#include <functional>
#include <random>
#include <sstream>

#include "samples.hpp"

namespace vmxsim::import {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
    Lines lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::string joined(const Lines& lines, const std::string& end = "\n") {
    std::string text;
    for (const std::string& line : lines) text += line + end;
    return text;
}

std::string each_line(const std::string& text, const std::function<std::string(const std::string&, size_t)>& change) {
    Lines lines = lines_of(text);
    for (size_t i = 0; i < lines.size(); ++i) lines[i] = change(lines[i], i);
    return joined(lines);
}

// Breaks lines that are longer than width: at a space, or wherever the edge is.
std::string wrapped(const std::string& text, size_t width, bool at_spaces) {
    std::string result;
    for (std::string line : lines_of(text)) {
        while (line.size() > width && line[0] != '#') {
            size_t cut = width;
            if (at_spaces) {
                const size_t space = line.rfind(' ', width);
                if (space == std::string::npos || space == 0 || line.find_first_not_of(' ') > space) break;
                cut = space;
            }
            result += line.substr(0, cut) + "\n";
            line = line.substr(at_spaces ? cut + 1 : cut);
        }
        result += line + "\n";
    }
    return result;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
    return text;
}

std::string without_comments(const std::string& text) {
    Lines lines = lines_of(text);
    std::erase_if(lines, [](const std::string& line) { return line.starts_with('#'); });
    return joined(lines);
}

// The mutated text holds the same dumps with the same values; `all`: none of them is lost.
void expect_same(const std::string& name, const std::string& original, const std::string& mutated, bool all = true) {
    const std::vector<DumpedVmcs> before = parse_dumps(original, name), after = parse_dumps(mutated, name);
    BOOST_REQUIRE_MESSAGE(before.size() == after.size(), name << ": " << after.size() << " dumps, not " << before.size());
    for (size_t i = 0; i < before.size(); ++i) {
        BOOST_CHECK_MESSAGE(difference(after[i], before[i]).empty(), name << ": " << difference(after[i], before[i]));
        if (!all) continue;
        BOOST_CHECK_MESSAGE(difference(before[i], after[i]).empty(), name << ", lost: " << difference(before[i], after[i]));
        BOOST_CHECK(before[i].exit_reason == after[i].exit_reason);
        BOOST_CHECK(before[i].hypervisor_number == after[i].hypervisor_number);
        BOOST_CHECK(before[i].format == after[i].format);
    }
}

void for_each_sample(const std::function<void(const std::string& name, const std::string& text)>& test) {
    for (const auto& path : sample_files()) test(path.filename().string(), without_comments(file_text(path)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mutated_dumps)

BOOST_AUTO_TEST_CASE(line_breaks_tabs_colours_and_spaces_change_nothing) {
    for_each_sample([](const std::string& name, const std::string& text) {
        expect_same(name + " CRLF", text, joined(lines_of(text), "\r\n"));
        expect_same(name + " CR", text, joined(lines_of(text), "\r"));
        expect_same(name + " tabs", text,
                    each_line(text, [](const std::string& line, size_t) { return "\t" + replaced(line, "  ", "\t "); }));
        expect_same(name + " colours", text,
                    each_line(text, [](const std::string& line, size_t) { return "\x1b[0;31m" + line + "\x1b[0m"; }));
        expect_same(name + " no-break", text, replaced(text, " ", "\xC2\xA0"));
        expect_same(name + " BOM", text, "\xEF\xBB\xBF" + text);
        expect_same(name + " trailing", text, each_line(text, [](const std::string& line, size_t) { return line + "   "; }));
        expect_same(name + " no end", text, text.substr(0, text.size() - 1), false);
    });
}

BOOST_AUTO_TEST_CASE(mail_quoting_changes_nothing) {
    for_each_sample([](const std::string& name, const std::string& text) {
        for (const std::string quote : {"> ", ">> ", "> > ", "| ", ">"})
            expect_same(name + " " + quote, text, each_line(text, [&](const std::string& line, size_t) { return quote + line; }));
        expect_same(name + " prose", text,
                    "On Tuesday somebody wrote:\n\n" + text + "\n\nCould CR3 be the culprit? See RIP above.\n-- \nRegards\n");
    });
}

BOOST_AUTO_TEST_CASE(quoted_printable_and_html_change_nothing) {
    for_each_sample([](const std::string& name, const std::string& text) {
        if (text.find('=') != std::string::npos) {
            const std::string encoded = replaced(text, "=", "=3D");
            expect_same(name + " quoted-printable", text, encoded);
            std::string soft;
            for (std::string line : lines_of(encoded)) {
                while (line.size() > 72) {
                    size_t cut = 71;
                    while (line[cut - 1] == '=' || line[cut - 2] == '=') --cut;
                    soft += line.substr(0, cut) + "=\n";
                    line = line.substr(cut);
                }
                soft += line + "\n";
            }
            expect_same(name + " soft line breaks", text, soft);
        }
        std::string html = replaced(replaced(replaced(text, "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
        expect_same(name + " HTML", text, "<pre><code>" + html + "</code></pre>");
        expect_same(name + " br", text,
                    each_line(html, [](const std::string& line, size_t) { return replaced(line, "  ", "&nbsp; ") + "<br>"; }));
    });
}

BOOST_AUTO_TEST_CASE(prefixes_of_loggers_change_nothing) {
    const std::vector<std::string> prefixes = {
        "Jun 24 17:25:51 host kernel: ",
        "Jun  4 17:25:51 host kernel: [ 2311.499059] ",
        "[ 2311.499059] ",
        "[ 2311.499059][T78789] ",
        "[ 2311.499059] [   C12] ",
        "[Fri Jun 24 17:25:51 2022] ",
        "<3>",
        "<3>[ 2311.499059] ",
        "2022-06-24T17:25:51.123456+02:00 host kernel: ",
        "2022-06-24T17:25:51+0200 host kernel[0]: ",
        "2022-06-24 17:25:51 ",
        "kernel: ",
        "[ 2311.499059] kvm_intel: ",
        "> Jun 24 17:25:51 host kernel: kvm_intel: ",
    };
    for_each_sample([&](const std::string& name, const std::string& text) {
        if (text.find("vm exit[") != std::string::npos || text.find("(XEN)") != std::string::npos) return;
        for (const std::string& prefix : prefixes)
            expect_same(name + " " + prefix, text,
                        each_line(text, [&](const std::string& line, size_t) { return line.empty() ? line : prefix + line; }));
    });
    for (const std::string xen : {"020", "021", "024", "028"}) {
        const std::string text = without_comments(sample_text(xen));
        for (const std::string prefix : {"(XEN) [2022-06-24 17:25:51] ", "(XEN) [  125.339405] ", "(XEN) [0000001d2a3c4b5f] "})
            if (prefix.find("1d2a") == std::string::npos)
                expect_same(xen + prefix, text,
                            each_line(text, [&](const std::string& line, size_t) { return replaced(line, "(XEN) ", prefix); }));
    }
}

BOOST_AUTO_TEST_CASE(lines_wrapped_at_spaces_or_anywhere_keep_their_values) {
    for_each_sample([](const std::string& name, const std::string& text) {
        for (const size_t width : {64u, 72u, 76u, 80u}) {
            expect_same(name + " wrapped at spaces, " + std::to_string(width), text, wrapped(text, width, true));
            expect_same(name + " cut at " + std::to_string(width), text, wrapped(text, width, false), false);
            const std::string quoted =
                each_line(wrapped(text, width, true), [](const std::string& line, size_t) { return "> " + line; });
            expect_same(name + " wrapped and quoted, " + std::to_string(width), text, quoted);
        }
    });
}

BOOST_AUTO_TEST_CASE(a_block_that_is_cut_anywhere_shows_no_other_values) {
    for_each_sample([](const std::string& name, const std::string& text) {
        const std::vector<DumpedVmcs> whole = parse_dumps(text, name);
        if (whole.size() != 1) return;
        const auto check = [&](const std::string& part, const std::string& what) {
            try {
                for (const DumpedVmcs& dump : parse_dumps(part, name))
                    BOOST_CHECK_MESSAGE(difference(dump, whole.front()).empty(),
                                        name << ", " << what << ": " << difference(dump, whole.front()));
            } catch (const InputError&) {
            }
        };
        const Lines lines = lines_of(text);
        for (size_t i = 0; i <= lines.size(); ++i) {
            check(joined({lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(i)}),
                  "the first " + std::to_string(i) + " lines");
            check(joined({lines.begin() + static_cast<std::ptrdiff_t>(i), lines.end()}),
                  "without the first " + std::to_string(i) + " lines");
        }
        // Values are padded in these formats, so that a cut inside a value shows, too.
        const DumpFormat format = whole.front().format;
        if (format != DumpFormat::kvm && format != DumpFormat::xen && format != DumpFormat::qemu) return;
        for (size_t i = 0; i < text.size(); i += 31) {
            check(text.substr(0, i), "the first " + std::to_string(i) + " characters");
            check(text.substr(i), "without the first " + std::to_string(i) + " characters");
        }
    });
}

BOOST_AUTO_TEST_CASE(lost_lines_show_no_other_values) {
    for_each_sample([](const std::string& name, const std::string& text) {
        const std::vector<DumpedVmcs> whole = parse_dumps(text, name);
        if (whole.size() != 1) return;
        for (size_t lost = 0; lost < lines_of(text).size(); ++lost) {
            Lines lines = lines_of(text);
            lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(lost));
            try {
                for (const DumpedVmcs& dump : parse_dumps(joined(lines), name))
                    BOOST_CHECK_MESSAGE(difference(dump, whole.front()).empty(),
                                        name << " without line " << lost + 1 << ": " << difference(dump, whole.front()));
            } catch (const InputError&) {
            }
        }
    });
}

BOOST_AUTO_TEST_CASE(interleaved_dumps_are_separated_by_the_caller) {
    const Lines a = lines_of(without_comments(sample_text("010"))), b = lines_of(without_comments(sample_text("011")));
    const Lines c = lines_of(replaced(without_comments(sample_text("005")), "[T78789]", ""));
    const DumpedVmcs first = only_dump(joined(a)), third = only_dump(joined(c));
    std::mt19937 random(7);
    for (int round = 0; round < 20; ++round) {
        std::string text;
        for (size_t i = 0, j = 0; i < a.size() || j < c.size();) {
            const bool from_a = j == c.size() || (i < a.size() && random() % 2 == 0);
            // Wrapped rests of lines carry no prefix and follow at once.
            text += from_a ? "[ 1.0][T1] " + a[i++] + "\n" : replaced(c[j++], "> [", "[ 1.0][T2] [") + "\n";
        }
        const std::vector<DumpedVmcs> dumps = parse_dumps(text, "text");
        BOOST_REQUIRE_EQUAL(dumps.size(), 2u);
        for (const DumpedVmcs& dump : dumps) {
            const bool is_third = dump.vmcs.vmcs[Field::ept_pointer] == third.vmcs.vmcs[Field::ept_pointer];
            BOOST_CHECK_EQUAL(difference(dump, is_third ? third : first), "");
            BOOST_CHECK_EQUAL(difference(is_third ? third : first, dump), "");
            BOOST_CHECK(has_note(dump, "between those of another dump"));
        }
    }
}

BOOST_AUTO_TEST_CASE(alternating_lines_without_a_caller_are_separated_by_their_order_and_doubted) {
    Lines a = lines_of(without_comments(sample_text("008")));
    Lines b = a;
    for (std::string& line : b)
        line = replaced(replaced(line, "0x0000000004442000", "0x0000000005552000"), "0x0000000299e9305e", "0x0000000299e9405e");
    std::string text;
    for (size_t i = 0; i < a.size(); ++i) text += a[i] + "\n" + b[i] + "\n";
    const std::vector<DumpedVmcs> dumps = parse_dumps(text, "text");
    BOOST_REQUIRE_EQUAL(dumps.size(), 2u);
    BOOST_CHECK_EQUAL(difference(only_dump(joined(a)), dumps[0]), "");
    BOOST_CHECK_EQUAL(difference(only_dump(joined(b)), dumps[1]), "");
    for (const DumpedVmcs& dump : dumps) BOOST_CHECK(has_note(dump, "may be wrong"));
}

BOOST_AUTO_TEST_CASE(dumps_that_follow_each_other_stay_apart) {
    std::string all;
    size_t count = 0;
    for (const std::string name : {"001", "003", "008", "010", "020", "021", "024"}) {
        all += without_comments(sample_text(name)) + "\n";
        count += parse_dumps(without_comments(sample_text(name)), name).size();
    }
    const std::vector<DumpedVmcs> dumps = parse_dumps(all, "text");
    BOOST_REQUIRE_EQUAL(dumps.size(), count);
    BOOST_CHECK_EQUAL(difference(dumps[1], only_dump(without_comments(sample_text("003")))), "");
    BOOST_CHECK_EQUAL(difference(dumps[6], only_dump(without_comments(sample_text("024")))), "");
}

BOOST_AUTO_TEST_CASE(damaged_bytes_give_dumps_or_an_input_error) {
    std::mt19937 random(1);
    for_each_sample([&](const std::string& name, const std::string& text) {
        for (int round = 0; round < 40; ++round) {
            std::string damaged = text;
            for (int i = 0; i < 4; ++i) damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
            try {
                BOOST_CHECK(!parse_dumps(damaged, name).empty());
            } catch (const InputError&) {
            }
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vmxsim::import
