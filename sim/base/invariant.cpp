// SPDX-License-Identifier: MIT
#include "base/invariant.hpp"

namespace vmxsim {

void unmodelled(const std::string& what) { throw Unmodelled("not modelled: " + what); }

void unreachable(const std::string& what) { throw InternalError("internal error: " + what); }

}  // namespace vmxsim
