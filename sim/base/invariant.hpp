// SPDX-License-Identifier: MIT
// Three kinds of trouble, three tools. A guest event is a Flow (base/result.hpp). Bad user input is an InputError.
// A bug in vmxsim, or something it does not model, stops loudly here: never a silent approximation.
#pragma once

#include <stdexcept>
#include <string>

namespace vmxsim {

// Something the SDM defines and vmxsim has not built. The command line turns it into exit code 70.
class Unmodelled : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

// A bug in vmxsim itself.
class InternalError : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

// what: the SDM section and our sentence, e.g. unmodelled("SDM 34.15.6: the dual-monitor treatment").
[[noreturn]] void unmodelled(const std::string& what);
[[noreturn]] void unreachable(const std::string& what);

}  // namespace vmxsim
