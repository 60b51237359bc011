// SPDX-License-Identifier: MIT
// Explains dumps for a processor that was named, that the dump itself names or describes, or for all known ones.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "report/explain_entry.hpp"

namespace vmxsim::report {

class DumpChecker {
public:
    using Resolve = std::function<CpuProfile(const std::string& name_or_file)>;  // throws InputError

    // cpu: name or file; empty: none was named.
    DumpChecker(Resolve resolve, const std::string& cpu);

    EntryExplanation explain(const import::DumpedVmcs& dump) const;
    size_t profiles_known() const { return all_.size(); }

private:
    std::optional<JudgedCpu> cpu_of(const import::DumpedVmcs& dump) const;

    Resolve resolve_;
    RuleMentions mentions_;
    std::vector<JudgedCpu> all_;
    std::optional<JudgedCpu> cpu_;
};

}  // namespace vmxsim::report
