// SPDX-License-Identifier: MIT
// NoirVisor's debug print: "Guest CS Segment - Selector: 0x10  Access-Rights: 0x209B  Limit: 0x0  Base: 0x..",
// "Guest EFER: 0x..  PAT: 0x..", "Failed at VM-Entry, Code=7".
#include <algorithm>
#include <cctype>

#include "base/number.hpp"
#include "import/format_reader.hpp"
#include "import/state_block.hpp"

namespace vmxsim::import {
namespace {

struct Row {
    std::string_view context, name;  // the words before the name that tell whose it is; the words before the colon
    Field field;
};

// clang-format off
#define SEGMENT_ROWS(context, segment)                                                                     \
    {context, "Selector", Field::guest_##segment##_selector}, {context, "Access-Rights", Field::guest_##segment##_access_rights}, \
    {context, "Limit", Field::guest_##segment##_limit}, {context, "Base", Field::guest_##segment##_base}
constexpr Row kRows[] = {
    SEGMENT_ROWS("Guest CS Segment", cs), SEGMENT_ROWS("Guest DS Segment", ds), SEGMENT_ROWS("Guest ES Segment", es),
    SEGMENT_ROWS("Guest FS Segment", fs), SEGMENT_ROWS("Guest GS Segment", gs), SEGMENT_ROWS("Guest SS Segment", ss),
    SEGMENT_ROWS("Guest Task Register", tr), SEGMENT_ROWS("Guest LDT Register", ldtr),
    {"Guest GDTR", "Limit", Field::guest_gdtr_limit}, {"Guest GDTR", "Base", Field::guest_gdtr_base},
    {"Guest IDTR", "Limit", Field::guest_idtr_limit}, {"Guest IDTR", "Base", Field::guest_idtr_base},
    {"Guest Control & Debug Registers", "CR0", Field::guest_cr0}, {"Guest Control & Debug Registers", "CR3", Field::guest_cr3},
    {"Guest Control & Debug Registers", "CR4", Field::guest_cr4}, {"Guest Control & Debug Registers", "DR7", Field::guest_dr7},
    {"Guest Special GPRs", "Rsp", Field::guest_rsp}, {"Guest Special GPRs", "Rip", Field::guest_rip},
    {"Guest Special GPRs", "RFlags", Field::guest_rflags},
    {"", "Guest Activity State", Field::guest_activity_state}, {"", "Interruptibility State", Field::guest_interruptibility_state},
    {"", "Pending Debug Exceptions", Field::guest_pending_debug_exceptions},
    {"", "Guest EFER", Field::guest_ia32_efer}, {"", "PAT", Field::guest_ia32_pat}, {"", "Debug Control", Field::guest_ia32_debugctl},
    {"", "Guest VMCS Link Pointer", Field::vmcs_link_pointer},
    {"", "Guest PDPTE0", Field::guest_pdpte0}, {"", "PDPTE1", Field::guest_pdpte1},
    {"", "PDPTE2", Field::guest_pdpte2}, {"", "PDPTE3", Field::guest_pdpte3},
    {"", "Pin-Based Controls", Field::pin_based_controls}, {"", "Primary Controls", Field::primary_processor_based_controls},
    {"", "Secondary Controls", Field::secondary_processor_based_controls}, {"", "Exception Bitmap", Field::exception_bitmap},
    {"", "VM-Exit Controls", Field::primary_vm_exit_controls}, {"", "VM-Entry Controls", Field::vm_entry_controls},
    {"", "EPT Pointer", Field::ept_pointer}, {"", "Event Injection", Field::vm_entry_interruption_information},
};
#undef SEGMENT_ROWS
// clang-format on

class NoirVisorReader : public FormatReader {
public:
    explicit NoirVisorReader(const ReaderContext& context) : context_(context) {}

    bool take(const CleanLine& line, bool continues) override {
        const bool tagged = line.text.starts_with(kTag);
        const bool segment =
            line.text.starts_with("Guest ") && line.text.substr(0, 60).find(" - Selector: 0x") != std::string_view::npos;
        if (!tagged && !segment) {
            if (!builder_ || !continues || wrapped_.text.size() > 1000) return false;
            // The rest of a wrapped line: of the value where digits meet digits.
            const bool prefix_cut = wrapped_.text.ends_with(" 0") && line.text.front() == 'x';
            wrapped_.text += prefix_cut || (ends_within_a_value(wrapped_.text) && begins_with_digits(line.text)) ? "" : " ";
            wrapped_.pieces.push_back({wrapped_.text.size(), line.line, line.column});
            wrapped_.text += line.text;
            return true;
        }
        read_wrapped();
        if (!builder_) builder_.emplace(DumpFormat::noirvisor, context_.file, line.line);
        const size_t begin = tagged ? kTag.size() : 0;
        constexpr size_t kLongestLine = 1024;
        wrapped_.text = line.text.substr(begin, kLongestLine);
        wrapped_.pieces = {{0, line.line, line.column + static_cast<unsigned>(begin)}};
        return true;
    }

    void finish(DumpList& out) override {
        read_wrapped();
        if (builder_) out.add(builder_->finish());
    }

private:
    static constexpr std::string_view kTag = "[NoirVisor]";

    static bool is_hex_digit(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

    static bool ends_within_a_value(std::string_view text) {
        while (!text.empty() && is_hex_digit(text.back())) text.remove_suffix(1);
        return text.ends_with("0x");
    }
    static bool begins_with_digits(std::string_view text) {
        const size_t end = std::min(text.find_first_not_of("0123456789abcdefABCDEF"), text.size());
        return end > 0 && (end == text.size() || text[end] == ' ');
    }

    void read_wrapped() {
        if (wrapped_.text.empty()) return;
        read_pairs(wrapped_);
        read_error(wrapped_.text);
        wrapped_ = {};
    }

    // Every "name: 0x.." of the line; context: what stands before " - ", or before a GDTR's limit.
    void read_pairs(const BlockLine& line) {
        const std::string_view text = line.text;
        size_t position = 0;
        for (size_t colon = text.find(':'); colon != std::string_view::npos; colon = text.find(':', colon + 1)) {
            if (colon == position || std::isalnum(static_cast<unsigned char>(text[colon - 1])) == 0) continue;
            const std::string_view before = text.substr(position, colon - position);
            const Row* row = nullptr;
            for (const Row& candidate : kRows)
                if (ends_with(before, candidate.name) && in_context(text.substr(0, colon), candidate.context) &&
                    (row == nullptr || candidate.name.size() > row->name.size()))
                    row = &candidate;
            if (row == nullptr) continue;
            const size_t begin = std::min(text.find_first_not_of(' ', colon + 1), text.size());
            const size_t end = std::min(text.find_first_of(" ,", begin), text.size());
            if (begin == end) continue;
            const Place place = line.place(begin);
            const std::string digits(text.substr(begin, end - begin));
            const auto value = parse_number(digits);
            if (!value && digits == "0x") continue;  // cut
            if (!value)
                builder_->fail(place,
                               "expected a number for " + std::string(row->name) + ", found '" + digits.substr(0, 32) + "'");
            builder_->set(row->field, *value, place);
            if (end == text.size() && context_.text.ends_within_a_line && place.line == context_.text.lines.back().line)
                builder_->note("line " + std::to_string(place.line) + ": the text ends with the value of " +
                               std::string(spec::info(row->field).name) + ", which may be cut");
            position = end;
        }
    }

    static bool ends_with(std::string_view text, std::string_view name) {
        while (text.ends_with(' ')) text.remove_suffix(1);
        return text.ends_with(name) && (text.size() == name.size() || text[text.size() - name.size() - 1] == ' ');
    }

    // The last "Guest .." before the name is the row's context.
    static bool in_context(std::string_view before, std::string_view context) {
        if (context.empty()) return true;
        const size_t at = before.rfind(context);
        return at != std::string_view::npos && before.find("Guest ", at + 1) == std::string_view::npos;
    }

    void read_error(std::string_view text) {
        const size_t at = text.find("Failed at VM-Entry, Code=");
        if (at == std::string_view::npos) return;
        text.remove_prefix(at + 25);
        size_t digits = 0;
        while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits])) != 0) ++digits;
        const auto number = parse_number(text.substr(0, digits));
        if (number && *number < 100) builder_->dump.vm_instruction_error = static_cast<u32>(*number);
    }

    ReaderContext context_;
    std::optional<DumpBuilder> builder_;
    BlockLine wrapped_;  // the line being put together
};

}  // namespace

std::unique_ptr<FormatReader> make_noirvisor_reader(const ReaderContext& context) {
    return std::make_unique<NoirVisorReader>(context);
}

}  // namespace vmxsim::import
