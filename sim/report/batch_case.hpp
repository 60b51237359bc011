// SPDX-License-Identifier: MIT
// One line of a batch: {"id", "cpu", "base", "vmcs", "memory", "processor"}.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "report/field_names.hpp"
#include "vmx/entry/context.hpp"

namespace vmxsim::report {

struct BatchCase {
    std::string id, cpu;  // empty: not given
    bool golden = false;  // "base": "golden"
    struct Write {
        spec::FieldAccess access;
        u64 value;
    };
    std::vector<Write> writes;
    struct Bytes {
        u64 at;
        std::vector<u8> bytes;
    };
    std::vector<Bytes> memory;
    vmx::ProcessorAtEntry processor;
};

// Reads lines one after the other, reusing its buffers.
class BatchCaseReader {
public:
    BatchCaseReader();
    ~BatchCaseReader();

    // Bytes that must be readable behind a line.
    static size_t padding();

    // line: with padding() readable bytes behind it. Throws InputError without a position; then result holds the
    // identifier if it could be read.
    void read(std::string_view line, BatchCase& result);

private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
    FieldNames names_;
};

}  // namespace vmxsim::report
