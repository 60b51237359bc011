// SPDX-License-Identifier: MIT
#include "report/hints.hpp"

#include "base/bits.hpp"

namespace vmxsim::report {
namespace {

using import::DumpedVmcs;

// A field that the dump shows, put to a test; false when it does not show it.
template <class Test>
bool shows(const DumpedVmcs& dump, Field field, Test test) {
    return dump.vmcs.knows(field) && test(dump.vmcs.vmcs[field]);
}
bool lacks(const DumpedVmcs& dump, Field field) { return !dump.vmcs.knows(field); }

bool shows_bit(const DumpedVmcs& dump, Field field, unsigned n) {
    return shows(dump, field, [&](u64 value) { return is_set(value, n); });
}
bool shows_clear_bit(const DumpedVmcs& dump, Field field, unsigned n) {
    return shows(dump, field, [&](u64 value) { return !is_set(value, n); });
}
std::optional<u64> printed(const DumpedVmcs& dump, const char* name) {
    const auto found = dump.other_values.find(name);
    if (found == dump.other_values.end()) return std::nullopt;
    return found->second;
}

bool invalid_guest_state(const Classified& classified) {
    return classified.entry_class == EntryClass::entry_failure && classified.basic_reason() == 33;
}
bool vmfail(const Classified& classified, u32 error) {
    return classified.entry_class == EntryClass::vmfail_valid && classified.outcome.error == error;
}
bool shows_no_controls(const DumpedVmcs& dump) {
    return lacks(dump, Field::pin_based_controls) && lacks(dump, Field::primary_processor_based_controls) &&
           lacks(dump, Field::vm_entry_controls) && lacks(dump, Field::primary_vm_exit_controls);
}
bool ia32e_mode_guest(const DumpedVmcs& dump) { return shows_bit(dump, Field::vm_entry_controls, 9); }

constexpr HintKind kSign = HintKind::sign, kFrequent = HintKind::frequent, kAdvice = HintKind::advice;

// The most telling first; a row without a check tells what to do next.
constexpr HintRow kRows[] = {
    {"guest.cr0.pg_for_ia32e_mode", kSign,
     [](const DumpedVmcs& d, const Classified& c) {
         return invalid_guest_state(c) && ia32e_mode_guest(d) && lacks(d, Field::guest_cr0) &&
                shows(d, Field::guest_rip, [](u64 rip) { return rip < 0x100000; });
     },
     "\"IA-32e mode guest\" is 1 while RIP is below 1 MB, as in a start-up or trampoline code that has just cleared CR0.PG: with "
     "this control, "
     "GUEST_CR0.PG and GUEST_CR4.PAE must be 1. When the guest clears CR0.PG, clear the control and EFER.LMA as well."},
    {"guest.cr4.pae_for_ia32e_mode", kSign,
     [](const DumpedVmcs& d, const Classified& c) {
         return invalid_guest_state(c) && ia32e_mode_guest(d) && lacks(d, Field::guest_cr4) &&
                shows(d, Field::guest_rip, [](u64 rip) { return rip < 0x100000; });
     },
     "\"IA-32e mode guest\" is 1 and CR4 is not shown: GUEST_CR4.PAE must be 1 then."},
    {"guest.interruptibility_state.sti_without_if", kSign,
     [](const DumpedVmcs& d, const Classified& c) {
         return invalid_guest_state(c) && lacks(d, Field::guest_interruptibility_state) &&
                shows_clear_bit(d, Field::guest_rflags, 9) && printed(d, "SMM").value_or(0) == 1;
     },
     "The guest has just entered SMM with RFLAGS.IF = 0: an SMI taken in the shadow of STI leaves \"blocking by STI\" set, and "
     "it must be 0 when "
     "IF is 0 (old KVM did so)."},
    {"guest.interruptibility_state.sti_without_if", kFrequent,
     [](const DumpedVmcs& d, const Classified& c) {
         return invalid_guest_state(c) && lacks(d, Field::guest_interruptibility_state) &&
                shows_clear_bit(d, Field::guest_rflags, 9);
     },
     "RFLAGS.IF is 0: the interruptibility state, which is not shown, must not have \"blocking by STI\"."},
    {"guest.rflags.if_for_external_interrupt", kFrequent,
     [](const DumpedVmcs& d, const Classified& c) {
         return invalid_guest_state(c) && lacks(d, Field::vm_entry_interruption_information) &&
                shows_clear_bit(d, Field::guest_rflags, 9);
     },
     "RFLAGS.IF is 0: no external interrupt may be injected; the VM-entry interruption information is not shown."},
    {"guest.pending_debug_exceptions.bs_while_single_stepping", kFrequent,
     [](const DumpedVmcs& d, const Classified& c) {
         return invalid_guest_state(c) && lacks(d, Field::guest_pending_debug_exceptions) &&
                (lacks(d, Field::guest_rflags) || shows_bit(d, Field::guest_rflags, 8)) &&
                (lacks(d, Field::guest_interruptibility_state) || (d.vmcs.vmcs[Field::guest_interruptibility_state] & 3) != 0);
     },
     "If the guest is single-stepped (RFLAGS.TF = 1) over STI, MOV SS or POP SS, the pending debug exceptions must have BS (bit "
     "14) set while "
     "\"blocking by STI\" or \"blocking by MOV SS\" is 1."},
    {"guest.cr3.physical_address_width", kFrequent,
     [](const DumpedVmcs& d, const Classified& c) { return invalid_guest_state(c) && lacks(d, Field::guest_cr3); },
     "A typical cause: GUEST_CR3 with bit 63 (the PCID no-flush bit of MOV to CR3) or KeyID bits above the physical-address "
     "width."},
    {"", kFrequent, [](const DumpedVmcs&, const Classified& c) { return invalid_guest_state(c); },
     "Other typical causes: DS or ES of a type without the accessed bit, TR unusable or not busy, an external interrupt injected "
     "with "
     "RFLAGS.IF = 0, DR7 bits 63:32, a base that is not canonical."},
    {"", kAdvice, [](const DumpedVmcs& d, const Classified& c) { return vmfail(c, 7) && shows_no_controls(d); },
     "Error 7 is about control fields, and the text shows none: guest registers cannot explain it. Print the pin-based, "
     "processor-based, VM-exit "
     "and VM-entry controls, and the capability MSRs 480H to 493H to compare them with (TRUE MSRs where IA32_VMX_BASIC[55] is 1; "
     "the low half "
     "says what must be 1, the high half what may be)."},
    {"", kAdvice, [](const DumpedVmcs& d, const Classified& c) { return vmfail(c, 7) && !shows_no_controls(d); },
     "Error 7: a reserved control bit is wrong for this processor, or two controls contradict each other. Give the processor "
     "with --cpu."},
    {"", kAdvice, [](const DumpedVmcs&, const Classified& c) { return vmfail(c, 8); },
     "Error 8 is about host state: CR0 and CR4 against the fixed bits, selectors with RPL or TI set, TR 0, bases that are not "
     "canonical, "
     "\"host address-space size\" against the mode that VMLAUNCH is executed in."},
    {"", kAdvice, [](const DumpedVmcs& d, const Classified&) { return d.registers_only; },
     "QEMU's register print shows neither the controls nor the interruptibility state, and CR0 and CR4 as the guest sees them. "
     "To see the VMCS: "
     "load kvm_intel with dump_invalid_vmcs=1 (or write 1 to /sys/module/kvm_intel/parameters/dump_invalid_vmcs), repeat, and "
     "give the kernel "
     "log to vmxsim check; `vmxsim caps --host` reads the capability MSRs."},
};

}  // namespace

std::span<const HintRow> hint_rows() { return kRows; }

std::vector<FoundHint> hints_for(const DumpedVmcs& dump, const Classified& classified, const std::vector<bool>& undecided) {
    std::vector<FoundHint> hints;
    for (const HintRow& row : kRows) {
        if (!row.applies(dump, classified)) continue;
        if (!row.check.empty()) {
            const auto check = vmx::find_check(row.check);
            const bool again = !hints.empty() && hints.back().hint.check == row.check;
            if (again || (check && !undecided[*check])) continue;
        }
        hints.push_back({{std::string(row.check), std::string(row.text)}, row.kind});
    }
    return hints;
}

}  // namespace vmxsim::report
