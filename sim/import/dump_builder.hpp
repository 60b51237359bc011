// SPDX-License-Identifier: MIT
// A DumpedVmcs while it is being read: values with their places, halves of 64-bit fields, contradictions.
#pragma once

#include <string>

#include "base/input_error.hpp"
#include "import/dump.hpp"

namespace vmxsim::import {

struct Place {
    unsigned line = 0;
    unsigned column = 0;
};

class DumpBuilder {
public:
    DumpBuilder(DumpFormat format, const std::string& file, unsigned line);

    // The value that the text shows for a field. An InputError when the field is too narrow for it; the first of two
    // different values stays, with a note.
    void set(Field field, u64 value, Place place);
    // The same for an encoding: high halves are joined to their fields in finish().
    void set(spec::FieldAccess access, u64 value, Place place);

    bool knows(Field field) const { return dump.vmcs.knows(field); }
    bool empty() const { return dump.vmcs.known.none() && halves_.empty(); }
    void note(std::string text);
    [[noreturn]] void fail(Place place, const std::string& what) const;

    // Joins halves and takes exit reason, qualification and error number from the fields.
    DumpedVmcs finish();

    DumpedVmcs dump;

private:
    struct Half {
        u64 value;
        Place place;
    };

    const std::string& file_;
    std::map<Field, Half> halves_;  // values of high halves
};

// Dumps of one text, bounded: what is not an empty one is appended.
class DumpList {
public:
    explicit DumpList(const std::string& file) : file_(file) {}
    void add(DumpedVmcs&& dump);
    std::vector<DumpedVmcs> dumps;

private:
    const std::string& file_;
};

}  // namespace vmxsim::import
