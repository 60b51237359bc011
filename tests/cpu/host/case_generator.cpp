// SPDX-License-Identifier: MIT
#include "cpu/host/case_generator.hpp"

#include <algorithm>

namespace vmxsim::cpu::tests {
namespace {

constexpr unsigned kRax = 0, kRcx = 1, kRdx = 2, kRbx = 3, kRsp = 4, kRbp = 5, kRsi = 6, kRdi = 7;

bool is_general(ZydisRegister r) { return register_offset(r) < 16 * 8; }
unsigned number(ZydisRegister r) { return register_offset(r) / 8; }

bool is_string(ZydisMnemonic m) {
    switch (m) {
        case ZYDIS_MNEMONIC_MOVSB:
        case ZYDIS_MNEMONIC_MOVSW:
        case ZYDIS_MNEMONIC_MOVSD:
        case ZYDIS_MNEMONIC_MOVSQ:
        case ZYDIS_MNEMONIC_STOSB:
        case ZYDIS_MNEMONIC_STOSW:
        case ZYDIS_MNEMONIC_STOSD:
        case ZYDIS_MNEMONIC_STOSQ:
        case ZYDIS_MNEMONIC_LODSB:
        case ZYDIS_MNEMONIC_LODSW:
        case ZYDIS_MNEMONIC_LODSD:
        case ZYDIS_MNEMONIC_LODSQ:
        case ZYDIS_MNEMONIC_SCASB:
        case ZYDIS_MNEMONIC_SCASW:
        case ZYDIS_MNEMONIC_SCASD:
        case ZYDIS_MNEMONIC_SCASQ:
        case ZYDIS_MNEMONIC_CMPSB:
        case ZYDIS_MNEMONIC_CMPSW:
        case ZYDIS_MNEMONIC_CMPSD:
        case ZYDIS_MNEMONIC_CMPSQ: return true;
        default: return false;
    }
}

u64 address_mask(const Decoded& decoded) {
    const unsigned width = decoded.instruction.address_width;
    return width == 64 ? ~u64{0} : mask(width - 1, 0);
}

void patch(HostCase& host_case, unsigned offset, unsigned bits, u64 value) {
    for (unsigned i = 0; i < bits / 8; ++i) host_case.code[offset + i] = static_cast<u8>(value >> (8 * i));
}

// Those whose forms of the other kind change what the test stands on: segment registers, control registers, far transfers.
bool is_forbidden_form(const Decoded& decoded) {
    if (decoded.instruction.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR) return true;
    for (unsigned i = 0; i < decoded.count(); ++i) {
        const ZydisDecodedOperand& operand = decoded.operand(i);
        if (operand.type != ZYDIS_OPERAND_TYPE_REGISTER) continue;
        const ZydisRegisterClass kind = ZydisRegisterGetClass(operand.reg.value);
        if (kind == ZYDIS_REGCLASS_CONTROL || kind == ZYDIS_REGCLASS_DEBUG || kind == ZYDIS_REGCLASS_XMM) return true;
        if (kind == ZYDIS_REGCLASS_SEGMENT && (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0) return true;
    }
    return false;
}

// What would be one of the tested instructions but for its LOCK prefix, which Zydis refuses: #UD (SDM volume 2, LOCK).
bool is_illegally_locked(const HostCase& host_case) {
    Decoded decoded;
    const CodeSize size = host_case.bits64 ? CodeSize::bits64 : CodeSize::bits32;
    return disassemble(host_case.code, size, decoded) == ZYDIS_STATUS_ILLEGAL_LOCK;
}

}  // namespace

bool decode_case(const HostCase& host_case, Decoded& decoded) {
    return ZYAN_SUCCESS(disassemble(host_case.code, host_case.bits64 ? CodeSize::bits64 : CodeSize::bits32, decoded));
}

std::vector<u8> CaseGenerator::random_bytes(bool bits64) {
    std::vector<u8> bytes;
    const auto prefix = [&](u64 percent, u8 byte) {
        if (random_.percent(percent))
            bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(random_.below(bytes.size() + 1)), byte);
    };
    const u64 map = random_.below(100);
    const bool vex = map >= 92;
    prefix(vex ? 2 : 15, 0x66);
    prefix(8, 0x67);
    prefix(vex ? 1 : 12, 0xF3);
    prefix(vex ? 1 : 8, 0xF2);
    prefix(vex ? 1 : 8, 0xF0);
    constexpr u8 kSegments[] = {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65};
    prefix(10, kSegments[random_.below(bits64 ? 6 : 4)]);
    if (bits64 && !vex && random_.percent(60)) bytes.push_back(static_cast<u8>(0x40 | random_.below(16)));
    const auto put = [&](std::initializer_list<u64> values) {
        for (const u64 value : values) bytes.push_back(static_cast<u8>(value));
    };
    if (map < 20) {
        // Those of which random opcodes yield too few.
        constexpr u16 kRare[] = {0xF6,   0xF7,   0x60,   0x61,   0x9C,   0x9D,   0xA4,   0xA5,   0xA6,   0xA7,   0xAA,   0xAB,
                                 0xAC,   0xAD,   0xAE,   0xAF,   0x6C,   0x6F,   0xC8,   0x62,   0x0FAE, 0x0FAE, 0x0FC7, 0x0FC7,
                                 0x0FB8, 0x0FBC, 0x0FBD, 0x0F18, 0x0F0D, 0x0FBA, 0x0FA4, 0x0FAC, 0xC0,   0xC1,   0xD0,   0xD1,
                                 0xD2,   0xD3,   0x27,   0x2F,   0x37,   0x3F,   0xD4,   0xD5,   0x98,   0x99,   0xD7,   0xD6};
        const u16 opcode = kRare[random_.below(std::size(kRare))];
        if (opcode > 0xFF) put({0x0F});
        put({opcode});
    } else if (map < 55)
        put({random_.byte()});
    else if (map < 85)
        put({0x0F, random_.byte()});
    else if (map < 92)
        put({0x0F, 0x38, 0xF0 | random_.below(8)});
    else {
        constexpr u8 kOpcodes[] = {0xF2, 0xF3, 0xF5, 0xF5, 0xF6, 0xF7, 0xF7, 0xF0};
        const u64 opcode = kOpcodes[random_.below(8)];
        const u64 map_bits = opcode == 0xF0 ? 3 : 2;
        // VEX.pp is random; RORX has no second source.
        put({0xC4, (random_.byte() & 0xE0u) | map_bits,
             opcode == 0xF0 ? (random_.byte() & 0x80u) | 0x7B : (random_.byte() & 0xFBu), opcode});
    }
    for (unsigned i = 0; i < 12; ++i) put({random_.byte()});
    bytes.resize(15);
    return bytes;
}

bool CaseGenerator::make_instruction(HostCase& host_case, Decoded& decoded) {
    for (unsigned attempt = 0; attempt < 10000; ++attempt) {
        host_case.code = random_bytes(host_case.bits64);
        if (!decode_case(host_case, decoded)) {
            if (random_.percent(2) && is_illegally_locked(host_case)) {
                decoded = Decoded{};
                return true;
            }
            continue;
        }
        if (!is_tested(decoded.mnemonic(), host_) || is_forbidden_form(decoded)) continue;
        host_case.code.resize(decoded.instruction.length);
        return true;
    }
    return false;
}

u64 CaseGenerator::random_target(bool locked) {
    const u64 kind = random_.below(100);
    // Locked accesses across a cache line are made to fault by some hosts.
    const u64 grain = locked ? ~u64{15} : ~u64{0};
    if (kind < 75) return (Layout::kData + random_.below(0x1FC0)) & grain;
    if (locked) return Layout::kReadOnly;
    if (kind < 85) return Layout::kData + 0xFF0 + random_.below(16);
    if (kind < 90) return Layout::kReadOnly - 16 + random_.below(32);
    if (kind < 95) return Layout::kReadOnly + 0xFF0 + random_.below(32);
    if (kind < 98) return Layout::kData - random_.below(16);
    return random_.next();
}

u64 CaseGenerator::random_code_address() { return Layout::kCode + 0x1800 + random_.below(0x700); }

void CaseGenerator::aim_memory_operand(HostCase& host_case, const Decoded& decoded, u64 target) {
    for (unsigned i = 0; i < decoded.count(); ++i) {
        if (!decoded.is_memory(i)) continue;
        const auto& memory = decoded.operand(i).mem;
        if (memory.segment == ZYDIS_REGISTER_FS) target -= host_case.fs_base;
        if (memory.segment == ZYDIS_REGISTER_GS) target -= host_case.gs_base;
        const auto& raw = decoded.instruction.raw.disp;
        const u64 displacement = memory.disp.has_displacement ? static_cast<u64>(memory.disp.value) : 0;
        const u64 in_width = address_mask(decoded), keep = host_case.bits64 ? ~in_width : 0;
        const auto set = [&](ZydisRegister r, u64 value) {
            u64& place = host_case.registers[number(r)];
            place = (place & keep) | (value & in_width);
        };
        const bool has_base = is_general(memory.base), has_index = is_general(memory.index);
        const u64 scale = memory.scale == 0 ? 1 : memory.scale;
        if (memory.base == ZYDIS_REGISTER_RIP || memory.base == ZYDIS_REGISTER_EIP)
            patch(host_case, raw.offset, raw.size, target - (host_case.at + decoded.instruction.length));
        else if (!has_base && !has_index)
            patch(host_case, raw.offset, raw.size, target);
        else if (!has_base)
            set(memory.index, (target - displacement) / scale);
        else if (has_index && number(memory.base) == number(memory.index))
            set(memory.base, (target - displacement) / (1 + scale));
        else
            set(memory.base,
                target - displacement - (has_index ? (host_case.registers[number(memory.index)] & in_width) * scale : 0));
    }
}

void CaseGenerator::aim_stack(HostCase& host_case, const Decoded& decoded) {
    u64& rsp = host_case.registers[kRsp];
    const u64 kind = random_.below(100);
    rsp = kind < 85   ? Layout::kStack + 0x400 + random_.below(0x1800)
          : kind < 92 ? Layout::kStack + random_.below(64)
          : kind < 98 ? Layout::kStack + Layout::kStackSize - random_.below(64)
                      : random_.next();
    if (!host_case.bits64) rsp &= 0xFFFFFFFF;
    if (decoded.mnemonic() == ZYDIS_MNEMONIC_ENTER || decoded.mnemonic() == ZYDIS_MNEMONIC_LEAVE) {
        host_case.registers[kRbp] = random_.percent(90) ? Layout::kStack + 0x100 + random_.below(0x1E00) : random_.interesting();
        if (decoded.mnemonic() == ZYDIS_MNEMONIC_ENTER && random_.percent(80))
            host_case.code[decoded.instruction.raw.imm[0].offset + 1] &= 3;
    }
    // Flags that would outlive the case, or trap, are popped as zero: TF, NT, AC, ID.
    if (decoded.mnemonic() == ZYDIS_MNEMONIC_POPF || decoded.mnemonic() == ZYDIS_MNEMONIC_POPFD ||
        decoded.mnemonic() == ZYDIS_MNEMONIC_POPFQ)
        host_case.pokes.push_back({rsp, random_.next() & ~(kTf | kNt | kAc | kId)});
}

void CaseGenerator::aim_strings(HostCase& host_case, const Decoded& decoded) {
    const u64 in_width = address_mask(decoded), keep = host_case.bits64 ? ~in_width : 0;
    const auto set = [&](unsigned r, u64 value) {
        host_case.registers[r] = (host_case.registers[r] & keep) | (value & in_width);
    };
    set(kRsi, random_target(false));
    set(kRdi, random_.percent(20) ? host_case.registers[kRsi] + random_.below(64) - 32 : random_target(false));
    const u64 kind = random_.below(100);
    set(kRcx, kind < 60 ? random_.below(40) : kind < 80 ? random_.below(6000) : kind < 90 ? 0 : random_.interesting());
}

void CaseGenerator::aim_branch(HostCase& host_case, const Decoded& decoded, u64 target) {
    if (decoded.instruction.meta.branch_type == ZYDIS_BRANCH_TYPE_NONE || random_.percent(20)) return;
    const u64 destination = random_code_address();
    if (decoded.mnemonic() == ZYDIS_MNEMONIC_RET)
        host_case.pokes.push_back({host_case.registers[kRsp], destination});
    else if (decoded.is_memory(0))
        host_case.pokes.push_back({target, destination});
    else if (decoded.is_register(0))
        host_case.registers[number(decoded.operand(0).reg.value)] = destination;
    else if (decoded.instruction.raw.imm[0].size == 32)
        patch(host_case, decoded.instruction.raw.imm[0].offset, 32, destination - host_case.at - decoded.instruction.length);
}

// Keeps quotients, bit offsets and shifts of interest from being too rare.
void CaseGenerator::tame(HostCase& host_case, const Decoded& decoded) {
    auto& r = host_case.registers;
    const bool divides = decoded.mnemonic() == ZYDIS_MNEMONIC_DIV || decoded.mnemonic() == ZYDIS_MNEMONIC_IDIV;
    if (divides && random_.percent(70)) {
        r[kRdx] = decoded.mnemonic() == ZYDIS_MNEMONIC_IDIV && random_.one_in(2) ? ~u64{0} : random_.below(4);
        if (decoded.size(0) == 1) r[kRax] &= ~u64{0xF800};
    }
    const bool tests_bit = decoded.mnemonic() == ZYDIS_MNEMONIC_BT || decoded.mnemonic() == ZYDIS_MNEMONIC_BTS ||
                           decoded.mnemonic() == ZYDIS_MNEMONIC_BTR || decoded.mnemonic() == ZYDIS_MNEMONIC_BTC;
    if (tests_bit && decoded.is_register(1) && random_.percent(80))
        r[number(decoded.operand(1).reg.value)] = random_.below(8192) - 4096;
    if (decoded.mnemonic() == ZYDIS_MNEMONIC_CMPXCHG && random_.one_in(3) && decoded.is_register(0))
        r[kRax] = r[number(decoded.operand(0).reg.value)];
}

HostCase CaseGenerator::next() {
    HostCase host_case;
    if (count_++ % 64 == 0) memory_seed_ = random_.next();
    host_case.memory_seed = memory_seed_;
    host_case.bits64 = random_.percent(70);
    Decoded decoded;
    if (!make_instruction(host_case, decoded)) return host_case;
    const u64 length = host_case.code.size();
    host_case.at = random_.percent(95)   ? Layout::kCode + 0x100 + random_.below(0xE00)
                   : random_.percent(70) ? Layout::kCode + 0x1000 - random_.below(length + 1)
                                         : Layout::kCode + Layout::kCodeSize - 1 - random_.below(length);
    for (u64& value : host_case.registers) value = host_case.bits64 ? random_.interesting() : random_.interesting() & 0xFFFFFFFF;
    if (!host_case.bits64) std::fill(host_case.registers.begin() + 8, host_case.registers.end(), 0);
    host_case.rflags = 0x202 | (random_.next() & (kStatusFlags | kDf));
    if (host_case.bits64) {
        host_case.fs_base = Layout::kData + random_.below(0x800);
        host_case.gs_base = random_.next() & 0x7FFFFFFFFFFF;
    }
    tame(host_case, decoded);
    aim_stack(host_case, decoded);
    if (is_string(decoded.mnemonic())) aim_strings(host_case, decoded);
    const bool locked = decoded.has(ZYDIS_ATTRIB_HAS_LOCK) || decoded.mnemonic() == ZYDIS_MNEMONIC_XCHG;
    const u64 target = random_target(locked);
    if (decoded.mnemonic() == ZYDIS_MNEMONIC_CMPXCHG16B)
        aim_memory_operand(host_case, decoded, random_.percent(80) ? target & ~u64{15} : target);
    else if (decoded.mnemonic() == ZYDIS_MNEMONIC_XLAT)
        host_case.registers[kRbx] = (target - (host_case.registers[kRax] & 0xFF)) & address_mask(decoded);
    else
        aim_memory_operand(host_case, decoded, target);
    aim_branch(host_case, decoded, target);
    if (!host_case.bits64)
        for (u64& value : host_case.registers) value &= 0xFFFFFFFF;
    return host_case;
}

}  // namespace vmxsim::cpu::tests
