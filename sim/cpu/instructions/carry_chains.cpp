// SPDX-License-Identifier: MIT
// ADCX and ADOX: additions that carry through CF alone, or OF alone (SDM volume 2).
#include "cpu/instructions/operand_forms.hpp"

namespace vmxsim::cpu {
namespace {

template <class T, u64 kFlag, template <class> class Source>
Flow add_with(Cpu& cpu, const Insn& insn) {
    const T b = TRY(Source<T>::load(cpu, insn));
    const T carry = (cpu.status.value() & kFlag) != 0 ? 1 : 0;
    T sum = 0, result = 0;
    const bool first = __builtin_add_overflow(cpu.reg<T>(insn.reg), b, &sum);
    const bool second = __builtin_add_overflow(sum, carry, &result);
    cpu.set_reg<T>(insn.reg, result);
    cpu.status.change(kFlag, first || second ? kFlag : 0);
    return Flow::next;
}

template <u64 kFlag>
Handler select(const Decoded& decoded, Insn&) {
    return by_size(decoded.size(0), [&]<class T>() -> Handler {
        if constexpr (sizeof(T) < 4)
            return nullptr;
        else
            return decoded.is_memory(1) ? Handler{add_with<T, kFlag, FromMemory>} : Handler{add_with<T, kFlag, FromRegister2>};
    });
}

constexpr Family kCarryChains[] = {
    {ZYDIS_MNEMONIC_ADCX, select<kCf>, Feature::adx},
    {ZYDIS_MNEMONIC_ADOX, select<kOf>, Feature::adx},
};

}  // namespace

std::span<const Family> carry_chain_family() { return kCarryChains; }

}  // namespace vmxsim::cpu
