// SPDX-License-Identifier: MIT
#include "import/profile_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/input_error.hpp"
#include "base/number.hpp"

namespace vmxsim::import {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kFormat = "vmxsim-cpu";

class Reader {
public:
    explicit Reader(std::string file) : file_(std::move(file)) {}

    [[noreturn]] void fail(const std::string& path, const std::string& expected, const Json& found) const {
        std::string shown = found.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 60);
        throw InputError(Position{file_, 0, 0}, path + ": expected " + expected + ", found " + shown);
    }

    u64 number(const Json& value, const std::string& path, u64 largest = ~u64{0}) const {
        std::optional<u64> result;
        if (value.is_string())
            result = parse_number(value.get_ref<const std::string&>());
        else if (value.is_number_unsigned())
            result = value.get<u64>();
        if (!result || *result > largest)
            fail(path, largest == ~u64{0} ? "a number such as \"0x1f\"" : "a number up to " + hex(largest), value);
        return *result;
    }

    std::string text(const Json& object, const char* key) const {
        if (!object.contains(key)) return {};
        if (!object[key].is_string()) fail(key, "a string", object[key]);
        return object[key].get<std::string>();
    }

    void msrs(const Json& object, ProfileDraft& draft) const {
        if (!object.is_object()) fail("msrs", "an object such as {\"0x480\": \"0x...\"}", object);
        for (const auto& [key, value] : object.items()) {
            const std::string path = "msrs." + key;
            const std::optional<u64> index = parse_number(key);
            if (!index) fail(path, "the number of an MSR in hex as the key", Json(key));
            if (*index > 0xFFFFFFFF || !VmxMsrs::contains(static_cast<u32>(*index))) {
                draft.warnings.push_back(path + " is not a VMX capability MSR and is not used");
                continue;
            }
            if (value.is_null())
                draft.absent.push_back(static_cast<u32>(*index));
            else
                draft.msrs.set(static_cast<u32>(*index), number(value, path));
        }
        if (draft.msrs == VmxMsrs{}) fail("msrs", "at least one of 0x480 to 0x493", object);
    }

    void cpuid(const Json& list, ProfileDraft& draft) const {
        if (!list.is_array()) fail("cpuid", "a list of leaves", list);
        for (size_t i = 0; i < list.size(); ++i) {
            const std::string path = "cpuid[" + std::to_string(i) + "]";
            const Json& entry = list[i];
            if (!entry.is_object()) fail(path, "an object with leaf, subleaf, eax, ebx, ecx and edx", entry);
            const auto part = [&](const char* key, bool required) -> u32 {
                if (!entry.contains(key)) {
                    if (required) fail(path, std::string("the key \"") + key + "\"", entry);
                    return 0;
                }
                return static_cast<u32>(number(entry[key], path + "." + key, 0xFFFFFFFF));
            };
            const CpuidLeaf leaf{part("leaf", true), part("subleaf", false), part("eax", true),
                                 part("ebx", true),  part("ecx", true),      part("edx", true)};
            const bool twice = std::any_of(draft.cpuid.begin(), draft.cpuid.end(), [&](const CpuidLeaf& other) {
                return other.leaf == leaf.leaf && other.subleaf == leaf.subleaf;
            });
            if (twice) fail(path, "each leaf once", entry);
            draft.cpuid.push_back(leaf);
        }
    }

    std::optional<unsigned> width(const Json& object, const char* key, unsigned low, unsigned high) const {
        if (!object.contains(key)) return std::nullopt;
        const u64 value = number(object[key], key);
        if (value < low || value > high)
            fail(key, "a number from " + std::to_string(low) + " to " + std::to_string(high), object[key]);
        return static_cast<unsigned>(value);
    }

private:
    std::string file_;
};

// JSON from the parser counts bytes; people count lines.
Position position_of(std::string_view text, size_t byte, const std::string& file) {
    const std::string_view before = text.substr(0, std::min(byte, text.size()));
    const size_t last_line = before.rfind('\n');
    const auto line = static_cast<unsigned>(std::count(before.begin(), before.end(), '\n') + 1);
    const size_t column = before.size() - (last_line == std::string_view::npos ? 0 : last_line + 1);
    return {file, line, static_cast<unsigned>(std::max<size_t>(column, 1))};
}

}  // namespace

ProfileDraft parse_profile_json(std::string_view text, const std::string& file) {
    Json document;
    try {
        document = Json::parse(text);
    } catch (const Json::parse_error& error) {
        throw InputError(position_of(text, error.byte, file), "expected JSON, found something else at this place");
    } catch (const Json::exception&) {
        throw InputError(Position{file, 0, 0}, "expected JSON whose numbers fit in 64 bits");
    }
    const Reader reader(file);
    if (!document.is_object()) reader.fail("the document", "an object", document);
    if (!document.contains("msrs")) reader.fail("the document", "the key \"msrs\"", document);

    ProfileDraft draft;
    const bool cpu_file = document.contains("format");
    if (cpu_file) {
        if (document["format"] != kFormat) reader.fail("format", "\"vmxsim-cpu\"", document["format"]);
        if (!document.contains("version") || document["version"] != 1)
            reader.fail("version", "1", document.value("version", Json(nullptr)));
    }
    // MSRs that a vmxsim-cpu file or a `caps --json` leaves out do not exist there.
    draft.complete = cpu_file || document.contains("controls");
    draft.name = reader.text(document, cpu_file ? "name" : "cpu");
    draft.source = reader.text(document, "source");
    reader.msrs(document["msrs"], draft);
    if (document.contains("cpuid")) reader.cpuid(document["cpuid"], draft);
    draft.physical_address_bits = reader.width(document, "physical_address_bits", 32, 52);
    draft.linear_address_bits = reader.width(document, "linear_address_bits", 48, 57);
    if (draft.linear_address_bits && *draft.linear_address_bits != 48 && *draft.linear_address_bits != 57)
        reader.fail("linear_address_bits", "48, or 57 with 5-level paging", document["linear_address_bits"]);
    return draft;
}

std::string profile_to_json(const CpuProfile& profile) {
    nlohmann::ordered_json document{{"format", kFormat}, {"version", 1}, {"name", profile.name}, {"source", profile.source}};
    auto& msrs = document["msrs"] = nlohmann::ordered_json::object();
    const auto add = [&](u32 msr) {
        if (const auto value = profile.msrs.get(msr)) msrs[hex(msr)] = hex(*value);
    };
    add(kIa32FeatureControl);
    for (u32 msr = kFirstVmxMsr; msr <= kLastVmxMsr; ++msr) add(msr);
    auto& leaves = document["cpuid"] = nlohmann::ordered_json::array();
    for (const CpuidLeaf& leaf : profile.cpuid)
        leaves.push_back({{"leaf", hex(leaf.leaf)},
                          {"subleaf", hex(leaf.subleaf)},
                          {"eax", hex(leaf.eax)},
                          {"ebx", hex(leaf.ebx)},
                          {"ecx", hex(leaf.ecx)},
                          {"edx", hex(leaf.edx)}});
    document["physical_address_bits"] = profile.physical_address_bits;
    document["linear_address_bits"] = profile.linear_address_bits;
    return document.dump(2) + "\n";
}

}  // namespace vmxsim::import
