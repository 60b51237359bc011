// SPDX-License-Identifier: MIT
// What kvm_intel's dump_vmcs prints around the state block: the first line, and the MSR lists (since Linux 5.10).
#include <algorithm>

#include "base/number.hpp"
#include "import/state_block.hpp"

namespace vmxsim::import {
namespace {

constexpr std::string_view kAttempt = ", last attempted VM-entry on CPU";

enum class List { none, entry_load, exit_load, exit_store };

List list_named(std::string_view text) {
    if (!text.starts_with("MSR ") || !text.ends_with(':')) return List::none;
    if (text.find("autostore") != std::string_view::npos) return List::exit_store;
    if (text.find("autoload") == std::string_view::npos) return List::none;
    return text.find("host") != std::string_view::npos ? List::exit_load : List::entry_load;
}

// "0: msr=0xc0000080 value=0x0000000000000d01"
std::optional<DumpedMsr> entry(std::string_view text, const BlockLine& line, const DumpBuilder& builder) {
    const size_t msr = text.find("msr="), value = text.find("value=");
    if (msr == std::string_view::npos || value == std::string_view::npos || value < msr) return std::nullopt;
    const FoundValue index = read_value(text, msr + 4), content = read_value(text, value + 6);
    for (const auto& [found, at] : {std::pair{index, msr + 4}, std::pair{content, value + 6}})
        if (found.malformed) builder.fail(line.place(at), "expected an MSR and its value in hexadecimal");
    constexpr unsigned kIndexDigits = 8, kValueDigits = 16;
    if (index.digits < kIndexDigits || index.value > 0xFFFFFFFF || content.digits < kValueDigits) return std::nullopt;  // cut
    return DumpedMsr{static_cast<u32>(index.value), content.value};
}

}  // namespace

bool is_kvm_begin(std::string_view text) { return text.substr(0, 60).find(kAttempt) != std::string_view::npos; }

bool is_kvm_msr_list_line(std::string_view text) {
    text = text.substr(0, 80);
    return list_named(text) != List::none ||
           (text.find("msr=") != std::string_view::npos && text.find("value=") != std::string_view::npos);
}

void read_kvm_msr_lists(const Block& block, DumpBuilder& builder) {
    const auto entries = [&](List list) -> std::vector<DumpedMsr>& {
        return list == List::entry_load  ? builder.dump.entry_msr_load
               : list == List::exit_load ? builder.dump.exit_msr_load
                                         : builder.dump.exit_msr_store;
    };
    constexpr size_t kMostEntries = 512;
    List list = List::none;
    unsigned begun = 0;
    const auto close = [&](bool complete) {
        constexpr Field kCounts[] = {Field::vm_entry_msr_load_count, Field::vm_exit_msr_load_count,
                                     Field::vm_exit_msr_store_count};
        if (list != List::none && complete) builder.set(kCounts[static_cast<size_t>(list) - 1], entries(list).size(), {begun, 0});
        list = List::none;
    };
    for (const BlockLine* line : block.lines) {
        const std::string_view text = line->text;
        if (const List named = line->kind == BlockLineKind::remark ? list_named(text) : List::none; named != List::none) {
            close(true);
            list = named;
            begun = line->place(0).line;
        } else if (const auto msr = line->kind == BlockLineKind::remark ? entry(text, *line, builder) : std::nullopt; msr) {
            if (list == List::none) continue;
            if (entries(list).size() < kMostEntries) entries(list).push_back(*msr);
        } else {
            close(line->kind != BlockLineKind::remark);
        }
    }
    close(false);
}

}  // namespace vmxsim::import
