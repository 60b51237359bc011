// SPDX-License-Identifier: MIT
#include "scenario/memory_write.hpp"

#include <fmt/format.h>

namespace vmxsim::scenario {
namespace {

u64 count_of(const Expression& expression, const Names& names, u64 size_of_each) {
    const u64 count = expression.evaluate(names);
    if (count == 0 || count > kMaxRegionSize / size_of_each)
        throw ExpressionError(
            fmt::format("expected 1 to {} in \"{}\"; found {}", kMaxRegionSize / size_of_each, expression.text(), count));
    return count;
}

}  // namespace

Bytes bytes_of(const MemoryWrite& write, const Names& names) {
    switch (write.form) {
        case MemoryWrite::Form::bytes: return write.bytes;
        case MemoryWrite::Form::fill: return Bytes(count_of(write.size, names, 1), write.fill);
        case MemoryWrite::Form::numbers: break;
    }
    Bytes bytes;
    const u64 count = count_of(write.count, names, write.width), increment = write.increment.evaluate(names);
    u64 number = write.value.evaluate(names);
    for (u64 i = 0; i < count; ++i, number += increment)
        for (unsigned byte = 0; byte < write.width; ++byte) bytes.push_back(static_cast<u8>(number >> 8 * byte));
    return bytes;
}

std::string digits(std::span<const u8> bytes) {
    std::string text;
    for (const u8 byte : bytes) text += fmt::format("{:02x}", byte);
    return text;
}

}  // namespace vmxsim::scenario
