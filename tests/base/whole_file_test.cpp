// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>

#include "base/input_error.hpp"
#include "base/whole_file.hpp"

using namespace vmxsim;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(whole_file)

BOOST_AUTO_TEST_CASE(a_file_is_replaced_whole_and_leaves_nothing_beside_it) {
    const fs::path folder = fs::temp_directory_path() / ("vmxsim_whole_file_" + std::to_string(getpid()));
    fs::create_directory(folder);
    write_whole_file(folder / "out.txt", "a longer first text\n");
    write_whole_file(folder / "out.txt", "second\n");
    std::ifstream file(folder / "out.txt");
    BOOST_TEST(std::string(std::istreambuf_iterator<char>(file), {}) == "second\n");
    BOOST_TEST(std::distance(fs::directory_iterator(folder), fs::directory_iterator()) == 1);
    fs::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_bad_input_that_names_the_file) {
    BOOST_CHECK_EXCEPTION(write_whole_file("/nonexistent_folder/out.txt", "x"), InputError, [](const InputError& error) {
        return std::string(error.what()).find("/nonexistent_folder/out.txt") != std::string::npos;
    });
}

BOOST_AUTO_TEST_SUITE_END()
