// SPDX-License-Identifier: MIT
// Internal to the reference: which of the named processors have something.
#pragma once

#include <string>
#include <vector>

#include "report/reference/records.hpp"
#include "vmcs/capabilities.hpp"
#include "vmcs/profiles.hpp"

namespace vmxsim::report {

// What every named processor allows, decoded once.
class Processors {
public:
    Processors() {
        for (const CpuProfile& profile : all_profiles()) entries_.push_back({profile.name, Capabilities(profile)});
    }

    // {"count": 2, "of": 167, "names": [...]}
    template <class Has>
    Json having(Has has) const {
        Json names = Json::array();
        for (const Entry& entry : entries_)
            if (has(entry.capabilities)) names.push_back(entry.name);
        return {{"count", names.size()}, {"of", entries_.size()}, {"names", names}};
    }

    template <class Has>
    size_t count(Has has) const {
        size_t number = 0;
        for (const Entry& entry : entries_) number += has(entry.capabilities) ? 1 : 0;
        return number;
    }
    size_t size() const { return entries_.size(); }

private:
    struct Entry {
        std::string name;
        Capabilities capabilities;
    };
    std::vector<Entry> entries_;
};

}  // namespace vmxsim::report
