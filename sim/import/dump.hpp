// SPDX-License-Identifier: MIT
// What people paste when a VM entry failed: VMCS dumps of hypervisors, logs, lists of fields. Every format becomes
// DumpedVmcs; how one format is read is in the file of its name.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vmcs/partial_vmcs.hpp"

namespace vmxsim::import {

enum class DumpFormat : u8 {
    kvm,         // dump_vmcs of Linux's kvm_intel, in a kernel log
    xen,         // vmcs_dump_vcpu of Xen: console, debug key 'v'
    qemu,        // QEMU's register print, and its "hardware error" line
    haxm,        // "haxm_warning:4012 VMX_ENTRY_CONTROLS: 11ff"
    hyperkit,    // hyperkit and bhyve: "VMCS_ENTRY_CTLS: 0x.."
    noirvisor,   // "Guest CS Segment - Selector: 0x10 .."
    field_list,  // one field a line, in any naming: "GUEST_RIP = 0x1000", "0x681e: 0x1000"
    json,        // a batch case, an array of them, or {"GUEST_RIP": "0x1000"}
    msr,         // nothing but the capability MSRs of a processor
};

std::string_view to_string(DumpFormat format);                      // "kvm", "field_list"
std::optional<DumpFormat> find_dump_format(std::string_view name);  // "auto" is not one of them

// One entry of an MSR-load or MSR-store area, as printed with the dump.
struct DumpedMsr {
    u32 index;
    u64 value;

    friend bool operator==(const DumpedMsr&, const DumpedMsr&) = default;
};

struct DumpedVmcs {
    std::string id;  // what the text calls it ("VMCS 000000006afb1754, last attempted VM-entry on CPU 12", "d24v1"), or FILE#1
    DumpFormat format{};
    unsigned line = 0;  // where it begins, from 1
    PartialVmcs vmcs;
    std::map<Field, unsigned> lines;  // where each known field was read

    // What the text says happened, apart from the fields. exit_reason, qualification and vm_instruction_error are set
    // from the fields too where the dump shows those.
    std::optional<u32> exit_reason;
    std::optional<u64> qualification;
    std::optional<u32> vm_instruction_error;
    std::optional<u64> hypervisor_number;            // "hardware error 0x.." of QEMU and KVM: reason, error, or artefact
    std::optional<u64> msr_list_index;               // from 0, as Xen's "MSR loading (entry 1)"; the qualification counts from 1
    std::optional<std::pair<u32, u64>> failing_msr;  // index and value
    std::vector<DumpedMsr> entry_msr_load, exit_msr_load, exit_msr_store;

    bool registers_only = false;  // QEMU's register print: no control, no interruptibility state
    // EFER while the guest runs, where the text tells it and the field may hold something else ("EFER= .. (effective)").
    std::optional<u64> effective_efer;
    // Printed values that are no VMCS fields: the guest's view of "CR0" and "CR4", "SMM", "II", "CPL".
    std::map<std::string, u64> other_values;
    // Capability MSRs in the same text (3AH, 480H-493H).
    std::map<u32, u64> capability_msrs;
    std::optional<std::string> cpu;   // a JSON case's "cpu"
    std::optional<std::string> base;  // and its "base" ("golden")

    // Said in the text or doubtful: a cut line, a field the processor lacks, two values for one field.
    std::vector<std::string> notes;
};

// All dumps of a text, in the order in which they begin. file names the text in messages and identifiers.
// Without format it is recognised, and one text may mix several. Throws InputError when there is no VMCS in it.
std::vector<DumpedVmcs> parse_dumps(std::string_view text, const std::string& file, std::optional<DumpFormat> format = {});

}  // namespace vmxsim::import
