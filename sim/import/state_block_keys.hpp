// SPDX-License-Identifier: MIT
// The words of the state block that Linux's kvm_intel and Xen print ("*** Guest State ***" and so on), and how its
// lines are taken apart.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "spec/spec.hpp"

namespace vmxsim::import {

enum class BlockSection : u8 { guest, host, control };

struct BlockKey {
    BlockSection section;
    std::string_view label, key;
    spec::Field field;
    u8 digits;
};

// The rows of spec/state_block_keys.def, in the order of the print.
extern const BlockKey kBlockKeys[];
extern const size_t kBlockKeyCount;

// "CS:   sel=": label CS, key sel. rows: the indexes of the rows with this key, and with this label when there is one.
struct FoundKey {
    std::string_view label, key, remark;  // remark: "MSR LL" of "EFER(MSR LL) ="
    std::vector<u8> rows;
    size_t begin = 0;  // of the key
    size_t value = 0;  // behind the '='
};

// A hexadecimal value at a position of a line.
struct FoundValue {
    u64 value = 0;
    unsigned digits = 0;
    size_t end = 0;             // behind the last digit
    bool malformed = false;     // neither digits nor the end of the line, or more than 64 bits
    bool prefixed = false;      // "0x"
    bool leading_zero = false;  // and more digits behind it
    bool at_end = false;        // nothing but spaces follows in the line
};
FoundValue read_value(std::string_view text, size_t position);

class BlockVocabulary {
public:
    BlockVocabulary();

    // The next known key at or behind position, which moves behind its '='; label: the one in force, and replaced.
    std::optional<FoundKey> next_key(std::string_view text, size_t& position, std::string_view& label) const;

    bool is_label(std::string_view word) const { return labels_.contains(word); }
    bool is_word(std::string_view word) const { return words_.contains(word); }

    // The front of a text that begins within a line: "TR" may be the rest of "LDTR", "RSP" that of "Sysenter RSP".
    bool may_be_a_rest(std::string_view text) const;

private:
    std::unordered_map<std::string_view, std::vector<u8>> rows_;
    std::unordered_set<std::string_view> labels_, words_;
};

}  // namespace vmxsim::import
