// SPDX-License-Identifier: MIT
#include "scenario/run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/input_error.hpp"
#include "base/invariant.hpp"
#include "base/number.hpp"
#include "scenario/json_input.hpp"
#include "scenario/memory_write.hpp"
#include "scenario/outcome_json.hpp"
#include "scenario/run_names.hpp"
#include "scenario/templates.hpp"

namespace vmxsim::scenario {
namespace {

using vmx::Outcome;
using vmx::OutcomeKind;

constexpr size_t kLongestShownWrite = 64;  // bytes of a write_memory event

bool refused_by_checks(const Outcome& outcome) {
    return (outcome.kind == OutcomeKind::fail_valid &&
            (outcome.error == spec::VmInstructionError::vm_entry_with_invalid_control_field ||
             outcome.error == spec::VmInstructionError::vm_entry_with_invalid_host_state_field)) ||
           (outcome.kind == OutcomeKind::entry_failure &&
            (outcome.reason & 0xFFFF) == static_cast<u32>(spec::ExitReason::entry_failure_guest_state));
}

// Thrown by an observer's wish; caught in run().
struct Stopped {};

class Runner {
public:
    Runner(const Scenario& scenario, const Setup& setup, Backend& backend, Observer& observer)
        : scenario_(scenario),
          setup_(setup),
          backend_(backend),
          observer_(observer),
          capabilities_(backend.cpu()),
          names_(setup, backend) {}

    RunResult run() {
        try {
            for (const Step& step : scenario_.steps) {
                if (guest_is_needed_for(step)) break;
                run_step(step);
            }
            result_.finished = result_.steps == scenario_.steps.size();
        } catch (const Stopped&) {
        }
        result_.in_guest = backend_.in_guest();
        return result_;
    }

private:
    // After a successful entry the processor executes the guest: the host's next instruction comes after a VM exit.
    bool guest_is_needed_for(const Step& step) {
        if (!backend_.in_guest() || step.operation == Operation::run_guest) return false;
        // An entry that should not have succeeded: what follows is not what the scenario is about.
        if (result_.disagreements != 0) return true;
        unmodelled(fmt::format("guest execution: step {} ({}) comes after a VM exit of the guest", result_.steps + 1,
                               info(step.operation).name));
    }

    void run_step(const Step& step) {
        step_ = &step;
        ++result_.steps;
        events_ = failures_ = 0;
        decisive_.reset();
        disagreement_.clear();
        try {
            execute(step);
            if (step.expect) judge(*step.expect);
        } catch (const ExpressionError& error) {
            fail(error.what());
        }
        if (!disagreement_.empty()) ++result_.disagreements;
        observer_.on_step({result_.steps, step, events_, failures_,
                           decisive_.value_or(Event{.step = result_.steps, .operation = step.operation}), disagreement_});
    }

    void judge(const Expectation& expected) {
        ++result_.expectations;
        const std::string_view check = decisive_->outcome.check ? vmx::all_checks()[*decisive_->outcome.check].id : "";
        if (disagreement_.empty()) disagreement_ = disagreement(expected, decisive_->outcome, check, decisive_->value, names_);
        if (disagreement_.empty() && expected.exit_reason &&
            (!decisive_->exit || decisive_->exit->reason != *expected.exit_reason))
            disagreement_ = fmt::format("expected exit reason {}; found another", hex(*expected.exit_reason));
    }

    [[noreturn]] void fail(const std::string& what) const {
        const Position where = scenario_.document ? scenario_.document->position(step_->pointer) : Position{};
        throw InputError(where, fmt::format("step {}: {}", result_.steps, what));
    }

    u64 value(const Expression& expression) const { return expression.evaluate(names_); }
    u64 operand(size_t i) const { return value(step_->operands[i]); }

    void emit(Event event) {
        event.step = result_.steps;
        ++events_;
        ++result_.events;
        const bool failed = event.outcome.kind != OutcomeKind::succeed && event.outcome.kind != OutcomeKind::entered;
        if (failed) ++failures_;
        const bool settled = decisive_ && decisive_->outcome.kind != OutcomeKind::succeed;
        if (!observer_.on_event(event)) throw Stopped{};
        if (!settled) decisive_ = std::move(event);
    }

