// SPDX-License-Identifier: MIT
// Reads the values of one state block.
#include "import/state_block.hpp"

#include <algorithm>

#include "base/number.hpp"

namespace vmxsim::import {
namespace {

class BlockParser {
public:
    BlockParser(const Block& block, BlockContext& context)
        : block_(block),
          context_(context),
          builder_(format_of(block, context), context.file, block.lines.front()->place(0).line),
          is_certain_(std::any_of(block.lines.begin(), block.lines.end(), [](const BlockLine* line) {
              return line->kind != BlockLineKind::keys || line->prefixed ||
                     (line->row >= 0 && !kBlockKeys[line->row].label.empty());
          })) {}

    DumpedVmcs run() {
        for (const BlockLine* line : block_.lines) read(*line);
        if (!undecided_.empty())
            builder_.note("line " + std::to_string(undecided_.front().place.line) +
                          ": values that may be the guest's or the host's are left out, because the text does not show which");
        settle_short_values();
        read_kvm_msr_lists(block_, builder_);
        if (block_.interleaved)
            builder_.note("its lines lie between those of another dump; separated by the caller that the log shows" + caller());
        if (block_.doubtful)
            builder_.note(
                "its lines lie between those of another dump and name no CPU or thread; separated by their order, which may be "
                "wrong");
        builder_.dump.id = name_;
        return builder_.finish();
    }

private:
    struct Undecided {
        const BlockKey* guest;
        const BlockKey* host;
        const BlockLine* line;
        FoundKey key;
        FoundValue value;
        Place place;
    };
    struct ShortValue {
        Field field;
        u64 value;
        Place place;
        bool may_be_whole;
    };

    static DumpFormat format_of(const Block& block, const BlockContext& context) {
        if (context.format) return *context.format;
        const bool xen = std::any_of(block.lines.begin(), block.lines.end(), [](const BlockLine* line) {
            return line->xen || is_xen_begin(line->text) || is_xen_segment_row(line->text);
        });
        return xen ? DumpFormat::xen : DumpFormat::kvm;
    }

    std::string caller() const {
        const u32 source = block_.lines.front()->source;
        return source == 0 ? "" : " (" + context_.text.sources[source] + ")";
    }

    void read(const BlockLine& line) {
        switch (line.kind) {
            case BlockLineKind::begin:
            case BlockLineKind::remark:
                if (is_kvm_begin(line.text)) {
                    const size_t begin = line.text.find("VMCS ");
                    name_ = line.text.substr(begin == std::string::npos ? 0 : begin);
                } else {
                    read_xen_remark(line, builder_, name_, context_.domain);
                }
                return;
            case BlockLineKind::guest_heading: return enter(BlockSection::guest, BlockSection::guest);
            case BlockLineKind::host_heading: return enter(BlockSection::host, BlockSection::guest);
            case BlockLineKind::control_heading: return enter(BlockSection::control, BlockSection::host);
            case BlockLineKind::keys: break;
        }
        // A text that was cut at its beginning may start within a word: its first key is not to be relied on.
        bool doubtful = !line.prefixed && line.pieces.front().line == context_.text.lines.front().line;
        if (is_xen_segment_row(line.text)) {
            if (doubtful && context_.vocabulary.may_be_a_rest(line.text)) return note_rest(line);
            enter(BlockSection::guest, BlockSection::guest);
            return read_xen_segment_row(line, builder_);
        }
        size_t position = 0;
        while (const auto key = context_.vocabulary.next_key(line.text, position, label_)) {
            if (doubtful && key->label.empty() && (key->begin != 0 || context_.vocabulary.may_be_a_rest(line.text))) {
                note_rest(line);
                doubtful = false;
                continue;
            }
            if (doubtful && !key->label.empty() && context_.vocabulary.may_be_a_rest(line.text)) return note_rest(line);
            doubtful = false;
            const FoundValue value = read_value(line.text, key->value);
            if (value.malformed && !is_certain_) continue;  // prose may hold a key by chance
            if (value.malformed)
                builder_.fail(line.place(key->value), "expected a hexadecimal value for " + std::string(key->key) + ", found '" +
                                                          line.text.substr(key->value, 24) + "'");
            take(line, *key, value);
            position = std::max(position, value.end);
        }
    }

