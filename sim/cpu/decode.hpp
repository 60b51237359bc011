// SPDX-License-Identifier: MIT
// Bytes to Insn: Zydis decodes, then its mnemonic and operand shape choose a handler, once.
#pragma once

#include <Zydis/Zydis.h>

#include <span>

#include "cpu/cpu.hpp"
#include "cpu/insn.hpp"

namespace vmxsim::cpu {

// What Zydis says of one instruction; operands are the visible ones.
struct Decoded {
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];

    ZydisMnemonic mnemonic() const { return instruction.mnemonic; }
    unsigned count() const { return instruction.operand_count_visible; }
    const ZydisDecodedOperand& operand(unsigned n) const { return operands[n]; }
    bool is_register(unsigned n) const { return n < count() && operands[n].type == ZYDIS_OPERAND_TYPE_REGISTER; }
    bool is_memory(unsigned n) const { return n < count() && operands[n].type == ZYDIS_OPERAND_TYPE_MEMORY; }
    bool is_immediate(unsigned n) const { return n < count() && operands[n].type == ZYDIS_OPERAND_TYPE_IMMEDIATE; }
    unsigned size(unsigned n) const { return operands[n].size / 8; }  // bytes
    bool has(u64 attribute) const { return (instruction.attributes & attribute) != 0; }
};

// Chooses the handler of one family of mnemonics, and may adjust the Insn; null when the form is not its own.
using Selector = Handler (*)(const Decoded& decoded, Insn& insn);

struct Family {
    ZydisMnemonic mnemonic;
    Selector select;
    Feature feature = Feature::always;
    Selector without = nullptr;  // what the bytes mean on a processor that lacks the feature; null is #UD
};

// The families, one table a file of cpu/instructions/.
std::span<const Family> alu_family();
std::span<const Family> transfer_family();
std::span<const Family> branch_family();
std::span<const Family> far_family();
std::span<const Family> segment_family();
std::span<const Family> control_register_family();
std::span<const Family> descriptor_table_family();
std::span<const Family> flags_family();
std::span<const Family> io_family();
std::span<const Family> shift_family();
std::span<const Family> multiply_divide_family();
std::span<const Family> bit_test_family();
std::span<const Family> bit_count_family();
std::span<const Family> bit_manipulation_family();
std::span<const Family> carry_chain_family();
std::span<const Family> compare_exchange_family();
std::span<const Family> string_family();
std::span<const Family> string_io_family();
std::span<const Family> decimal_family();
std::span<const Family> conversion_family();
std::span<const Family> frame_family();
std::span<const Family> cache_hint_family();
std::span<const Family> processor_family();
std::span<const Family> fast_call_family();
std::span<const Family> invalidation_family();

// MOV, PUSH and POP also move segment, control and debug registers: null when the decoded form does not.
Handler segment_move(const Decoded& decoded, Insn& insn);
Handler segment_push(const Decoded& decoded, Insn& insn);
Handler segment_pop(const Decoded& decoded, Insn& insn);
Handler control_or_debug_register_move(const Decoded& decoded, Insn& insn);

// JMP, CALL and RET share their mnemonics with the far forms: null when the decoded form is near.
Handler far_jump_handler(const Decoded& decoded);
Handler far_call_handler(const Decoded& decoded);
Handler far_return_handler(const Decoded& decoded);

// Zydis's decoder of this code size, with what it gets wrong put right.
ZyanStatus disassemble(std::span<const u8> bytes, CodeSize size, Decoded& decoded);

enum class DecodeStatus : u8 { decoded, needs_more_bytes };

// Fills `insn`; bytes that are no instruction of this mode become one that raises #UD (or #GP when it would be longer
// than 15 bytes). Never fails otherwise: an instruction without a handler becomes one that stops loudly when executed.
DecodeStatus decode(std::span<const u8> bytes, CodeSize size, const FeatureSet& features, Insn& insn);

// The byte offset of a general register in the register file; kNoRegister for none.
inline constexpr u8 kNoRegister = 16 * 8;
u8 register_offset(ZydisRegister r);

}  // namespace vmxsim::cpu
