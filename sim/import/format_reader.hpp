// SPDX-License-Identifier: MIT
// One format of a dump: takes the lines that are its own, and makes dumps of them at the end of the text.
#pragma once

#include <memory>

#include "import/clean_text.hpp"
#include "import/dump_builder.hpp"

namespace vmxsim::import {

struct ReaderContext {
    const std::string& file;
    const CleanText& text;
    std::optional<DumpFormat> format;  // what the user said it is
};

class FormatReader {
public:
    virtual ~FormatReader() = default;

    // True when the line belongs to this format. continues: it follows the line that this reader took last, and has no
    // prefix of its own, so it may be the rest of a wrapped line.
    virtual bool take(const CleanLine& line, bool continues) = 0;
    virtual void finish(DumpList& out) = 0;
};

std::unique_ptr<FormatReader> make_state_block_reader(const ReaderContext& context);  // KVM and Xen
std::unique_ptr<FormatReader> make_qemu_reader(const ReaderContext& context);
std::unique_ptr<FormatReader> make_noirvisor_reader(const ReaderContext& context);
std::unique_ptr<FormatReader> make_field_list_reader(const ReaderContext& context);  // HAXM, hyperkit and plain lists
std::unique_ptr<FormatReader> make_msr_reader(const ReaderContext& context);

// The whole text is JSON, or JSON Lines.
bool looks_like_json(std::string_view text);
void read_json_dumps(std::string_view text, const std::string& file, DumpList& out);

}  // namespace vmxsim::import
