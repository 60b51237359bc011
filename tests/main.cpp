// SPDX-License-Identifier: MIT
#define BOOST_TEST_MODULE vmxsim
#include <boost/test/unit_test.hpp>
