// SPDX-License-Identifier: MIT
#include "report/batch.hpp"

#include "base/input_error.hpp"
#include "report/explanation_json.hpp"
#include "vmcs/golden.hpp"

namespace vmxsim::report {
namespace {

// A field given by halves is known as soon as one half is.
void write(PartialVmcs& partial, spec::FieldAccess access, u64 value) {
    partial.vmcs.write(access, value);
    partial.known.set(static_cast<size_t>(access.field));
}

void note_known_pages(PartialVmcs& partial, u64 at, size_t size) {
    if (size == 0) return;
    const u64 last = (at + (size - 1)) / PhysicalMemory::kPageSize;
    for (u64 page = at / PhysicalMemory::kPageSize;; ++page) {
        partial.known_pages.insert(page);
        if (page == last) return;
    }
}

}  // namespace

BatchChecker::BatchChecker(const ResolveProfile& resolve, std::string default_cpu, const RuleMentions& mentions)
    : resolve_(resolve), default_cpu_(std::move(default_cpu)), mentions_(mentions) {}

const BatchChecker::Cpu& BatchChecker::cpu(const std::string& name) {
    auto& cached = cpus_[name];
    if (!cached) {
        const CpuProfile profile = resolve_(name);
        const Capabilities capabilities(profile);
        cached = std::make_unique<Cpu>(Cpu{{profile.name, capabilities}, golden_vmcs(capabilities)});
    }
    return *cached;
}

BatchChecker::Answer BatchChecker::answer(std::string_view line, std::string_view fallback_id, std::string& out) {
    reader_.read(line, case_);
    const Cpu& on = cpu(case_.cpu.empty() ? default_cpu_ : case_.cpu);
    EntryExplanation explanation = case_.golden ? explain_golden(on) : explain_partial(on);
    explanation.id = case_.id.empty() ? fallback_id : case_.id;
    explanation.cpu = case_.cpu.empty() ? on.judged.name : "";
    note_absent_fields(on, explanation);
    append_json(out, explanation);
    return explanation.failed() ? Answer::fails : Answer::passes;
}

EntryExplanation BatchChecker::explain_golden(const Cpu& cpu) {
    Vmcs vmcs = cpu.golden;
    for (const BatchCase::Write& write : case_.writes) vmcs.write(write.access, write.value);
    PhysicalMemory memory;
    for (const BatchCase::Bytes& region : case_.memory) memory.write_bytes(region.at, region.bytes);
    return explain_complete({vmcs, memory, cpu.judged.capabilities, case_.processor}, mentions_);
}

EntryExplanation BatchChecker::explain_partial(const Cpu& cpu) {
    import::DumpedVmcs dump;
    for (const BatchCase::Write& given : case_.writes) write(dump.vmcs, given.access, given.value);
    for (const BatchCase::Bytes& region : case_.memory) {
        dump.vmcs.memory.write_bytes(region.at, region.bytes);
        note_known_pages(dump.vmcs, region.at, region.bytes.size());
    }
    return explain_case(dump, cpu.judged, case_.processor, mentions_);
}

void BatchChecker::note_absent_fields(const Cpu& cpu, EntryExplanation& explanation) const {
    for (const BatchCase::Write& write : case_.writes)
        if (!cpu.judged.capabilities.field_exists(write.access.field))
            explanation.notes.push_back(std::string(spec::info(write.access.field).name) + " does not exist on " +
                                        cpu.judged.name + ": VMWRITE would fail with VM-instruction error 12");
}

}  // namespace vmxsim::report
