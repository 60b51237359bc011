// SPDX-License-Identifier: MIT
// Dumps of real machines whose causes are known: each cause is among the violations, and healthy ones have none.
#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "import/profile_file.hpp"
#include "report/dump_checker.hpp"
#include "report/explanation_text.hpp"

using namespace vmxsim;
using namespace vmxsim::report;

namespace {

struct Known {
    const char* file;  // beginning of its name in samples/dumps
    EntryClass entry_class;
    std::vector<const char*> certain, uncertain;  // all violations
};

std::ostream& operator<<(std::ostream& out, const Known& known) { return out << known.file; }

const std::vector<Known> kKnown = {
    {"001-", EntryClass::entry_failure, {"guest.interruptibility_state.sti_without_if"}, {}},
    {"003-", EntryClass::entry_failure, {"guest.ds_access_rights.accessed", "guest.es_access_rights.accessed"}, {}},
    {"005-", EntryClass::ordinary_exit, {}, {}},
    {"008-", EntryClass::ordinary_exit, {}, {}},
    {"010-", EntryClass::entry_failure, {"guest.cr4.fixed_to_0"}, {}},
    {"011-", EntryClass::entry_failure, {"guest.interruptibility_state.sti_with_nmi"}, {}},
    {"020-", EntryClass::ordinary_exit, {}, {}},
    {"021-", EntryClass::entry_failure, {"msr_load.branch_from"}, {}},
    {"024-", EntryClass::entry_failure, {"guest.cr3.reserved"}, {"guest.cr4.fixed_to_0"}},
    {"028-", EntryClass::entry_failure, {}, {"guest.dr7.upper_half"}},
    {"030-", EntryClass::entry_failure, {}, {"guest.pending_debug_exceptions.bs_while_single_stepping"}},
    {"040-", EntryClass::entry_failure, {}, {"guest.cr0.pg_for_ia32e_mode", "guest.cr4.pae_for_ia32e_mode"}},
    {"050-", EntryClass::vmfail_valid, {}, {}},
    {"062-", EntryClass::unknown, {"guest.rflags.if_for_external_interrupt"}, {}},
    {"063-", EntryClass::unknown, {}, {}},
    {"qemu-001-", EntryClass::entry_failure, {}, {"guest.interruptibility_state.sti_without_if"}},
    {"qemu-002-", EntryClass::unknown, {}, {}},
    {"qemu-003-", EntryClass::vmfail_invalid, {}, {}},
    {"qemu-007-", EntryClass::unknown, {}, {}},
    {"qemu-008-", EntryClass::vmfail_valid, {}, {}},
};

std::filesystem::path find(const std::string& beginning) {
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(VMXSIM_SOURCE_DIR) / "samples/dumps"))
        if (entry.path().filename().string().rfind(beginning, 0) == 0) return entry.path();
    return {};
}

std::vector<EntryExplanation> explain(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const DumpChecker checker(import::resolve_profile, "");
    std::vector<EntryExplanation> explanations;
    for (const auto& dump : import::parse_dumps(text, path.filename().string())) explanations.push_back(checker.explain(dump));
    return explanations;
}

std::vector<std::string> checks(const EntryExplanation& explanation, bool certain) {
    std::vector<std::string> names;
    for (const Violation& violation : explanation.violations)
        if (violation.certain == certain) names.emplace_back(violation.check);
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(real_dumps)

BOOST_DATA_TEST_CASE(the_known_causes_are_the_violations, boost::unit_test::data::make(kKnown), known) {
    const auto path = find(known.file);
    BOOST_REQUIRE(!path.empty());
    const auto explanations = explain(path);
    BOOST_REQUIRE(explanations.size() == 1);
    const EntryExplanation& explanation = explanations[0];
    BOOST_TEST((explanation.entry_class == known.entry_class));
    BOOST_TEST(checks(explanation, true) == std::vector<std::string>(known.certain.begin(), known.certain.end()),
               boost::test_tools::per_element());
    BOOST_TEST(checks(explanation, false) == std::vector<std::string>(known.uncertain.begin(), known.uncertain.end()),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_sample_is_known_here) {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(VMXSIM_SOURCE_DIR) / "samples/dumps")) {
        if (entry.path().extension() != ".txt") continue;
        ++count;
        const std::string name = entry.path().filename().string();
        BOOST_TEST(std::any_of(kKnown.begin(), kKnown.end(), [&](const Known& known) { return name.rfind(known.file, 0) == 0; }),
                   name);
    }
    BOOST_TEST(count == kKnown.size());
}

BOOST_AUTO_TEST_CASE(the_text_names_class_cause_and_fix_within_a_hundred_columns) {
    const std::string text = explanation_text(explain(find("001-"))[0], {false, 100, 76});
    for (const char* part :
         {"The VM entry failed: invalid guest state", "guest.interruptibility_state.sti_without_if  SDM 26.3.1.5",
          "blocking by STI (bit 0) is 1", "clear bit 0 of GUEST_INTERRUPTIBILITY_INFO (0x9 -> 0x8)"})
        BOOST_TEST(text.find(part) != std::string::npos, part);
    BOOST_TEST(text.find('\033') == std::string::npos);
    for (size_t at = 0; at < text.size();) {
        const size_t end = text.find('\n', at);
        BOOST_TEST(end - at <= 100U, text.substr(at, end - at));
        at = end + 1;
    }
}

BOOST_AUTO_TEST_SUITE_END()
