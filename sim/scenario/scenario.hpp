// SPDX-License-Identifier: MIT
// What a teacher writes: a processor, memory regions, a host, VMCS templates and steps. Symbolic throughout: the same
// scenario runs on the simulator and on real hardware, which place regions elsewhere.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "scenario/expression.hpp"
#include "spec/spec.hpp"
#include "vmx/outcome.hpp"

namespace vmxsim::scenario {

class JsonDocument;

// --- Operations, by the rows of operations.def

enum class Operation : u8 {
#define OPERATION(identifier, summary, operands) identifier,
#include "scenario/operations.def"
#undef OPERATION
};

struct OperandInfo {
    std::string_view name;
    bool required = true;
    u64 default_value = 0;
};

struct OperationInfo {
    std::string_view name, summary;
    std::array<OperandInfo, 3> operands;  // the rest of the array has no name
};

const OperationInfo& info(Operation operation);
std::span<const OperationInfo> operations();  // by Operation

// --- Steps

using Bytes = std::vector<u8>;

struct FieldValue {
    spec::FieldAccess field;
    std::optional<Expression> value{};  // VMWRITE: what to write; VMREAD: what is expected
};

// Which outcome a step must have. Nothing set: any.
struct Expectation {
    std::optional<vmx::Outcome> outcome{};
    std::optional<u64> qualification{};  // of an entry failure
    std::optional<std::string> check{};  // the VM-entry check that decides
    std::optional<Expression> value{};
    std::optional<u32> exit_reason{};  // run_guest
};

struct MemoryWrite {
    enum class Form : u8 { numbers, bytes, fill } form = Form::numbers;
    Expression value, count{1}, increment{0};  // numbers: value, value + increment, ... count of them, width bytes each
    unsigned width = 8;
    Bytes bytes{};
    u8 fill = 0;
    Expression size{0};  // fill
};

struct Step;
struct ExitHandler {
    std::vector<u32> reasons{};  // basic exit reasons; empty: every other one
    std::vector<Step> steps;
};

struct Step {
    Operation operation = Operation::set;
    std::string pointer{};               // its place in the document
    std::vector<Expression> operands{};  // in the order of the row
    std::optional<Expectation> expect{};
    std::string comment{};
    std::string store{};                                                      // the variable that takes the value read
    std::vector<FieldValue> fields{};                                         // vmread, vmwrite
    std::vector<std::pair<std::string, Expression>> variables{};              // set
    std::string template_name{};                                              // load
    MemoryWrite memory{};                                                     // write_memory
    std::optional<Expression> revision{};                                     // write_region_header; else the processor's
    bool shadow = false;                                                      // write_region_header: bit 31
    bool after_mov_ss = false;                                                // vmlaunch, vmresume: MOV SS comes right before
    u64 max_instructions = 0, max_exits = 0, vector = 0, at_instruction = 0;  // run_guest, loop, inject
    bool nmi = false;                                                         // inject: an NMI, else an external interrupt
    std::vector<ExitHandler> handlers{};                                      // loop
};

// --- The scenario

struct Region {
    std::string name{};
    u64 size = 4096;
    // At most one of these fills it from its first byte; the rest reads as zero.
    Bytes bytes{};
    std::string file{};      // relative to the scenario's folder
    std::string assembly{};  // NASM
    unsigned assembly_bits = 64;
    std::optional<Expression> origin{};  // what ORG says; else where the region is placed
};

struct Template {
    std::string name{};
    std::vector<FieldValue> fields{};
};

struct Scenario {
    std::string name{}, summary{};
    std::string cpu{};                               // a profile's name, alias or file; empty: the default
    std::string folder{};                            // where its files are looked for
    std::string source{};                            // the scenario as JSON on one line, for the trace
    std::shared_ptr<const JsonDocument> document{};  // where it was read, for messages
    std::vector<Region> regions{};
    std::vector<std::pair<std::string, Expression>> host{};  // registers that are not what they are by default
    std::vector<Template> templates{};
    std::vector<Step> steps;
};

inline constexpr size_t kMaxScenarioBytes = 16 << 20;
inline constexpr u64 kMaxRegionSize = u64{64} << 20, kMaxMemory = u64{256} << 20;

}  // namespace vmxsim::scenario
