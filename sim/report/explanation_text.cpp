// SPDX-License-Identifier: MIT
#include "report/explanation_text.hpp"

#include <algorithm>
#include <string_view>

#include "base/number.hpp"
#include "report/profile_groups.hpp"

namespace vmxsim::report {
namespace {

constexpr std::string_view kRed = "\033[1;31m", kGreen = "\033[1;32m", kYellow = "\033[1;33m", kBold = "\033[1m",
                           kDim = "\033[2m", kPlain = "\033[0m";
constexpr size_t kUnknownShown = 8;

class Printer {
public:
    explicit Printer(const TextStyle& style) : style_(style) {}

    void coloured(std::string_view colour, std::string_view text) {
        if (style_.colour) out_ += colour;
        out_ += text;
        if (style_.colour) out_ += kPlain;
    }

    // A paragraph behind a label, wrapped at the width, its later lines below the text and not below the label.
    void paragraph(size_t indent, std::string_view label, std::string_view text, std::string_view colour = {}) {
        out_.append(indent, ' ');
        coloured(kDim, label);
        const size_t left = indent + label.size();
        size_t column = left;
        bool first = true;
        if (style_.colour) out_ += colour;
        while (!text.empty()) {
            const size_t end = std::min(text.find(' '), text.size());
            const std::string_view word = text.substr(0, end);
            text.remove_prefix(std::min(end + 1, text.size()));
            if (!first && column + 1 + word.size() > style_.width) {
                out_ += '\n';
                out_.append(left, ' ');
                column = left;
            } else if (!first) {
                out_ += ' ';
                ++column;
            }
            out_ += word;
            column += word.size();
            first = false;
        }
        if (style_.colour && !colour.empty()) out_ += kPlain;
        out_ += '\n';
    }

    void line(std::string_view text = {}) { out_.append(text).append("\n"); }
    std::string& out() { return out_; }

private:
    const TextStyle& style_;
    std::string out_;
};

std::string names(const std::vector<Field>& fields, size_t most) {
    std::string text;
    for (size_t i = 0; i < fields.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + std::string(spec::info(fields[i]).name);
    if (fields.size() > most) text += " and " + std::to_string(fields.size() - most) + " more";
    return text;
}

std::string_view colour_of(const EntryExplanation& explanation) {
    if (explanation.entry_class == EntryClass::ordinary_exit) return explanation.violations.empty() ? kGreen : kYellow;
    return explanation.failed() ? kRed : kYellow;
}

std::string condition(const Violation& violation, const EntryExplanation& explanation) {
    std::string text;
    if (!violation.fails_on.empty()) {
        text = "fails on " + std::to_string(violation.fails_on.size()) + " of " + std::to_string(explanation.plausible.size()) +
               " plausible processors: " + group_profiles(violation.fails_on);
    }
    if (!violation.depends_on.empty()) {
        text += text.empty() ? "" : "; ";
        text += "rests on " + names(violation.depends_on, 4) + ", not shown";
    }
    return text;
}

void print(Printer& printer, const Violation& violation, size_t number, const EntryExplanation& explanation) {
    printer.line();
    printer.out() += "  " + std::to_string(number) + ". ";
    printer.coloured(violation.certain ? kBold : kYellow, violation.check);
    printer.coloured(kDim, "  SDM " + std::string(violation.sdm));
    printer.line(violation.certain ? "" : violation.why.starts_with("suspected") ? "  (suspected)" : "  (not certain)");
    printer.paragraph(5, "rule  ", violation.rule);
    printer.paragraph(5, "here  ", violation.why);
    printer.paragraph(5, "fix   ", violation.fix);
    if (const std::string when = condition(violation, explanation); !when.empty()) printer.paragraph(5, "open  ", when);
}

void print_processors(Printer& printer, const EntryExplanation& explanation, const TextStyle& style) {
    if (!explanation.cpu.empty()) {
        std::string text = explanation.cpu;
        if (!explanation.refused_by.empty() && style.profiles_known != 0)
            text += "; of the " + std::to_string(style.profiles_known) + " known processors, " +
                    std::to_string(explanation.refused_by.size()) + " would refuse this VMCS";
        printer.paragraph(2, "judged for: ", text);
    } else if (!explanation.plausible.empty() && explanation.plausible.size() < style.profiles_known) {
        printer.paragraph(2, "judged for: ",
                          std::to_string(explanation.plausible.size()) + " of " + std::to_string(style.profiles_known) +
                              " known processors fit: " + group_profiles(explanation.plausible) + " (name yours with --cpu)");
    } else if (!explanation.plausible.empty()) {
        printer.paragraph(
            2, "judged for: ", "all " + std::to_string(style.profiles_known) + " known processors (name yours with --cpu)");
    }
}

// A hint that became a suspicion has been told there.
bool is_listed(const Hint& hint, const EntryExplanation& explanation) {
    return std::any_of(explanation.violations.begin(), explanation.violations.end(),
                       [&](const Violation& violation) { return violation.check == hint.check; });
}

// What the reader is to do with the list, or why there is none.
std::string verdict(const EntryExplanation& explanation) {
    size_t certain = 0;
    for (const Violation& violation : explanation.violations) certain += violation.certain ? 1 : 0;
    const size_t others = explanation.violations.size() - certain;
    const auto checks = [](size_t count) { return std::to_string(count) + (count == 1 ? " check fails" : " checks fail"); };
    if (certain != 0 && others != 0) return checks(certain) + " for certain, " + std::to_string(others) + " more perhaps:";
    if (certain != 0) return checks(certain) + ":";
    if (others != 0) return checks(others) + " perhaps:";
    if (explanation.entry_class == EntryClass::ordinary_exit) return "";
    return explanation.unknown.empty() ? "No check fails." : "No check fails for certain on what is shown.";
}

}  // namespace

std::string explanation_text(const EntryExplanation& explanation, const TextStyle& style) {
    Printer printer(style);
    printer.coloured(kBold, explanation.id);
    printer.line();
    printer.paragraph(2, "", explanation.message, colour_of(explanation));
    if (const std::string text = verdict(explanation); !text.empty()) printer.paragraph(2, "", text);
    size_t number = 0;
    for (const Violation& violation : explanation.violations) print(printer, violation, ++number, explanation);
    if (!explanation.violations.empty()) printer.line();
    for (const Hint& hint : explanation.hints)
        if (!is_listed(hint, explanation))
            printer.paragraph(
                2, hint.check.empty() ? "hint: " : "likely: ", hint.text + (hint.check.empty() ? "" : " [" + hint.check + "]"));
    for (const std::string& note : explanation.notes) printer.paragraph(2, "note: ", note);
    if (!explanation.unknown.empty() && explanation.entry_class != EntryClass::ordinary_exit)
        printer.paragraph(2, "not shown: ",
                          std::to_string(explanation.unknown.size()) +
                              " fields that checks need: " + names(explanation.unknown, kUnknownShown));
    print_processors(printer, explanation, style);
    return std::move(printer.out());
}

}  // namespace vmxsim::report
