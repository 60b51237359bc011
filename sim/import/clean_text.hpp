// SPDX-License-Identifier: MIT
// Pasted logs as lines of plain text: what mail, terminals, web pages and loggers put around them is taken off, while
// every line still knows where it stood. Quoted-printable, ANSI colours, HTML entities and tags, non-breaking spaces,
// CRLF, "> " quoting, and the prefixes of syslog, journalctl, printk and Xen's console.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/types.hpp"

namespace vmxsim::import {

struct CleanLine {
    std::string_view text;  // without prefixes, without spaces at either end, never empty
    unsigned line = 0;      // of the input, from 1
    unsigned column = 0;    // where text begins, from 1
    u32 source = 0;         // the printk caller ("[T78789]", "[C3]") as a number; 0: the line does not say
    bool prefixed = false;  // a logger's prefix was taken off
    bool xen = false;       // and it was Xen's
    bool comment = false;   // the line begins with '#', before any prefix
};

struct CleanText {
    std::vector<char> storage;
    std::vector<CleanLine> lines;
    std::vector<std::string> sources;  // names of the callers: lines[i].source indexes it
    bool ends_within_a_line = false;   // the text does not end with a line break
};

CleanText clean_text(std::string_view text);

namespace detail {

// Takes one prefix off the front of text; false when there is none.
struct Prefix {
    bool xen = false;
    std::string_view source;  // the caller's name, when this prefix tells it
};
bool take_prefix(std::string_view& text, Prefix& prefix);

}  // namespace detail
}  // namespace vmxsim::import
