// SPDX-License-Identifier: MIT
// QEMU's register print ("EAX=.. EIP=.. EFL=.."), and its line "KVM: entry failed, hardware error 0x..".
// What it prints is the guest's view. Known fields follow from it where KVM puts the guest's value into the VMCS as it
// is: selectors, limits, access rights, RFLAGS, DR7, and what QEMU prints in full width. CR0 and CR4 are not among them:
// their fields have bits of KVM's own (CR0.NE, CR4.VMXE) that the guest does not see.
#include <algorithm>
#include <array>
#include <cctype>

#include "base/number.hpp"
#include "import/format_reader.hpp"
#include "state/segment.hpp"

namespace vmxsim::import {
namespace {

struct Token {
    std::string text;
    bool key;
    Place place;
};

constexpr std::array<std::string_view, 8> kSegments{"ES", "CS", "SS", "DS", "FS", "GS", "LDT", "TR"};  // order of the encodings

bool is_hex(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// "hardware error 0x80000021" of QEMU and others that show KVM's number.
std::optional<u64> hypervisor_number(std::string_view text) {
    struct Phrase {
        std::string_view words;
        bool needs_kvm, plain_is_hex;
    };
    constexpr Phrase kPhrases[] = {{"hardware error ", true, true},
                                   {"entry failed with error ", false, true},
                                   {"unhandled exit ", false, true},
                                   {"hardware_entry_failure_reason", false, false},
                                   {"hardware entry failure reason", false, false}};
    text = text.substr(0, 300);
    for (const Phrase& phrase : kPhrases) {
        const size_t at = text.find(phrase.words);
        if (at == std::string_view::npos) continue;
        if (phrase.needs_kvm && text.find("KVM") == std::string_view::npos && text.find("kvm") == std::string_view::npos &&
            text.find("QEMU") == std::string_view::npos)
            continue;
        std::string_view rest = text.substr(at + phrase.words.size());
        rest.remove_prefix(std::min(rest.find_first_not_of(" :=("), rest.size()));
        const bool prefixed = rest.starts_with("0x");
        if (prefixed) rest.remove_prefix(2);
        size_t digits = 0;
        while (digits < rest.size() && std::isxdigit(static_cast<unsigned char>(rest[digits])) != 0) ++digits;
        rest = rest.substr(0, digits);
        if (const auto number = prefixed || phrase.plain_is_hex ? parse_hex_digits(rest) : parse_number(rest)) return number;
    }
    return std::nullopt;
}

// "CS =c200 7ffc2000 ..", "LDT=0000 ..", "GDT=     4e652fb0 00000057"
bool is_segment_line(std::string_view text) {
    const size_t equals = text.substr(0, 5).find('=');
    if (equals == std::string_view::npos) return false;
    std::string_view name = text.substr(0, equals);
    while (name.ends_with(' ')) name.remove_suffix(1);
    std::string_view rest = text.substr(equals + 1);
    if (name == "GDT" || name == "IDT") return !rest.empty() && (rest[0] == ' ' || is_hex(rest.substr(0, 8)));
    if (std::find(kSegments.begin(), kSegments.end(), name) == kSegments.end()) return false;
    // A host's "CS=0010 SS=0018" in a state block has no base behind the selector.
    return rest.size() >= 13 && is_hex(rest.substr(0, 4)) && rest[4] == ' ' && is_hex(rest.substr(5, 8));
}

bool is_register_line(std::string_view text) {
    const std::string_view start = text.substr(0, 4);
    for (const std::string_view name : {"EAX=", "RAX=", "ESI=", "RSI=", "R8 =", "R12=", "EIP="})
        if (start == name) return true;
    if (start == "RIP=" && text.find("RFL=") != std::string_view::npos) return true;
    if (text.starts_with("CR") && text.find("CR2=") != std::string_view::npos) return true;
    if (start == "DR0=" || start == "DR3=" || start == "DR6=" || start == "DR2=") return true;
    return is_segment_line(text);
}

class QemuDump {
public:
    QemuDump(const std::string& file, unsigned line) : builder_(DumpFormat::qemu, file, line) {}

    bool has_registers() const { return !tokens_.empty(); }
    bool has_key(std::string_view name) const {
        return std::any_of(tokens_.begin(), tokens_.end(), [&](const Token& token) { return token.key && token.text == name; });
    }
    DumpBuilder& builder() { return builder_; }
    void set_number(u64 number) { builder_.dump.hypervisor_number = number; }
    bool has_number() const { return builder_.dump.hypervisor_number.has_value(); }
    size_t size() const { return tokens_.size(); }

    // Words, and whether '=' follows them.
    void add(const CleanLine& line) {
        const std::string_view text = line.text;
        size_t position = 0;
        while (position < text.size()) {
            const size_t begin = text.find_first_not_of(' ', position);
            if (begin == std::string_view::npos) return;
            const size_t end = std::min(text.find_first_of(" =", begin), text.size());
            const size_t next = std::min(text.find_first_not_of(' ', end), text.size());
            const bool key = next < text.size() && text[next] == '=' && next - end <= 1;
            if (end > begin)
                tokens_.push_back(
                    {std::string(text.substr(begin, end - begin)), key, {line.line, line.column + static_cast<unsigned>(begin)}});
            position = std::max(key ? next + 1 : end, begin + 1);
        }
    }

    DumpedVmcs finish() {
        if (tokens_.empty()) return builder_.finish();
        builder_.dump.registers_only = true;
        wide_ = has_key("RIP") || has_key("RAX");
        for (size_t i = 0; i < tokens_.size(); ++i)
            if (tokens_[i].key) read(i);
        builder_.note(
            "QEMU prints registers as the guest sees them, without controls, interruptibility and host state; kvm_intel with "
            "dump_invalid_vmcs=1 prints the VMCS to the kernel's log");
        if (const auto cr0 = builder_.dump.other_values.find("CR0");
            cr0 != builder_.dump.other_values.end() && !is_set(cr0->second, 0))
            builder_.note(
                "the guest's CR0.PE is 0: without \"unrestricted guest\" KVM runs it as virtual-8086, and the VMCS holds other "
                "segments and RFLAGS than these");
        if (!wide_) builder_.note("QEMU prints bits 31:0 of addresses outside 64-bit mode: bases, RIP, RSP and CR3 are left out");
        return builder_.finish();
    }

private:
    // The value at a distance behind a key, when it is hexadecimal with as many digits.
    std::optional<u64> value(size_t key, size_t distance, size_t digits) const {
        for (size_t i = key + 1; i <= key + distance; ++i)
            if (i >= tokens_.size() || tokens_[i].key) return std::nullopt;
        const std::string& text = tokens_[key + distance].text;
        return text.size() == digits && is_hex(text) ? parse_hex_digits(text) : std::nullopt;
    }

    void read(size_t key) {
        const std::string& name = tokens_[key].text;
        const Place place = tokens_[key].place;
        const size_t width = wide_ ? 16 : 8;
        const auto segment = std::find(kSegments.begin(), kSegments.end(), name);
        if (segment != kSegments.end()) return read_segment(key, static_cast<size_t>(segment - kSegments.begin()));
        if (name == "GDT" || name == "IDT") {
            const bool gdt = name == "GDT";
            const auto base = value(key, 1, width), limit = value(key, 2, 8);
            if (base && wide_) builder_.set(gdt ? Field::guest_gdtr_base : Field::guest_idtr_base, *base, place);
            if (limit) builder_.set(gdt ? Field::guest_gdtr_limit : Field::guest_idtr_limit, *limit, place);
            return;
        }
        if (name == "EFL" || name == "RFL") {
            if (const auto flags = value(key, 1, 8)) builder_.set(Field::guest_rflags, *flags, place);
        } else if (name == "DR7") {
            if (const auto dr7 = value(key, 1, 16)) builder_.set(Field::guest_dr7, *dr7, place);
        } else if (name == "RIP" || name == "RSP" || (name == "CR3" && wide_)) {
            const Field field = name == "RIP" ? Field::guest_rip : name == "RSP" ? Field::guest_rsp : Field::guest_cr3;
            if (const auto address = value(key, 1, 16)) builder_.set(field, *address, place);
        } else if (name == "EFER") {
            const auto efer = value(key, 1, 16);
            if (efer) builder_.dump.effective_efer = efer;
        } else if (name == "CR0" || name == "CR4" || name == "EIP" || name == "ESP" || name == "CR3") {
            if (const auto number = value(key, 1, 8)) builder_.dump.other_values.try_emplace(name, *number);
        } else if (name == "CPL" || name == "II" || name == "SMM" || name == "HLT" || name == "A20") {
            if (const auto number = value(key, 1, 1)) builder_.dump.other_values.try_emplace(name, *number);
        }
    }

    void read_segment(size_t key, size_t segment) {
        const Place place = tokens_[key].place;
        const auto selector = value(key, 1, 4), base = value(key, 2, wide_ ? 16 : 8), limit = value(key, 3, 8),
                   flags = value(key, 4, 8);
        const auto at = [&](Field first) { return static_cast<Field>(static_cast<size_t>(first) + segment); };
        if (selector) builder_.set(at(Field::guest_es_selector), *selector, place);
        if (base && wide_) builder_.set(at(Field::guest_es_base), *base, place);
        if (base && !wide_) builder_.dump.other_values.try_emplace(std::string(kSegments[segment]) + " base", *base);
        if (limit) builder_.set(at(Field::guest_es_limit), *limit, place);
        if (!flags) return;
        // Bits 23:8 of a descriptor's second word, of which 19:16 belong to the limit. KVM shows an unusable register
        // as one that is not present, and loads one that is not present as unusable.
        u32 rights = static_cast<u32>(*flags >> 8) & 0xF0FF;
        if (!AccessRights{rights}.present()) rights |= kUnusable;
        builder_.set(at(Field::guest_es_access_rights), rights, place);
    }

    DumpBuilder builder_;
    std::vector<Token> tokens_;
    bool wide_ = false;
};

class QemuReader : public FormatReader {
public:
    explicit QemuReader(const ReaderContext& context) : context_(context) {}

    bool take(const CleanLine& line, bool continues) override {
        if (line.comment) return false;
        // "KVM: entry failed, hardware" / "error 0x80000021", wrapped.
        const std::string whole =
            continues && !unfinished_.empty() ? unfinished_ + " " + std::string(line.text.substr(0, 80)) : std::string();
        unfinished_.clear();
        if (line.text.size() < 200 && line.text.find("KVM: entry") != std::string_view::npos && !hypervisor_number(line.text)) {
            unfinished_ = line.text;
            return true;
        }
        if (const auto number = hypervisor_number(whole.empty() ? line.text : whole)) {
            begin(line.line);
            dumps_.back().set_number(*number);
            open_ = true;
            return true;
        }
        const std::string_view text = line.text;
        if (!is_register_line(text)) {
            if (!open_ || !dumps_.back().has_registers()) return false;
            const bool efer = text.starts_with("EFER=") && text.find("0x") == std::string_view::npos;
            const bool more = efer || text.starts_with("CR") || text.starts_with("CCS=") || text.starts_with("Code=") ||
                              (continues && (text.find('=') != std::string_view::npos || is_hex(text.substr(0, text.find(' ')))));
            if (!more) return false;
        }
        const std::string_view first = text.substr(0, 3);
        if (!open_ || ((first == "EAX" || first == "RAX" || first == "EIP") && dumps_.back().has_key(first))) begin(line.line);
        open_ = true;
        if (dumps_.back().size() < kMostTokens) dumps_.back().add(line);
        return true;
    }

    void finish(DumpList& out) override {
        for (QemuDump& dump : dumps_) out.add(dump.finish());
    }

private:
    static constexpr size_t kMostTokens = 512;
    static constexpr size_t kMostDumps = 5000;  // DumpList refuses fewer

    void begin(unsigned line) {
        if (dumps_.size() < kMostDumps) dumps_.emplace_back(context_.file, line);
    }

    ReaderContext context_;
    std::vector<QemuDump> dumps_;
    std::string unfinished_;  // the beginning of a message whose number is still to come
    bool open_ = false;
};

}  // namespace

std::unique_ptr<FormatReader> make_qemu_reader(const ReaderContext& context) { return std::make_unique<QemuReader>(context); }

}  // namespace vmxsim::import