    // A section begins; what was undecided before belongs to `before`.
    void enter(BlockSection section, BlockSection before) {
        section_ = section;
        if (before == BlockSection::control) return;
        const std::vector<Undecided> undecided = std::move(undecided_);
        undecided_.clear();
        for (const Undecided& one : undecided)
            store(before == BlockSection::guest ? *one.guest : *one.host, *one.line, one.key, one.value, one.place);
    }

    void take(const BlockLine& line, const FoundKey& key, const FoundValue& value) {
        const Place place = line.place(key.value);
        const BlockKey& row = kBlockKeys[key.rows.front()];
        if (key.rows.size() == 1) {
            // TSC Offset stands among the guest's state in old Xen: a control is no sign that its section has begun.
            if (!section_ || (row.section == BlockSection::host && section_ == BlockSection::guest))
                enter(row.section, row.section);
            return store(row, line, key, value, place);
        }
        const BlockKey& other = kBlockKeys[key.rows.back()];
        if (!section_) section_ = section_by_print(line, key, value);
        if (!section_) {
            undecided_.push_back({&row, &other, &line, key, value, place});
            return;
        }
        // A second RIP without a heading between them is the host's: the heading is missing.
        if (section_ == BlockSection::guest && builder_.knows(row.field) && !builder_.knows(other.field) &&
            !key_is_new(row, line))
            section_ = BlockSection::host;
        store(section_ == BlockSection::guest ? row : other, line, key, value, place);
    }

    // Both hypervisors print the guest's CR3 with 0x and the host's without, and the guest's RSP before its RIP.
    std::optional<BlockSection> section_by_print(const BlockLine& line, const FoundKey& key, const FoundValue& value) const {
        if (key.key == "CR3") return value.prefixed ? BlockSection::guest : BlockSection::host;
        if (key.key != "RSP" && key.key != "RIP") return std::nullopt;
        const size_t rsp = line.text.find("RSP ="), rip = line.text.find("RIP =");
        if (rsp == std::string::npos || rip == std::string::npos || old_xen_) return std::nullopt;
        return rsp < rip ? BlockSection::guest : BlockSection::host;
    }

    bool key_is_new(const BlockKey& row, const BlockLine& line) const {
        const auto known = builder_.dump.lines.find(row.field);
        return known == builder_.dump.lines.end() || known->second == line.place(0).line;
    }

    void store(const BlockKey& row, const BlockLine& line, const FoundKey& key, const FoundValue& value, Place place) {
        if (row.field == Field::none) return;
        if (row.key == "CS:RIP") return store_sysenter(row, line, value, place);
        if (row.key == "SVI|RVI") return store_interrupt_status(line, value, place);
        if (row.key == "target_count") {
            const auto count = parse_number(line.text.substr(key.value, value.end - key.value));
            if (count) put(row, *count, value, line, place);
            return;
        }
        const bool efer = row.field == Field::guest_ia32_efer || row.field == Field::host_ia32_efer;
        if (efer && !value.prefixed) return;  // both hypervisors print it with 0x; QEMU without
        if (row.field == Field::guest_ia32_efer && is_no_field(line, key, value)) return;
        // Xen before 4.4 prints the entry's instruction length here.
        if (row.field == Field::vm_exit_instruction_length && old_xen_) return;
        old_xen_ = old_xen_ || (row.label == "CR3" && row.key == "actual");
        put(row, value.value, value, line, place);
    }

    // "EFER= 0x.. (effective)", "(autoload)", "EFER(MSR LL) =": not what the VMCS holds.
    bool is_no_field(const BlockLine& line, const FoundKey& key, const FoundValue& value) {
        std::string_view after = std::string_view(line.text).substr(value.end);
        after.remove_prefix(std::min(after.find_first_not_of(' '), after.size()));
        const bool remark = after.starts_with("(e") || after.starts_with("(a") || after == "(";
        if (!remark && key.remark != "MSR LL") return false;
        if (value.digits >= 16) builder_.dump.effective_efer = value.value;
        return true;
    }

