// SPDX-License-Identifier: MIT
#include "scenario/templates.hpp"

#include "base/invariant.hpp"
#include "vmcs/golden.hpp"

namespace vmxsim::scenario {
namespace {

using spec::Field;

struct TemplateRow {
    std::string_view name;
    Field field;
    std::string_view expression;
};
constexpr TemplateRow kTemplateRows[] = {
#define TEMPLATE_FIELD(name, field, expression) {#name, Field::field, expression},
#define HOST_CAPTURE(field, name)
#include "scenario/templates.def"
#undef TEMPLATE_FIELD
#undef HOST_CAPTURE
};

struct CaptureRow {
    Field field;
    std::string_view name;
};
constexpr CaptureRow kCaptureRows[] = {
#define TEMPLATE_FIELD(name, field, expression)
#define HOST_CAPTURE(field, name) {Field::field, name},
#include "scenario/templates.def"
#undef TEMPLATE_FIELD
#undef HOST_CAPTURE
};

FieldValue row(Field field, Expression value) { return {{field, false}, std::move(value)}; }

// Every field of these types that the processor has and VMWRITE may write.
template <class Value>
std::vector<FieldValue> writable_fields(const Capabilities& cpu, bool host, Value value) {
    std::vector<FieldValue> fields;
    for (size_t i = 0; i < spec::kFieldCount; ++i) {
        const Field field = static_cast<Field>(i);
        const spec::FieldType type = spec::info(field).type();
        if (type == spec::FieldType::read_only || (type == spec::FieldType::host_state && !host)) continue;
        if (cpu.field_exists(field)) fields.push_back(row(field, Expression(value(field))));
    }
    return fields;
}

}  // namespace

bool is_built_in_template(std::string_view name) {
    if (name == "golden" || name == "blank") return true;
    for (const TemplateRow& field : kTemplateRows)
        if (field.name == name) return true;
    return false;
}

std::string built_in_template_names() { return "golden, blank, adjusted_controls"; }

std::vector<FieldValue> host_capture(const Capabilities& cpu) {
    std::vector<FieldValue> fields;
    for (const CaptureRow& capture : kCaptureRows)
        if (cpu.field_exists(capture.field))
            fields.push_back(row(capture.field, Expression("host." + std::string(capture.name))));
    return fields;
}

std::vector<FieldValue> built_in_template(std::string_view name, const Capabilities& cpu) {
    if (name == "blank") return writable_fields(cpu, true, [](Field) { return u64{0}; });
    std::vector<FieldValue> fields;
    if (name == "golden") {
        const Vmcs golden = golden_vmcs(cpu);
        fields = writable_fields(cpu, false, [&](Field field) { return golden[field]; });
        for (FieldValue& captured : host_capture(cpu)) fields.push_back(std::move(captured));
    }
    for (const TemplateRow& entry : kTemplateRows)
        if (entry.name == name && cpu.field_exists(entry.field)) fields.push_back(row(entry.field, Expression(entry.expression)));
    if (fields.empty()) unreachable("no built-in template " + std::string(name));
    return fields;
}

}  // namespace vmxsim::scenario
