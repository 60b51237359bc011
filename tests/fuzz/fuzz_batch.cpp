// SPDX-License-Identifier: MIT
// Whatever the lines of a batch are, each is answered by one line of JSON or skipped as blank.
#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/input_error.hpp"
#include "report/batch.hpp"
#include "vmcs/profiles.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vmxsim;
    std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
    std::ostringstream out;
    report::BatchOptions options;
    // Names only: a fuzzer is not to open files.
    options.resolve = [](const std::string& name) {
        const CpuProfile* profile = find_profile(name);
        if (profile == nullptr) throw InputError("expected a profile, found \"" + name + "\"");
        return *profile;
    };
    options.default_cpu = default_profile().name;
    options.file = "fuzz";
    size_t complaints = 0;
    options.complain = [&](const std::string&) { ++complaints; };
    const report::BatchResult result = report::run_batch(in, out, options);

    std::istringstream answers(out.str());
    size_t count = 0;
    for (std::string line; std::getline(answers, line); ++count) {
        const auto answer = nlohmann::json::parse(line, nullptr, false);
        if (answer.is_discarded() || !answer.contains("id") || answer.contains("outcome") == answer.contains("error_message"))
            std::abort();
    }
    if (count != result.cases + result.bad_lines || complaints != result.bad_lines) std::abort();
    return 0;
}
