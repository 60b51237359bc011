// SPDX-License-Identifier: MIT
#include "report/describe_violation.hpp"

#include "report/describe_edit.hpp"
#include "report/describe_value.hpp"

namespace vmxsim::report::detail {

Violation describe_violation(vmx::CheckIndex check, const vmx::Edit& edit, const RuleMentions& mentions,
                             std::vector<FieldValue> fields, std::optional<u64> edited) {
    const vmx::CheckInfo& info = vmx::all_checks()[check];
    Violation violation{info.id, info.sdm, info.rule, std::move(fields), {}, {}, true, {}, {}};
    // The field to be edited comes first: it is the one at fault.
    const auto say = [&](size_t n) {
        const FieldValue& shown = violation.fields[n];
        if (!violation.why.empty()) violation.why += "; ";
        if (!shown.value) {
            violation.why.append(spec::info(shown.field).name).append(" is not shown");
            return;
        }
        const u64 edits = shown.field == edit.field && is_told_by_bits(edit, *shown.value) ? *shown.value ^ edit.value : 0;
        describe_value(violation.why, shown.field, *shown.value, edits | mentions.bits_of(check, n), mentions.names());
    };
    for (size_t n = 0; n < violation.fields.size(); ++n)
        if (violation.fields[n].field == edit.field) say(n);
    for (size_t n = 0; n < violation.fields.size(); ++n)
        if (violation.fields[n].field != edit.field) say(n);
    if (edit.field != Field::none && !edited)
        violation.fix.append("what to change rests on ").append(spec::info(edit.field).name).append(", which is not shown");
    else
        describe_edit(violation.fix, edit, edited.value_or(0));
    return violation;
}

}  // namespace vmxsim::report::detail
