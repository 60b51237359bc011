// SPDX-License-Identifier: MIT
// The reference: what fields, controls, exit reasons, errors and checks there are, where the SDM says so, and which
// processors have them. Every text comes from the rows of sim/spec and vmx/entry/checks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vmxsim::report {

enum class Format : bool { text, json };

struct ReferenceAnswer {
    std::string text;      // ends with a newline; JSON is one array of objects
    bool assigned = true;  // false: a well-formed number or place to which the SDM gives no meaning
};

// key: a name (Linux's, the identifier or the SDM's, in any case) or a number; empty lists everything.
// InputError, with what resembles it, when the key names nothing.
ReferenceAnswer describe_fields(std::string_view key, Format format);  // a number is an encoding, taken apart
ReferenceAnswer describe_controls(std::string_view key,
                                  Format format);                     // also "primary", "primary.7", "primary 7", an MSR number
ReferenceAnswer describe_exits(std::string_view key, Format format);  // a number may be the whole 32-bit exit reason
ReferenceAnswer describe_errors(std::string_view key, Format format);
ReferenceAnswer describe_checks(std::string_view key, Format format);  // also "guest.cr0", an SDM section, a field

// The same rows as Markdown, one document a subject: docs/generated.
struct ReferenceDocument {
    std::string_view file_name;
    std::string text;
};
std::vector<ReferenceDocument> reference_documents();

}  // namespace vmxsim::report