    void store_sysenter(const BlockKey& row, const BlockLine& line, const FoundValue& selector, Place place) {
        const Field cs = row.section == BlockSection::guest ? Field::guest_ia32_sysenter_cs : Field::host_ia32_sysenter_cs;
        constexpr unsigned kSelectorDigits = 4;
        if (selector.digits < kSelectorDigits || selector.end >= line.text.size() || line.text[selector.end] != ':')
            return note_cut(row, place);
        builder_.set(cs, selector.value, place);
        const FoundValue pointer = read_value(line.text, selector.end + 1);
        if (pointer.malformed)
            builder_.fail(line.place(selector.end + 1), "expected the SYSENTER instruction pointer in hexadecimal");
        put(row, pointer.value, pointer, line, place);
    }

    void store_interrupt_status(const BlockLine& line, const FoundValue& servicing, Place place) {
        const FoundValue requesting = read_value(line.text, servicing.end + 1);
        const bool whole = servicing.digits == 2 && servicing.end < line.text.size() && line.text[servicing.end] == '|' &&
                           requesting.digits == 2 && !requesting.malformed;
        if (whole) builder_.set(Field::guest_interrupt_status, servicing.value << 8 | requesting.value, place);
    }

    // Fewer digits than the hypervisor prints: the line was cut or is another program's, unless this one never pads.
    void put(const BlockKey& row, u64 value, const FoundValue& found, const BlockLine& line, Place place) {
        const bool ends_the_text = found.at_end && line.last_of_text && context_.text.ends_within_a_line;
        // Printed with 16 digits by some versions and with 8 by others; and "(effective)" may be what was cut.
        const bool varies = (row.field == Field::exit_qualification && found.digits < 16) ||
                            (row.field == Field::guest_rflags && old_xen_ && found.digits < 16) ||
                            row.field == Field::guest_ia32_efer;
        const bool too_long = spec::info(row.field).value_mask() == 0xFFFF && found.digits > 4;
        const bool short_in_old_xen =
            row.field == Field::guest_interruptibility_state || row.field == Field::guest_activity_state;
        const unsigned needed = old_xen_ && short_in_old_xen ? 4 : row.digits;
        if (found.digits >= needed && !(ends_the_text && varies) && !too_long) {
            pads_ = pads_ || (row.digits > 2 && found.leading_zero);
            return builder_.set(row.field, value, place);
        }
        short_values_.push_back({row.field, value, place, found.digits != 0 && found.prefixed && !ends_the_text && !too_long});
    }

    void settle_short_values() {
        for (const ShortValue& one : short_values_) {
            if (!pads_ && one.may_be_whole)
                builder_.set(one.field, one.value, one.place);
            else
                builder_.note("line " + std::to_string(one.place.line) + ": the value of " +
                              std::string(spec::info(one.field).name) + " is cut off, and left out");
        }
    }

    void note_rest(const BlockLine& line) {
        builder_.note("line " + std::to_string(line.place(0).line) +
                      ": the text begins within a line; its first value is left out");
    }

    void note_cut(const BlockKey& row, Place place) {
        builder_.note("line " + std::to_string(place.line) + ": the value of " + std::string(row.key) +
                      " is cut off, and left out");
    }

    const Block& block_;
    BlockContext& context_;
    DumpBuilder builder_;
    bool is_certain_;  // that this is a state block: it has headings, labels, or a logger's prefixes
    std::string name_;
    std::string_view label_;
    std::optional<BlockSection> section_;
    std::vector<Undecided> undecided_;
    std::vector<ShortValue> short_values_;
    bool pads_ = false;  // some value has zeros in front
    bool old_xen_ = false;
};

}  // namespace

Place BlockLine::place(size_t offset) const {
    const auto after =
        std::upper_bound(pieces.begin(), pieces.end(), offset, [](size_t at, const Piece& piece) { return at < piece.offset; });
    const Piece& piece = after == pieces.begin() ? pieces.front() : *std::prev(after);
    return {piece.line, piece.column + static_cast<unsigned>(offset - piece.offset)};
}

DumpedVmcs read_block(const Block& block, BlockContext& context) { return BlockParser(block, context).run(); }

}  // namespace vmxsim::import
