// SPDX-License-Identifier: MIT
#include "base/input_error.hpp"

namespace vmxsim {
namespace {

std::string located(const Position& where, const std::string& what) {
    std::string text = where.file;
    if (where.line != 0) text += (text.empty() ? "line " : ":") + std::to_string(where.line);
    if (where.column != 0) text += ":" + std::to_string(where.column);
    return text.empty() ? what : text + ": " + what;
}

}  // namespace

InputError::InputError(const Position& where, const std::string& what) : std::runtime_error(located(where, what)) {}

}  // namespace vmxsim
