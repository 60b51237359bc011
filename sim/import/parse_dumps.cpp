// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <set>

#include "import/format_reader.hpp"
#include "import/msr_text.hpp"

namespace vmxsim::import {
namespace {

struct NamedFormat {
    DumpFormat format;
    std::string_view name;
};
constexpr NamedFormat kFormats[] = {{DumpFormat::kvm, "kvm"},
                                    {DumpFormat::xen, "xen"},
                                    {DumpFormat::qemu, "qemu"},
                                    {DumpFormat::haxm, "haxm"},
                                    {DumpFormat::hyperkit, "hyperkit"},
                                    {DumpFormat::noirvisor, "noirvisor"},
                                    {DumpFormat::field_list, "field_list"},
                                    {DumpFormat::json, "json"},
                                    {DumpFormat::msr, "msr"}};

constexpr size_t kLongestText = size_t{64} << 20;

std::vector<std::unique_ptr<FormatReader>> readers_for(const ReaderContext& context) {
    std::vector<std::unique_ptr<FormatReader>> readers;
    const auto wanted = [&](std::initializer_list<DumpFormat> formats) {
        return !context.format || std::find(formats.begin(), formats.end(), *context.format) != formats.end();
    };
    // A line goes to the first that takes it: the most particular format comes first.
    if (wanted({DumpFormat::noirvisor})) readers.push_back(make_noirvisor_reader(context));
    if (wanted({DumpFormat::qemu, DumpFormat::kvm})) readers.push_back(make_qemu_reader(context));
    if (wanted({DumpFormat::kvm, DumpFormat::xen})) readers.push_back(make_state_block_reader(context));
    if (wanted({DumpFormat::field_list, DumpFormat::haxm, DumpFormat::hyperkit}))
        readers.push_back(make_field_list_reader(context));
    readers.push_back(make_msr_reader(context));
    return readers;
}

void read_lines(const CleanText& text, const std::vector<std::unique_ptr<FormatReader>>& readers) {
    FormatReader* last = nullptr;
    const CleanLine* before = nullptr;
    for (const CleanLine& line : text.lines) {
        const bool adjacent = before != nullptr && last != nullptr && line.line <= before->line + 2;
        const bool continues = adjacent && !line.prefixed && !line.comment;
        FormatReader* taker = nullptr;
        if (continues && last->take(line, true)) taker = last;
        for (size_t i = 0; taker == nullptr && i < readers.size(); ++i)
            if (!(continues && readers[i].get() == last) && readers[i]->take(line, false)) taker = readers[i].get();
        last = taker;
        before = &line;
    }
}

// A number like "hardware error 0x80000021" that QEMU logged without registers belongs to the VMCS in the same text.
void attach_lone_numbers(std::vector<DumpedVmcs>& dumps) {
    const auto is_lone = [](const DumpedVmcs& dump) {
        return dump.format == DumpFormat::qemu && dump.hypervisor_number && dump.vmcs.known.none() && dump.other_values.empty();
    };
    std::set<u64> numbers;
    for (const DumpedVmcs& dump : dumps)
        if (dump.hypervisor_number) numbers.insert(*dump.hypervisor_number);
    if (numbers.size() != 1) return;
    bool attached = false;
    for (DumpedVmcs& dump : dumps) {
        if ((dump.format != DumpFormat::kvm && dump.format != DumpFormat::qemu) || is_lone(dump)) continue;
        if (!dump.hypervisor_number) dump.hypervisor_number = *numbers.begin();
        attached = true;
    }
    if (attached) std::erase_if(dumps, is_lone);
}

// A text of nothing but capability MSRs.
void read_msrs(std::string_view text, const std::string& file, DumpList& out) {
    DumpBuilder builder(DumpFormat::msr, file, 1);
    const MsrText msrs = parse_msr_text(text, file);
    for (const auto& [index, value] : msrs.msrs)
        if (value) builder.dump.capability_msrs[index] = *value;
    for (const std::string& warning : msrs.warnings) builder.note(warning);
    out.add(builder.finish());
}

}  // namespace

std::string_view to_string(DumpFormat format) {
    const auto row =
        std::find_if(std::begin(kFormats), std::end(kFormats), [&](const NamedFormat& one) { return one.format == format; });
    return row == std::end(kFormats) ? "unknown" : row->name;
}

std::optional<DumpFormat> find_dump_format(std::string_view name) {
    const auto row =
        std::find_if(std::begin(kFormats), std::end(kFormats), [&](const NamedFormat& one) { return one.name == name; });
    return row == std::end(kFormats) ? std::nullopt : std::optional(row->format);
}

std::vector<DumpedVmcs> parse_dumps(std::string_view text, const std::string& file, std::optional<DumpFormat> format) {
    if (text.size() > kLongestText) throw InputError({file, 0, 0}, "expected a text of at most 64 MB, found a longer one");
    DumpList list(file);
    if (format == DumpFormat::json || (!format && looks_like_json(text))) {
        read_json_dumps(text, file, list);
    } else if (format == DumpFormat::msr) {
        read_msrs(text, file, list);
    } else {
        const CleanText clean = clean_text(text);
        const ReaderContext context{file, clean, format};
        const auto readers = readers_for(context);
        read_lines(clean, readers);
        for (const auto& reader : readers) reader->finish(list);
        attach_lone_numbers(list.dumps);
    }
    if (list.dumps.empty())
        throw InputError({file, 0, 0},
                         "expected a VMCS dump (kvm_intel, Xen, QEMU, HAXM, hyperkit, NoirVisor), a list of fields such as "
                         "GUEST_RIP = 0x1000, or JSON; found none");
    std::stable_sort(list.dumps.begin(), list.dumps.end(),
                     [](const DumpedVmcs& a, const DumpedVmcs& b) { return a.line < b.line; });
    for (size_t i = 0; i < list.dumps.size(); ++i)
        if (list.dumps[i].id.empty()) list.dumps[i].id = file + "#" + std::to_string(i + 1);
    return std::move(list.dumps);
}

}  // namespace vmxsim::import
