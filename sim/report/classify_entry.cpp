// SPDX-License-Identifier: MIT
#include "report/classify_entry.hpp"

#include <algorithm>

#include "base/bits.hpp"
#include "base/number.hpp"

namespace vmxsim::report {
namespace {

using import::DumpedVmcs;
using spec::ExitReason;

constexpr u32 kGuestState = static_cast<u32>(ExitReason::entry_failure_guest_state);
constexpr u32 kMsrLoading = static_cast<u32>(ExitReason::entry_failure_msr_loading);
constexpr u32 kMachineCheck = static_cast<u32>(ExitReason::entry_failure_machine_check);

const spec::ExitReasonInfo* find_reason(u32 basic) {
    const auto* row = std::find_if(std::begin(spec::kExitReasons), std::end(spec::kExitReasons),
                                   [&](const auto& info) { return info.number == basic; });
    return row == std::end(spec::kExitReasons) ? nullptr : row;
}

const spec::VmInstructionErrorInfo* find_error(u64 number) {
    const auto* row = std::find_if(std::begin(spec::kVmInstructionErrors), std::end(spec::kVmInstructionErrors),
                                   [&](const auto& info) { return info.number == number; });
    return row == std::end(spec::kVmInstructionErrors) ? nullptr : row;
}

// SDM 30.4: the numbers with which VMLAUNCH and VMRESUME fail. Others were left behind by VMREAD, VMPTRLD and so on.
bool is_of_vm_entry(u64 error) {
    return (error >= 4 && error <= 8) || (error >= 16 && error <= 18) || error == 25 || error == 26;
}

bool is_failed_entry(u32 reason) {
    // Some tools print the basic reason alone; these three exist only with bit 31 set (SDM 26.8).
    const u32 basic = reason & 0xFFFF;
    return (reason & spec::kEntryFailureBit) != 0 || basic == kGuestState || basic == kMsrLoading || basic == kMachineCheck;
}

// SDM 26.8: what the qualification of a failed entry says.
std::string guest_state_qualification(u64 qualification) {
    switch (qualification) {
        case 0: return "";
        case 2: return ". Qualification 2: loading the PDPTEs failed";
        case 3: return ". Qualification 3: an NMI was injected while blocking by STI is 1";
        case 4: return ". Qualification 4: the VMCS link pointer is invalid";
        default: return ". Qualification " + hex(qualification) + ": no such value is defined for invalid guest state";
    }
}

void failed_entry(Classified& result, const DumpedVmcs& dump, u32 reason) {
    result.entry_class = EntryClass::entry_failure;
    result.outcome = {vmx::OutcomeKind::entry_failure, 0, reason | spec::kEntryFailureBit, dump.qualification.value_or(0)};
    result.has_qualification = dump.qualification.has_value();
    const u32 basic = reason & 0xFFFF;
    const std::string number = "exit reason " + std::to_string(basic) + ", " + hex(result.outcome.reason);
    if (basic == kGuestState) {
        result.message = "The VM entry failed: invalid guest state (" + number + ")" +
                         guest_state_qualification(result.outcome.qualification) + ".";
    } else if (basic == kMsrLoading) {
        if (!dump.qualification && dump.msr_list_index) {
            result.outcome.qualification = *dump.msr_list_index + 1;
            result.has_qualification = true;
        }
        result.message = "The VM entry failed while loading MSRs (" + number + ")";
        if (result.has_qualification)
            result.message += ": entry " + std::to_string(result.outcome.qualification) +
                              " of the VM-entry MSR-load area, counted from 1, was refused";
        result.message += ".";
    } else if (basic == kMachineCheck) {
        result.message =
            "The VM entry failed: a machine check occurred during it (" + number + "). The machine is at fault, not the VMCS.";
    } else {
        result.message = "The VM entry failed (" + number + "), with a reason that VM entries do not have.";
    }
}

// SDM 27.2.1, table 27-7: the bits of an EPT violation's qualification that tell what was attempted.
std::string ept_violation(u64 qualification) {
    std::string words;
    const auto say = [&](const char* what) { words.append(words.empty() ? "" : " and ").append(what); };
    if (is_set(qualification, 0)) say("data read");
    if (is_set(qualification, 1)) say("data write");
    if (is_set(qualification, 2)) say("instruction fetch");
    return words.empty() ? words : ", " + words;
}

void ordinary_exit(Classified& result, const DumpedVmcs& dump, u32 reason) {
    result.entry_class = EntryClass::ordinary_exit;
    result.outcome = {vmx::OutcomeKind::entered, 0, 0, 0};
    const u32 basic = reason & 0xFFFF;
    const auto* row = find_reason(basic);
    result.message = "Nothing failed: the VM entry succeeded and the guest exited later: " +
                     std::string(row != nullptr ? row->name : std::string_view("an unknown reason")) + " (exit reason " +
                     std::to_string(basic) + ", " + hex(reason) + ", bit 31 is 0";
    if (dump.qualification) {
        result.message += "; qualification " + hex(*dump.qualification);
        if (basic == static_cast<u32>(ExitReason::ept_violation)) result.message += ept_violation(*dump.qualification);
    }
    result.message += ").";
}

void vmfail(Classified& result, const DumpedVmcs& dump, u32 error) {
    result.entry_class = EntryClass::vmfail_valid;
    result.outcome = {vmx::OutcomeKind::fail_valid, error, 0, 0};
    const auto* row = find_error(error);
    result.message = "VMLAUNCH or VMRESUME failed with VM-instruction error " + std::to_string(error) + ", " +
                     std::string(row != nullptr ? row->text : std::string_view("which is no defined number")) +
                     ". No VM exit happened";
    result.message +=
        dump.exit_reason || dump.qualification ? ": the exit reason and the other exit fields shown are stale." : ".";
}

void vmfail_without_number(Classified& result, const DumpedVmcs& dump, std::string why) {
    result.entry_class = EntryClass::vmfail_invalid;
    result.outcome = {vmx::OutcomeKind::fail_invalid, 0, 0, 0};
    result.message = "VMLAUNCH or VMRESUME failed, and no VM-instruction error is available. No VM exit happened";
    result.message += dump.exit_reason ? ": the exit fields shown are stale." : ".";
    result.notes.push_back(std::move(why));
}

// True when the hypervisor's own number settles the class.
bool from_hypervisor_number(Classified& result, const DumpedVmcs& dump, u64 number) {
    constexpr u64 kNoErrorField = 0xFFFFFFFF;
    if (number == kNoErrorField || number == ~u64{0}) {
        vmfail_without_number(result, dump,
                              "0xffffffff is no code of the processor: KVM on Hyper-V uses the enlightened VMCS, which has no "
                              "VM-instruction error field to read");
        return true;
    }
    if (number >= spec::kEntryFailureBit) {
        failed_entry(result, dump,
                     dump.exit_reason && is_failed_entry(*dump.exit_reason) ? *dump.exit_reason : static_cast<u32>(number));
        return true;
    }
    if (number == 0) {
        result.notes.push_back(
            "\"hardware error 0x0\" is neither an exit reason nor a VM-instruction error: KVM (a bug of 2020, seen in other "
            "versions too) reported a failure although the entry had succeeded");
        return false;
    }
    if (find_error(number) != nullptr) {
        vmfail(result, dump, static_cast<u32>(number));
        return true;
    }
    result.notes.push_back("the hypervisor's number " + hex(number) +
                           " is neither a failed entry (bit 31) nor a VM-instruction error");
    return false;
}

}  // namespace

Classified classify_entry(const DumpedVmcs& dump) {
    constexpr u32 kKvmNoExit = 0xDEAD;  // what KVM stores as the reason when VMLAUNCH or VMRESUME failed
    Classified result;
    if (dump.hypervisor_number && from_hypervisor_number(result, dump, *dump.hypervisor_number)) return result;
    const u32 error = dump.vm_instruction_error.value_or(0);
    if (dump.exit_reason && is_failed_entry(*dump.exit_reason)) {
        failed_entry(result, dump, *dump.exit_reason);
        if (is_of_vm_entry(error))
            result.notes.push_back("the VM-instruction error " + std::to_string(error) +
                                   " is of an earlier VMX instruction: a failed entry does not write it");
    } else if (is_of_vm_entry(error)) {
        vmfail(result, dump, error);
    } else if (dump.exit_reason == kKvmNoExit) {
        vmfail_without_number(result, dump, "exit reason 0xdead is KVM's own mark for a VMLAUNCH or VMRESUME that failed");
    } else {
        if (error != 0)
            result.notes.push_back(
                "the VM-instruction error " + std::to_string(error) + " belongs to another VMX instruction (" +
                std::string(find_error(error) != nullptr ? find_error(error)->text : std::string_view("undefined")) +
                "): it says nothing of the VM entry");
        // An exit for an exception or NMI records its interruption information: without it, 0 is a field never written.
        const Field information = Field::vm_exit_interruption_information;
        if (dump.exit_reason == 0u && dump.vmcs.knows(information) && !is_set(dump.vmcs.vmcs[information], 31))
            result.message =
                "The text shows no VM exit and no failed VM entry: the exit reason is 0 and no exception is recorded with it.";
        else if (dump.exit_reason)
            ordinary_exit(result, dump, *dump.exit_reason);
        else if (dump.hypervisor_number)
            result.message =
                "The text shows no failed VM entry: " + hex(*dump.hypervisor_number) + " is no error of the processor.";
        else if (dump.vmcs.known.none() && !dump.capability_msrs.empty())
            result.message = "The text shows the capability MSRs of a processor and no VMCS: nothing can be judged.";
        else
            result.message = "The text does not say what happened to the VM entry.";
    }
    return result;
}

}  // namespace vmxsim::report
