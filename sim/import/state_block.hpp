// SPDX-License-Identifier: MIT
// The state block of kvm_intel and Xen: lines, their separation into dumps, and what the two say besides.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "import/clean_text.hpp"
#include "import/dump_builder.hpp"
#include "import/state_block_keys.hpp"

namespace vmxsim::import {

enum class BlockLineKind : u8 {
    begin,            // the line that names the VMCS or the virtual processor; a block follows
    guest_heading,    // "*** Guest State ***"
    host_heading,     // "*** Host State ***"
    control_heading,  // "*** Control State ***"
    keys,             // values
    remark,           // belongs to the block and has no place in its order (MSR lists, Xen's failing MSR)
};

// A line as the hypervisor printed it: wrapped pieces joined.
struct BlockLine {
    struct Piece {
        size_t offset;  // in text
        unsigned line, column;
    };
    BlockLineKind kind{};
    std::string text;
    std::vector<Piece> pieces;
    u32 source = 0;
    bool prefixed = false, xen = false, last_of_text = false;
    int row = -1;             // keys: the first key's first row of kBlockKeys
    bool two_places = false;  // that key is printed for the guest and again for the host

    Place place(size_t offset) const;
};

struct Block {
    std::vector<const BlockLine*> lines;
    bool interleaved = false;  // separated from another by thread or CPU
    bool doubtful = false;     // separated by the order of the lines alone
};

// Separates the lines of each printk caller, and of dumps that follow or interrupt each other.
std::vector<Block> split_blocks(const std::vector<BlockLine>& lines);

struct BlockContext {
    const BlockVocabulary& vocabulary;
    const CleanText& text;
    const std::string& file;
    std::optional<DumpFormat> format;
    std::string domain;  // Xen's, of the block before
};

DumpedVmcs read_block(const Block& block, BlockContext& context);

// kvm_dmesg.cpp
bool is_kvm_begin(std::string_view text);          // "VMCS 00000000dc5a8cc0, last attempted VM-entry on CPU 3"
bool is_kvm_msr_list_line(std::string_view text);  // "MSR guest autoload:", "   0: msr=0xc0000080 value=0x..."
// Reads the lists among the lines of a block into the builder.
void read_kvm_msr_lists(const Block& block, DumpBuilder& builder);

// xen_dump.cpp
bool is_xen_begin(std::string_view text);  // "d24v1 vmentry failure (reason ..", ">>> Domain 3 <<<", "VCPU 0", "VMCS Area"
bool is_xen_failing_msr(std::string_view text);
bool is_xen_segment_row(std::string_view text);  // "CS: 0010 0a09b ffffffff 0000000000000000"
void read_xen_segment_row(const BlockLine& line, DumpBuilder& builder);
// What a begin or remark line of Xen says: name is the virtual processor ("d3v0"), domain the last one named ("d3").
void read_xen_remark(const BlockLine& line, DumpBuilder& builder, std::string& name, std::string& domain);

}  // namespace vmxsim::import