    // An operation whose operands are those of its row.
    Event plain(Outcome outcome, std::optional<u64> read = std::nullopt) const {
        Event event{.operation = step_->operation, .value = read, .outcome = outcome};
        const OperationInfo& row = info(step_->operation);
        for (size_t i = 0; i < step_->operands.size(); ++i) event.operands.emplace_back(row.operands[i].name, hex(operand(i)));
        return event;
    }
    void emit_plain(Outcome outcome) { emit(plain(outcome)); }
    void emit_read(const Read& read) {
        const bool succeeded = read.outcome.kind == OutcomeKind::succeed;
        if (succeeded && !step_->store.empty()) names_.set(step_->store, read.value);
        emit(plain(read.outcome, succeeded ? std::optional(read.value) : std::nullopt));
    }

    void execute(const Step& step) {
        switch (step.operation) {
            case Operation::set:
                for (const auto& [name, expression] : step.variables) {
                    const u64 number = value(expression);
                    names_.set(name, number);
                    emit({.operation = Operation::set, .operands = {{"variable", name}}, .value = number});
                }
                return;
            // The operands are evaluated into the event before the instruction changes what they are made of.
            case Operation::vmxon: return emit_after([&] { return backend_.vmxon(operand(0)); });
            case Operation::vmxoff: return emit_plain(backend_.vmxoff());
            case Operation::vmclear: return emit_after([&] { return backend_.vmclear(operand(0)); });
            case Operation::vmptrld: return emit_after([&] { return backend_.vmptrld(operand(0)); });
            case Operation::vmptrst: return emit_read(backend_.vmptrst());
            case Operation::vmread: return read_fields();
            case Operation::vmwrite: return write_fields(step.fields);
            case Operation::vmlaunch:
            case Operation::vmresume: return enter();
            case Operation::vmcall: return emit_plain(backend_.vmcall());
            case Operation::invept: return emit_after([&] { return backend_.invept(operand(0), operand(1), operand(2)); });
            case Operation::invvpid: return emit_after([&] { return backend_.invvpid(operand(0), operand(1), operand(2)); });
            case Operation::rdmsr: return emit_read(backend_.rdmsr(msr_number()));
            case Operation::wrmsr: return emit_after([&] { return backend_.wrmsr(msr_number(), operand(1)); });
            case Operation::write_cr0: return emit_after([&] { return backend_.write_cr0(operand(0)); });
            case Operation::write_cr3: return emit_after([&] { return backend_.write_cr3(operand(0)); });
            case Operation::write_cr4: return emit_after([&] { return backend_.write_cr4(operand(0)); });
            case Operation::read_memory: return read_memory();
            case Operation::write_memory: return write_memory();
            case Operation::write_region_header: return write_region_header();
            case Operation::load: return load();
            case Operation::capture_host: return write_fields(host_capture(capabilities_));
            case Operation::run_guest: return run_guest();
            case Operation::inject:
                unmodelled(fmt::format("guest execution: step {} injects at a guest instruction count", result_.steps));
            case Operation::loop: unmodelled(fmt::format("guest execution: step {} loops over VM exits", result_.steps));
        }
    }

    template <class Instruction>
    void emit_after(Instruction instruction) {
        Event event = plain({});
        event.outcome = instruction();
        emit(std::move(event));
    }

    u32 msr_number() const {
        const u64 number = operand(0);
        if (number >> 32 != 0) fail(fmt::format("expected the number of an MSR; found {}", hex(number)));
        return static_cast<u32>(number);
    }

    static Event field_event(Operation operation, spec::FieldAccess field) {
        const spec::FieldInfo& row = spec::info(field.field);
        const std::string name = std::string(row.name) + (field.high ? "_HIGH" : "");
        return {.operation = operation, .operands = {{"field", name}, {"encoding", hex(encoding(field), 4)}}};
    }
    static u32 encoding(spec::FieldAccess field) { return spec::info(field.field).encoding | (field.high ? 1 : 0); }

    void read_fields() {
        for (const FieldValue& field : step_->fields) {
            const Read read = backend_.vmread(encoding(field.field));
            Event event = field_event(Operation::vmread, field.field);
            event.outcome = read.outcome;
            const bool succeeded = read.outcome.kind == OutcomeKind::succeed;
            if (succeeded) event.value = read.value;
            if (succeeded && !step_->store.empty()) names_.set(step_->store, read.value);
            emit(std::move(event));
            if (!field.value) continue;
            ++result_.expectations;
            const u64 wanted = value(*field.value);
            if (disagreement_.empty() && (!succeeded || read.value != wanted))
                disagreement_ = fmt::format("expected {} in {}; found {}", hex(wanted), spec::info(field.field.field).name,
                                            succeeded ? hex(read.value) : to_text(read.outcome));
        }
    }

