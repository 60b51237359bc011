// SPDX-License-Identifier: MIT
// The facts of sim/spec/*.def as C++: enumerations, tables in the order of the rows, and look-ups.
#pragma once

#include "spec/controls.hpp"
#include "spec/errors.hpp"
#include "spec/exceptions.hpp"
#include "spec/exits.hpp"
#include "spec/fields.hpp"
#include "spec/msrs.hpp"
#include "spec/register_bits.hpp"
