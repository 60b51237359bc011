// SPDX-License-Identifier: MIT
// The real dumps of samples/dumps, and expectations on what is read from them.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "base/input_error.hpp"
#include "base/number.hpp"
#include "import/dump.hpp"

namespace vmxsim::import {

inline std::string file_text(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    BOOST_REQUIRE_MESSAGE(in, "cannot open " << path);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline std::vector<std::filesystem::path> sample_files() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(VMXSIM_SOURCE_DIR "/samples/dumps"))
        if (entry.path().extension() == ".txt") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

inline std::string sample_text(const std::string& prefix) {
    for (const auto& path : sample_files())
        if (path.filename().string().starts_with(prefix)) return file_text(path);
    BOOST_FAIL("no sample begins with " << prefix);
    return {};
}

inline DumpedVmcs only_dump(const std::string& text) {
    std::vector<DumpedVmcs> dumps = parse_dumps(text, "text");
    BOOST_REQUIRE_EQUAL(dumps.size(), 1u);
    return std::move(dumps.front());
}

// Each field is known, with this value.
inline void expect_fields(const DumpedVmcs& dump, const std::vector<std::pair<Field, u64>>& expected) {
    for (const auto& [field, value] : expected) {
        const auto name = spec::info(field).name;
        BOOST_CHECK_MESSAGE(dump.vmcs.knows(field), name << " is unknown");
        BOOST_CHECK_MESSAGE(dump.vmcs.vmcs[field] == value,
                            name << " is " << hex(dump.vmcs.vmcs[field]) << ", not " << hex(value));
    }
}

inline bool has_note(const DumpedVmcs& dump, const std::string& words) {
    return std::any_of(dump.notes.begin(), dump.notes.end(),
                       [&](const std::string& note) { return note.find(words) != std::string::npos; });
}

// Everything known in `part` has the same value in `whole`. The first difference as words, or nothing.
inline std::string difference(const DumpedVmcs& part, const DumpedVmcs& whole) {
    for (size_t i = 0; i < spec::kFieldCount; ++i) {
        const auto field = static_cast<Field>(i);
        if (!part.vmcs.knows(field)) continue;
        const std::string name(spec::info(field).name);
        if (!whole.vmcs.knows(field)) return name + " = " + hex(part.vmcs.vmcs[field]) + " is not in the original";
        if (part.vmcs.vmcs[field] != whole.vmcs.vmcs[field])
            return name + " = " + hex(part.vmcs.vmcs[field]) + ", originally " + hex(whole.vmcs.vmcs[field]);
    }
    return {};
}

}  // namespace vmxsim::import
