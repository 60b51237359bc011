// SPDX-License-Identifier: MIT
#include "cpu/decode.hpp"

#include <array>

#include "base/invariant.hpp"

namespace vmxsim::cpu {
namespace {

Flow raise_undefined_opcode(Cpu& cpu, const Insn&) { return cpu.undefined_opcode(); }
Flow raise_too_long(Cpu& cpu, const Insn&) { return cpu.general_protection(0); }
Flow stop_unmodelled(Cpu&, const Insn& insn) {
    unmodelled(std::string("instruction ") + ZydisMnemonicGetString(static_cast<ZydisMnemonic>(insn.mnemonic)));
}

constexpr size_t kMnemonics = ZYDIS_MNEMONIC_MAX_VALUE + 1;

// Mnemonic to row of the families' tables, built at the first decode.
const std::array<const Family*, kMnemonics>& rows() {
    static const auto kRows = [] {
        std::array<const Family*, kMnemonics> table{};
        // clang-format off
        for (const auto family : {alu_family(), transfer_family(), branch_family(), far_family(), segment_family(), control_register_family(),
                                  descriptor_table_family(), flags_family(), io_family(), shift_family(), multiply_divide_family(),
                                  bit_test_family(), bit_count_family(), bit_manipulation_family(), carry_chain_family(),
                                  compare_exchange_family(), string_family(), string_io_family(), decimal_family(), conversion_family(),
                                  frame_family(), cache_hint_family(), processor_family(), fast_call_family(),
                                  invalidation_family()})
            // clang-format on
            for (const Family& row : family) table[row.mnemonic] = &row;
        return table;
    }();
    return kRows;
}

const ZydisDecoder& decoder(CodeSize size) {
    static const auto kDecoders = [] {
        std::array<ZydisDecoder, 3> decoders{};
        ZydisDecoderInit(&decoders[0], ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16);
        ZydisDecoderInit(&decoders[1], ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
        ZydisDecoderInit(&decoders[2], ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
        return decoders;
    }();
    return kDecoders[static_cast<size_t>(size)];
}

constexpr u8 segment_of(ZydisRegister r) {
    switch (r) {
        case ZYDIS_REGISTER_ES: return static_cast<u8>(SegmentRegister::es);
        case ZYDIS_REGISTER_CS: return static_cast<u8>(SegmentRegister::cs);
        case ZYDIS_REGISTER_SS: return static_cast<u8>(SegmentRegister::ss);
        case ZYDIS_REGISTER_FS: return static_cast<u8>(SegmentRegister::fs);
        case ZYDIS_REGISTER_GS: return static_cast<u8>(SegmentRegister::gs);
        default: return static_cast<u8>(SegmentRegister::ds);
    }
}

void take_memory(const ZydisDecodedOperand& operand, Insn& insn) {
    insn.flags |= kHasMemory;
    insn.segment = segment_of(operand.mem.segment);
    insn.displacement64 = 0;
    if (operand.mem.disp.has_displacement) {
        const i64 displacement = operand.mem.disp.value;
        insn.displacement32 = static_cast<i32>(displacement);
        if (displacement != insn.displacement32) {
            insn.displacement32 = 0;
            insn.displacement64 = static_cast<u64>(displacement);
        }
    }
    if (operand.mem.base == ZYDIS_REGISTER_RIP || operand.mem.base == ZYDIS_REGISTER_EIP)
        insn.flags |= kRipRelative;
    else
        insn.base = register_offset(operand.mem.base);
    insn.index = register_offset(operand.mem.index);
    insn.scale = operand.mem.scale == 0 ? 1 : operand.mem.scale;
}

// The segment of an implicit operand that may be overridden: the source of a string instruction, XLAT's table.
u8 implicit_segment(const Decoded& decoded) {
    constexpr u8 kDestinationIndex = 56;  // ES:RDI is never overridden
    for (unsigned i = decoded.count(); i < decoded.instruction.operand_count; ++i) {
        const ZydisDecodedOperand& operand = decoded.operand(i);
        if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY && register_offset(operand.mem.base) != kDestinationIndex)
            return segment_of(operand.mem.segment);
    }
    return static_cast<u8>(SegmentRegister::ds);
}

void take_operands(const Decoded& decoded, Insn& insn) {
    u8* places[] = {&insn.reg, &insn.reg2, &insn.reg3};
    size_t place = 0;
    bool has_immediate = false;
    for (unsigned i = 0; i < decoded.count(); ++i) {
        const ZydisDecodedOperand& operand = decoded.operand(i);
        if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER && place < 3) *places[place++] = register_offset(operand.reg.value);
        if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY) take_memory(operand, insn);
        if (operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
            if (has_immediate)
                insn.reg3 = static_cast<u8>(operand.imm.value.u);
            else
                insn.immediate = operand.imm.value.u;
            has_immediate = true;
        }
        if (operand.type == ZYDIS_OPERAND_TYPE_POINTER) {
            insn.immediate = operand.ptr.offset;
            insn.displacement64 = operand.ptr.segment;
        }
    }
}

// Zydis 4.0 takes the base of a SIB byte for R13D where REX.B and the prefix 67H meet mod = 0 and base = 5: there is no base
// then, but a 32-bit displacement (SDM volume 2, table 2-5).
void correct_sib_without_base(Decoded& decoded) {
    const auto& raw = decoded.instruction.raw;
    if ((decoded.instruction.attributes & ZYDIS_ATTRIB_HAS_SIB) == 0 || raw.modrm.mod != 0 || raw.sib.base != 5) return;
    for (unsigned i = 0; i < decoded.count(); ++i) {
        if (decoded.operands[i].type != ZYDIS_OPERAND_TYPE_MEMORY || decoded.operands[i].mem.disp.has_displacement) continue;
        decoded.operands[i].mem.base = ZYDIS_REGISTER_NONE;
        decoded.operands[i].mem.disp = {ZYAN_TRUE, raw.disp.value};
    }
}

// What Zydis knows of other makers' processors and of Intel's coprocessor cards: #UD here. Some share mnemonics with what
// exists, such as TZCNT in a VEX encoding.
bool is_foreign(ZydisISASet set) {
    switch (set) {
        case ZYDIS_ISA_SET_AMD:
        case ZYDIS_ISA_SET_AMD3DNOW:
        case ZYDIS_ISA_SET_AMD_INVLPGB:
        case ZYDIS_ISA_SET_CLZERO:
        case ZYDIS_ISA_SET_FMA4:
        case ZYDIS_ISA_SET_KNCE:
        case ZYDIS_ISA_SET_KNCJKBR:
        case ZYDIS_ISA_SET_KNCSTREAM:
        case ZYDIS_ISA_SET_KNCV:
        case ZYDIS_ISA_SET_KNC_MISC:
        case ZYDIS_ISA_SET_KNC_PF_HINT:
        case ZYDIS_ISA_SET_LWP:
        case ZYDIS_ISA_SET_MCOMMIT:
        case ZYDIS_ISA_SET_MONITORX:
        case ZYDIS_ISA_SET_PADLOCK_ACE:
        case ZYDIS_ISA_SET_PADLOCK_PHE:
        case ZYDIS_ISA_SET_PADLOCK_PMM:
        case ZYDIS_ISA_SET_PADLOCK_RNG:
        case ZYDIS_ISA_SET_RDPRU:
        case ZYDIS_ISA_SET_SNP:
        case ZYDIS_ISA_SET_SSE4A:
        case ZYDIS_ISA_SET_SVM:
        case ZYDIS_ISA_SET_TBM:
        case ZYDIS_ISA_SET_XOP: return true;
        default: return false;
    }
}

}  // namespace

