// SPDX-License-Identifier: MIT
#include "vmx/entry/enter.hpp"

#include "vmx/entry/load_guest.hpp"
#include "vmx/entry/load_msrs.hpp"
#include "vmx/exit/load_host.hpp"
#include "vmx/instructions/endings.hpp"

namespace vmxsim::vmx {
namespace {

struct FailedEntry {
    spec::ExitReason reason;
    u64 qualification;
    Because because;
};

// SDM 26.8: of the VM-exit information only the reason and the qualification are written, the guest-state area and the
// VM-entry interruption information stay as they are, and host state is loaded as by a VM exit.
Outcome fail_entry(Processor& cpu, const FailedEntry& failed, bool nmis_were_blocked) {
    Outcome outcome = exit_to_host(failed.reason, failed.because);
    outcome.kind = OutcomeKind::entry_failure;
    outcome.reason |= spec::kEntryFailureBit;
    outcome.qualification = failed.qualification;
    cpu.vmx.current.set(Field::exit_reason, outcome.reason);
    cpu.vmx.current.set(Field::exit_qualification, outcome.qualification);
    if (const auto aborted = load_host(cpu)) return *aborted;
    cpu.state.blocking_by_nmi = nmis_were_blocked;
    const MsrList list = vm_exit_msr_load_list(cpu.vmx.current);
    if (const auto refused = load_msrs(list, cpu.memory, cpu.capabilities, cpu.state))
        return vmx_abort(cpu, kAbortHostMsrs, msr_load_rules()[refused->rule].rule.data(), "27.6");
    return outcome;
}

}  // namespace

ProcessorAtEntry at_entry(const Processor& cpu) {
    return {cpu.state.ia32e_mode(), cpu.state.in_smm, cpu.vmx.current_vmcs_pointer, cpu.vmx.vmxon_pointer,
            is_set(cpu.state.msrs.rtit_ctl, 0)};
}

EntryInputs entry_inputs(const Processor& cpu) { return {cpu.vmx.current, cpu.memory, cpu.capabilities, at_entry(cpu)}; }

Outcome enter(Processor& cpu) {
    const bool nmis_were_blocked = cpu.state.blocking_by_nmi;

    // SDM 26.2 and 26.3.1. The rows of the tables are literals, so that rule.data() ends with a zero.
    if (const auto failed = first_failure(entry_inputs(cpu))) {
        const CheckInfo& check = all_checks()[*failed];
        const Because because{check.rule.data(), check.sdm.data()};
        Outcome outcome = check.failure.is_vmfail()
                              ? fail_valid(cpu, check.failure.error, because)
                              : fail_entry(cpu, {check.failure.reason, check.failure.qualification, because}, nmis_were_blocked);
        outcome.check = *failed;
        return outcome;
    }

    load_guest(cpu);  // SDM 26.3.2 and 26.3.3

    // SDM 26.4.
    if (const auto failed = load_msrs(vm_entry_msr_load_list(cpu.vmx.current), cpu.memory, cpu.capabilities, cpu.state)) {
        const CheckInfo& rule = msr_load_rules()[failed->rule];
        return fail_entry(cpu, {rule.failure.reason, failed->index, {rule.rule.data(), rule.sdm.data()}}, nmis_were_blocked);
    }

    Outcome outcome;
    outcome.kind = OutcomeKind::entered;
    outcome.why = "The processor is in VMX non-root operation.";
    outcome.sdm = "26.3.2";
    return outcome;
}

}  // namespace vmxsim::vmx
