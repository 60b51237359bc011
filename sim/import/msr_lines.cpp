// SPDX-License-Identifier: MIT
// Capability MSRs among the lines of a dump: "0x480 0x00da040000000004", "480: da040000000004", "rdmsr 0x480 = 0x...".
// Texts of nothing else, in all the forms that programs give them, are msr_text.cpp's.
#include <algorithm>

#include "base/number.hpp"
#include "import/format_reader.hpp"
#include "vmcs/cpu_profile.hpp"

namespace vmxsim::import {
namespace {

class MsrReader : public FormatReader {
public:
    explicit MsrReader(const ReaderContext& context) : context_(context) {}

    bool take(const CleanLine& line, bool) override {
        if (line.comment) return false;
        std::string_view rest = line.text.substr(0, 120);
        std::vector<std::string_view> words;
        while (words.size() < 5) {
            rest.remove_prefix(std::min(rest.find_first_not_of(" :=,[]()"), rest.size()));
            if (rest.empty()) break;
            const size_t end = std::min(rest.find_first_of(" :=,[]()"), rest.size());
            words.push_back(rest.substr(0, end));
            rest.remove_prefix(end);
        }
        if (!words.empty() && (words[0] == "rdmsr" || words[0] == "MSR" || words[0] == "msr" || words[0].starts_with("IA32_")))
            words.erase(words.begin());
        if (words.size() < 2) return false;
        const auto index = hex_number(words[0]);
        if (!index || *index > 0xFFFF || !VmxMsrs::contains(static_cast<u32>(*index))) return false;
        const auto value = hex_number(words[1]);
        if (!value || words[1].size() < 1) return false;
        if (msrs_.empty()) line_ = line.line;
        msrs_.try_emplace(static_cast<u32>(*index), *value);
        return true;
    }

    void finish(DumpList& out) override {
        if (msrs_.empty()) return;
        // They describe the processor of the dumps that the text shows; alone, they are all there is.
        for (DumpedVmcs& dump : out.dumps) dump.capability_msrs = msrs_;
        if (!out.dumps.empty()) return;
        DumpBuilder builder(DumpFormat::msr, context_.file, line_);
        builder.dump.capability_msrs = msrs_;
        out.add(builder.finish());
    }

private:
    static std::optional<u64> hex_number(std::string_view word) {
        if (word.starts_with("0x") || word.starts_with("0X")) word.remove_prefix(2);
        if (word.ends_with('h') || word.ends_with('H')) word.remove_suffix(1);
        return parse_hex_digits(word);
    }

    ReaderContext context_;
    std::map<u32, u64> msrs_;
    unsigned line_ = 0;
};

}  // namespace

std::unique_ptr<FormatReader> make_msr_reader(const ReaderContext& context) { return std::make_unique<MsrReader>(context); }

}  // namespace vmxsim::import