u8 register_offset(ZydisRegister r) {
    if (r >= ZYDIS_REGISTER_AH && r <= ZYDIS_REGISTER_BH) return static_cast<u8>((r - ZYDIS_REGISTER_AH) * 8 + 1);
    if (r >= ZYDIS_REGISTER_AL && r <= ZYDIS_REGISTER_BL) return static_cast<u8>((r - ZYDIS_REGISTER_AL) * 8);
    if (r >= ZYDIS_REGISTER_SPL && r <= ZYDIS_REGISTER_R15B) return static_cast<u8>((r - ZYDIS_REGISTER_SPL + 4) * 8);
    switch (ZydisRegisterGetClass(r)) {
        case ZYDIS_REGCLASS_GPR16:
        case ZYDIS_REGCLASS_GPR32:
        case ZYDIS_REGCLASS_GPR64: return static_cast<u8>(ZydisRegisterGetId(r) * 8);
        case ZYDIS_REGCLASS_INVALID: return kNoRegister;
        case ZYDIS_REGCLASS_SEGMENT: return segment_of(r);
        default: return static_cast<u8>(ZydisRegisterGetId(r));  // XMM, MMX, x87, segment, control, debug: the number itself
    }
}

ZyanStatus disassemble(std::span<const u8> bytes, CodeSize size, Decoded& decoded) {
    const ZyanStatus status =
        ZydisDecoderDecodeFull(&decoder(size), bytes.data(), bytes.size(), &decoded.instruction, decoded.operands);
    if (ZYAN_FAILED(status)) return status;
    if (is_foreign(decoded.instruction.meta.isa_set)) return ZYDIS_STATUS_DECODING_ERROR;
    correct_sib_without_base(decoded);
    return status;
}

DecodeStatus decode(std::span<const u8> bytes, CodeSize size, const FeatureSet& features, Insn& insn) {
    Decoded decoded;
    insn = Insn{};
    insn.base = insn.index = kNoRegister;
    insn.scale = 1;
    const ZyanStatus status = disassemble(bytes, size, decoded);
    if (status == ZYDIS_STATUS_NO_MORE_DATA) return DecodeStatus::needs_more_bytes;
    if (ZYAN_FAILED(status)) {
        insn.length = 1;
        insn.flags = kEndsBlock;
        insn.handler = status == ZYDIS_STATUS_INSTRUCTION_TOO_LONG ? raise_too_long : raise_undefined_opcode;
        return DecodeStatus::decoded;
    }
    const ZydisDecodedInstruction& instruction = decoded.instruction;
    insn.mnemonic = static_cast<u16>(instruction.mnemonic);
    insn.length = instruction.length;
    insn.operand_size = static_cast<u8>(instruction.operand_width / 8);
    insn.address_size = static_cast<u8>(instruction.address_width / 8);
    if (decoded.has(ZYDIS_ATTRIB_HAS_LOCK)) insn.flags |= kLock;
    if (decoded.has(ZYDIS_ATTRIB_HAS_REP) || decoded.has(ZYDIS_ATTRIB_HAS_REPE)) insn.flags |= kRep;
    if (decoded.has(ZYDIS_ATTRIB_HAS_REPNE)) insn.flags |= kRepne;
    if (instruction.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE) insn.flags |= kEndsBlock;
    take_operands(decoded, insn);
    if (!insn.has(kHasMemory)) insn.segment = implicit_segment(decoded);
    if (const Family* row = rows()[insn.mnemonic]) {
        const Selector select = features.has(row->feature) ? row->select : row->without;
        if (select == nullptr) {
            insn.handler = raise_undefined_opcode;
            return DecodeStatus::decoded;
        }
        insn.handler = select(decoded, insn);
    }
    if (insn.handler == nullptr) insn.handler = stop_unmodelled;
    return DecodeStatus::decoded;
}

}  // namespace vmxsim::cpu
