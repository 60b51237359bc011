// SPDX-License-Identifier: MIT
// Bad user input: one line, with the place and with what was expected. Caught in main, exit code 2.
#pragma once

#include <stdexcept>
#include <string>

namespace vmxsim {

// Line and column count from 1; 0 means "not known", and is left out of the message.
struct Position {
    std::string file;
    unsigned line = 0;
    unsigned column = 0;
};

class InputError : public std::runtime_error {
public:
    // what: what was expected and what was found, without the place.
    InputError(const Position& where, const std::string& what);
    explicit InputError(const std::string& what) : InputError(Position{}, what) {}
};

}  // namespace vmxsim
