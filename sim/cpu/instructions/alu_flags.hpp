// SPDX-License-Identifier: MIT
// Addition and subtraction with their flags, for the instructions that add or compare on the way.
#pragma once

#include "cpu/flags.hpp"

namespace vmxsim::cpu {

// Bit n is the carry out of bit n.
template <class T>
T carries_of_add(T a, T b, T result) {
    return static_cast<T>((a & b) | ((a | b) & ~result));
}
template <class T>
T borrows_of_subtract(T a, T b, T result) {
    return static_cast<T>((~a & b) | ((~a | b) & result));
}

template <class T>
T add_with_flags(StatusFlags& status, T a, T b) {
    const T result = static_cast<T>(a + b);
    status.set_arithmetic(result, carries_of_add(a, b, result));
    return result;
}
template <class T>
void set_compare_flags(StatusFlags& status, T a, T b) {
    const T result = static_cast<T>(a - b);
    status.set_arithmetic(result, borrows_of_subtract(a, b, result));
}

}  // namespace vmxsim::cpu