    void write_fields(const std::vector<FieldValue>& fields) {
        for (const FieldValue& field : fields) {
            const u64 number = value(*field.value);
            Event event = field_event(Operation::vmwrite, field.field);
            event.operands.emplace_back("value", hex(number));
            event.outcome = backend_.vmwrite(encoding(field.field), number);
            emit(std::move(event));
        }
    }

    void load() {
        const auto own = std::find_if(scenario_.templates.begin(), scenario_.templates.end(),
                                      [&](const Template& entry) { return entry.name == step_->template_name; });
        write_fields(own != scenario_.templates.end() ? own->fields : built_in_template(step_->template_name, capabilities_));
    }

    void enter() {
        std::vector<Violation> violations = backend_.violations();
        Event event = plain({});
        if (step_->after_mov_ss) event.operands.emplace_back("after_mov_ss", "0x1");
        event.outcome = backend_.enter(step_->operation == Operation::vmlaunch, step_->after_mov_ss);
        if (refused_by_checks(event.outcome)) event.violations = std::move(violations);
        emit(std::move(event));
    }

    void run_guest() {
        if (!backend_.in_guest()) fail("expected a guest that was entered; found the host running");
        Event event = plain({});
        event.exit = backend_.run_guest();
        emit(std::move(event));
    }

    // Real hardware must not be made to write anywhere: a scenario's memory is its regions.
    void require_in_region(u64 address, u64 size) const {
        for (const PlacedRegion& region : setup_.regions)
            if (address >= region.address && size <= region.size && address - region.address <= region.size - size) return;
        fail(fmt::format("expected {} bytes inside one region; found address {}", size, hex(address)));
    }

    void read_memory() {
        const u64 address = operand(0), width = operand(1);
        if (width != 1 && width != 2 && width != 4 && width != 8)
            fail(fmt::format("expected a width of 1, 2, 4 or 8; found {}", width));
        require_in_region(address, width);
        u8 bytes[8] = {};
        backend_.read_memory(address, std::span(bytes, width));
        u64 number = 0;
        for (size_t i = width; i-- > 0;) number = number << 8 | bytes[i];
        emit_read({{}, number});
    }

    void write_memory() {
        const MemoryWrite& write = step_->memory;
        const u64 address = operand(0);
        const Bytes bytes = bytes_of(write, names_);
        require_in_region(address, bytes.size());
        Event event = plain({});
        if (write.form == MemoryWrite::Form::fill) {
            event.operands.emplace_back("fill", hex(write.fill));
        } else {
            event.operands.emplace_back("hex", digits(std::span(bytes).first(std::min(bytes.size(), kLongestShownWrite))));
        }
        if (write.form == MemoryWrite::Form::fill || bytes.size() > kLongestShownWrite)
            event.operands.emplace_back("size", hex(bytes.size()));
        backend_.write_memory(address, bytes);
        emit(std::move(event));
    }

    void write_region_header() {
        const u64 address = operand(0);
        require_in_region(address, 4);
        const u64 revision = step_->revision ? value(*step_->revision) : capabilities_.revision_identifier();
        const u32 header = static_cast<u32>(revision | (step_->shadow ? u64{1} << 31 : 0));
        u8 bytes[4];
        for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<u8>(header >> 8 * i);
        backend_.write_memory(address, bytes);
        Event event = plain({});
        event.operands.emplace_back("header", hex(header));
        emit(std::move(event));
    }

    const Scenario& scenario_;
    const Setup& setup_;
    Backend& backend_;
    Observer& observer_;
    Capabilities capabilities_;
    RunNames names_;
    RunResult result_;

    const Step* step_ = nullptr;
    size_t events_ = 0, failures_ = 0;
    std::optional<Event> decisive_;
    std::string disagreement_;
};

}  // namespace

RunResult run(const Scenario& scenario, const Setup& setup, Backend& backend, Observer& observer) {
    return Runner(scenario, setup, backend, observer).run();
}

}  // namespace vmxsim::scenario
