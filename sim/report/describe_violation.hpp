// SPDX-License-Identifier: MIT
// A failing check with its values in words and its fix.
#pragma once

#include "report/entry_explanation.hpp"
#include "report/rule_mentions.hpp"

namespace vmxsim::report {

// value_of: the field's value, or nothing when the input does not show it.
template <class ValueOf>
Violation describe_violation(vmx::CheckIndex check, const vmx::Edit& edit, const RuleMentions& mentions, ValueOf value_of);

namespace detail {
Violation describe_violation(vmx::CheckIndex check, const vmx::Edit& edit, const RuleMentions& mentions,
                             std::vector<FieldValue> fields, std::optional<u64> edited);
}

template <class ValueOf>
Violation describe_violation(vmx::CheckIndex check, const vmx::Edit& edit, const RuleMentions& mentions, ValueOf value_of) {
    const vmx::CheckInfo& info = vmx::all_checks()[check];
    std::vector<FieldValue> fields;
    fields.reserve(info.fields.size());
    for (const Field field : info.fields) fields.push_back({field, value_of(field)});
    const auto edited = edit.field == Field::none ? std::optional<u64>() : value_of(edit.field);
    return detail::describe_violation(check, edit, mentions, std::move(fields), edited);
}

}  // namespace vmxsim::report
