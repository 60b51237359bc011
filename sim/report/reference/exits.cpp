// SPDX-License-Identifier: MIT
#include "base/bits.hpp"
#include "base/input_error.hpp"
#include "base/number.hpp"
#include "base/similar.hpp"
#include "report/reference/records.hpp"
#include "spec/text.hpp"

namespace vmxsim::report {
namespace {

using namespace spec;

constexpr Column kColumns[] = {{"number", "NUMBER"}, {"name", "NAME"},          {"delivery", "DELIVERY"},
                               {"sdm", "SDM"},       {"cause_sdm", "CAUSE IN"}, {"cause", "CAUSE"}};

constexpr std::string_view kLinuxPrefix = "EXIT_REASON_";

// The 32-bit exit-reason field: basic reason, the bits above it, and bits that the SDM does not define (SDM 24.9.1).
Json taken_apart(u32 value) {
    const auto basic = static_cast<u32>(bits(value, 15, 0));
    const ExitReasonInfo* row = find_exit_reason(basic);
    Json record = row != nullptr ? exit_record(*row) : Json{{"number", basic}, {"name", nullptr}};
    if (row != nullptr && !row->linux_name.empty()) record["linux"] = std::string(kLinuxPrefix) + std::string(row->linux_name);
    Json named = Json::array();
    u32 undefined = value & ~u32{0xFFFF};
    for (const ExitReasonBitInfo& info : kExitReasonBits) {
        if (!is_set(value, info.bit)) continue;
        named.push_back({{"bit", info.bit}, {"name", info.identifier}, {"meaning", info.meaning}});
        undefined &= ~(u32{1} << info.bit);
    }
    record["value"] = hex(value);
    record["bits"] = std::move(named);
    record["undefined_bits"] = hex(undefined);
    record["entry_failed"] = (value & kEntryFailureBit) != 0;
    record["assigned"] = row != nullptr && !row->is_reserved();
    return record;
}

bool is_called(const ExitReasonInfo& row, std::string_view key) {
    if (row.is_reserved()) return false;
    if (same_ignoring_case(key, row.name) || same_ignoring_case(key, row.identifier)) return true;
    if (row.linux_name.empty()) return false;
    if (key.size() > kLinuxPrefix.size() && same_ignoring_case(key.substr(0, kLinuxPrefix.size()), kLinuxPrefix))
        key.remove_prefix(kLinuxPrefix.size());
    return same_ignoring_case(key, row.linux_name);
}

}  // namespace

Json exit_record(const ExitReasonInfo& reason) {
    return {{"number", reason.number},
            {"name", reason.name},
            {"identifier", reason.identifier},
            {"cause", reason.cause},
            {"records", reason.records},
            {"delivery", to_string(reason.delivery)},
            {"sdm", "C"},
            {"cause_sdm", reason.cause_sdm}};
}

ReferenceAnswer describe_exits(std::string_view key, Format format) {
    Json records = Json::array();
    if (key.empty()) {
        for (const ExitReasonInfo& reason : kExitReasons) records.push_back(exit_record(reason));
        return {render_list(records, kColumns, format), true};
    }
    if (const auto number = number_in(key)) {
        if (*number > 0xFFFFFFFF) throw InputError("expected an exit reason of at most 32 bits, found " + std::string(key));
        records.push_back(taken_apart(static_cast<u32>(*number)));
    } else {
        for (const ExitReasonInfo& reason : kExitReasons)
            if (is_called(reason, key)) records.push_back(taken_apart(reason.number));
    }
    if (records.empty()) {
        std::vector<std::string_view> names;
        for (const ExitReasonInfo& reason : kExitReasons) {
            if (reason.is_reserved()) continue;
            names.insert(names.end(), {reason.name, reason.identifier});
            if (!reason.linux_name.empty()) names.push_back(reason.linux_name);
        }
        throw InputError("expected the name or number of an exit reason, found \"" + std::string(key) + '"' +
                         did_you_mean(key, names));
    }
    const bool assigned = records[0]["assigned"];
    if (format == Format::text && !assigned) return {in_full(records[0], std::string(key) + ": reserved or undefined"), false};
    return {render(records, kColumns, "name", format), assigned};
}

}  // namespace vmxsim::report
