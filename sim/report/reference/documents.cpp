// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/number.hpp"
#include "report/reference/processors.hpp"
#include "report/reference/records.hpp"

namespace vmxsim::report {
namespace {

using namespace spec;

std::string head(std::string_view title, std::string_view introduction) {
    return fmt::format(
        "# {}\n\n<!-- Written by `vmxsim reference --write docs/generated`; do not edit. -->\n\n{}\n"
        "Section numbers are those of the edition in [sdm.md](../sdm.md).\n",
        title, introduction);
}

std::string vmcs_fields() {
    constexpr Column kColumns[] = {{"encoding", "encoding"},
                                   {"name", "name"},
                                   {"identifier", "identifier"},
                                   {"title", "title in the SDM"},
                                   {"exists", "exists"}};
    std::string text =
        head("VMCS fields", fmt::format("The {} fields of the VMCS, by width and type. The high half of a 64-bit field is its "
                                        "encoding plus 1 and its name with `_HIGH`.",
                                        kFieldCount));
    for (size_t first = 0; first < kFieldCount;) {
        Json records = Json::array();
        size_t next = first;
        for (; next < kFieldCount && group(kFields[next]) == group(kFields[first]); ++next) {
            records.push_back(field_record(kFields[next]));
            records.back()["identifier"] = kFields[next].identifier;
        }
        text += fmt::format("\n## SDM {}: {}\n\n", sdm_section(kFields[first]), group(kFields[first])) +
                markdown_table(records, kColumns);
        first = next;
    }
    return text;
}

std::string vmx_controls() {
    constexpr Column kColumns[] = {{"bit", "bit"},     {"name", "name in the SDM"}, {"identifier", "identifier"},
                                   {"linux", "Linux"}, {"vmxcap", "vmxcap"},        {"allowed", "processors"}};
    const Processors processors;
    std::string text =
        head("VMX controls", fmt::format("Every bit of every control word. The last column counts on how many of the {} named "
                                         "processors the bit may be 1.",
                                         processors.size()));
    for (size_t i = 0; i < kControlWordCount; ++i) {
        const auto word = static_cast<ControlWord>(i);
        Json records = Json::array();
        for (size_t c = 0; c < kControlCount; ++c) {
            if (kControls[c].word != word) continue;
            records.push_back(control_record(kControls[c]));
            records.back()["identifier"] = kControls[c].identifier;
            records.back()["linux"] = kControls[c].linux_name;
            records.back()["vmxcap"] = kControls[c].vmxcap_name;
            records.back()["allowed"] =
                processors.count([&](const Capabilities& cpu) { return cpu.allows(static_cast<Control>(c)); });
        }
        const ControlMsrs msrs = msrs_of(word);
        text += fmt::format(
            "\n## `{}`: {}\n\nSDM {}, field `{}`, reported by {} ({}){}.\n\n", to_string(word), info(field_of(word)).title,
            sdm_section(word), info(field_of(word)).name, find_vmx_msr(msrs.plain)->name, hex(msrs.plain),
            msrs.true_msr == 0 ? "" : fmt::format(" and {} ({})", find_vmx_msr(msrs.true_msr)->name, hex(msrs.true_msr)));
        text += markdown_table(records, kColumns);
    }
    return text;
}

std::string exit_reasons() {
    constexpr Column kColumns[] = {{"number", "number"},
                                   {"name", "name"},
                                   {"linux", "Linux"},
                                   {"cause", "cause or control"},
                                   {"records", "what the exit records"},
                                   {"delivery", "delivery"},
                                   {"cause_sdm", "cause in SDM"}};
    constexpr Column kBitColumns[] = {{"bit", "bit"}, {"name", "name"}, {"meaning", "meaning"}};
    Json records = Json::array(), exit_bits = Json::array();
    for (const ExitReasonInfo& reason : kExitReasons) {
        records.push_back(exit_record(reason));
        records.back()["linux"] = reason.linux_name;
    }
    for (const ExitReasonBitInfo& row : kExitReasonBits)
        exit_bits.push_back({{"bit", row.bit}, {"name", row.identifier}, {"meaning", row.meaning}});
    return head("Exit reasons", "Basic exit reasons, SDM Appendix C. Linux's names carry `EXIT_REASON_` in front.") + '\n' +
           markdown_table(records, kColumns) +
           "\n## Bits above the basic reason\n\nThe exit-reason field has 32 bits: the basic reason in 15:0 and these (SDM "
           "24.9.1).\n\n" +
           markdown_table(exit_bits, kBitColumns);
}

std::string vm_instruction_errors() {
    constexpr Column kColumns[] = {{"number", "number"}, {"text", "text"}, {"instructions", "instructions"}};
    Json records = Json::array();
    for (const VmInstructionErrorInfo& error : kVmInstructionErrors) records.push_back(error_record(error));
    return head("VM-instruction errors", "What the VM-instruction error field says after VMfailValid, SDM 30.4.") + '\n' +
           markdown_table(records, kColumns);
}

std::string vm_entry_checks() {
    constexpr Column kColumns[] = {{"check", "check"}, {"rule", "rule"}, {"fields", "fields"}, {"failure", "failure"}};
    const auto checks = vmx::all_checks();
    std::string text =
        head("VM-entry checks",
             fmt::format("The {} checks of VM entry, in the order in which vmxsim reports failures. A failure is VMfailValid "
                         "with an error number, or a failed entry with a basic exit reason.",
                         checks.size()));
    for (size_t first = 0; first < checks.size();) {
        Json records = Json::array();
        size_t next = first;
        for (; next < checks.size() && checks[next].sdm == checks[first].sdm; ++next)
            records.push_back(check_record(checks[next]));
        text += fmt::format("\n## SDM {}\n\n", checks[first].sdm) + markdown_table(records, kColumns);
        first = next;
    }
    return text;
}

std::string bit_range(unsigned high, unsigned low) {
    return high == low ? std::to_string(high) : fmt::format("{}:{}", high, low);
}

std::string vmx_msrs() {
    constexpr Column kColumns[] = {
        {"bits", "bits"}, {"name", "name"}, {"identifier", "identifier"}, {"vmxcap", "vmxcap"}, {"kind", "kind"}};
    std::string text = head("VMX MSRs",
                            "IA32_FEATURE_CONTROL and the capability MSRs, bit by bit. The bits of control words are in "
                            "[vmx-controls.md](vmx-controls.md).");
    for (const VmxMsrInfo& msr : kVmxMsrs) {
        Json records = Json::array();
        for (const VmxMsrFieldInfo& field : fields_of(static_cast<VmxMsr>(msr.number)))
            records.push_back({{"bits", bit_range(field.high, field.low)},
                               {"name", field.name},
                               {"identifier", field.identifier},
                               {"vmxcap", field.vmxcap_name},
                               {"kind", to_string(field.kind)}});
        text += fmt::format("\n## {} ({})\n\nSDM {}. Exists: {}.\n\n", msr.name, hex(msr.number), msr.sdm, msr.existence) +
                markdown_table(records, kColumns);
    }
    return text;
}

std::string register_bits() {
    constexpr Column kColumns[] = {{"bits", "bits"}, {"mnemonic", "mnemonic"}, {"name", "name"}, {"values", "values"}};
    std::string text =
        head("Register bits", "Registers, and VMCS fields made of bits, as reports name them. Bits without a row are reserved.");
    for (size_t i = 0; i < std::size(kRegisters); ++i) {
        Json records = Json::array();
        for (const RegisterBitInfo& row : bits_of(static_cast<Register>(i))) {
            Json values = Json::array();
            for (const RegisterValueInfo& value : kRegisterValues)
                if (value.reg == row.reg && value.low == row.low) values.push_back(fmt::format("{} {}", value.value, value.name));
            records.push_back(
                {{"bits", bit_range(row.high, row.low)}, {"mnemonic", row.mnemonic}, {"name", row.name}, {"values", values}});
        }
        text += fmt::format("\n## {}\n\nSDM {}.\n\n", kRegisters[i].name, kRegisters[i].sdm) + markdown_table(records, kColumns);
    }
    return text;
}

}  // namespace

std::vector<ReferenceDocument> reference_documents() {
    return {{"vmcs-fields.md", vmcs_fields()},         {"vmx-controls.md", vmx_controls()},
            {"exit-reasons.md", exit_reasons()},       {"vm-instruction-errors.md", vm_instruction_errors()},
            {"vm-entry-checks.md", vm_entry_checks()}, {"vmx-msrs.md", vmx_msrs()},
            {"register-bits.md", register_bits()}};
}

}  // namespace vmxsim::report
