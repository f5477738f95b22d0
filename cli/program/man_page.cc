// SPDX-License-Identifier: Apache-2.0
#include "cli/program/man_page.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/program/command_docs.h"

namespace bytepiece {
namespace {

// Text as it is: no character commands anything, "-" is the one that is typed.
std::string RoffText(const std::string& text) {
  std::string escaped = absl::StrReplaceAll(
      text, {{"\\", "\\e"}, {"-", "\\-"}, {"^", "\\(ha"}, {"~", "\\(ti"}, {"`", "\\(ga"}});
  if (escaped.starts_with('.') || escaped.starts_with('\'')) escaped = "\\&" + escaped;
  return absl::StrReplaceAll(escaped, {{"\n.", "\n\\&."}, {"\n'", "\n\\&'"}});
}

std::string Bold(const std::string& text) { return absl::StrCat("\\fB", RoffText(text), "\\fR"); }
std::string Italic(const std::string& text) { return absl::StrCat("\\fI", RoffText(text), "\\fR"); }

std::string PageStart(const CLI::App& root, const std::string& name, const std::string& summary) {
  return absl::StrCat(".TH \"", RoffText(absl::AsciiStrToUpper(name)), "\" \"1\" \"\" \"",
                      RoffText(root.version()), "\" \"User Commands\"\n.SH NAME\n", RoffText(name),
                      " \\- ", RoffText(summary), "\n");
}

std::string OptionEntry(const OptionDoc& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.names) names.push_back(Bold(name));
  if (names.empty()) names.push_back(Italic(option.positional));
  std::string entry = absl::StrCat(".TP\n", absl::StrJoin(names, ", "));
  if (!option.argument.empty()) absl::StrAppend(&entry, " ", Italic(option.argument));
  absl::StrAppend(&entry, "\n", RoffText(option.description), ".");
  if (option.required) entry += " Required.";
  if (!option.default_value.empty()) {
    absl::StrAppend(&entry, " Default: ", RoffText(option.default_value), ".");
  }
  return entry + "\n";
}

// Lists the options by group, in the order in which groups first occur.
std::string OptionEntries(const std::vector<OptionDoc>& options) {
  std::vector<std::string> groups;
  for (const OptionDoc& option : options) {
    if (std::find(groups.begin(), groups.end(), option.group) == groups.end()) {
      groups.push_back(option.group);
    }
  }
  std::string text;
  for (const std::string& group : groups) {
    if (group != "Options") absl::StrAppend(&text, ".SS ", RoffText(group), "\n");
    for (const OptionDoc& option : options) {
      if (option.group == group) text += OptionEntry(option);
    }
  }
  return text;
}

std::string Verbatim(const std::string& text) {
  return absl::StrCat(".nf\n", RoffText(text), "\n.fi\n");
}

// "Examples:" with indented lines below is a section.
bool IsSection(const std::string& paragraph) { return absl::StrContains(paragraph, ":\n  "); }

// Lines aligned by spaces stay so; the rest is filled.
std::string Prose(const std::vector<std::string>& paragraphs) {
  std::string text;
  for (const std::string& paragraph : paragraphs) {
    if (IsSection(paragraph)) continue;
    text += absl::StrContains(paragraph, "   ") ? absl::StrCat(".PP\n", Verbatim(paragraph))
                                                : absl::StrCat(".PP\n", RoffText(paragraph), "\n");
  }
  return text;
}

std::string Sections(const std::vector<std::string>& paragraphs) {
  std::string text;
  for (const std::string& paragraph : paragraphs) {
    if (!IsSection(paragraph)) continue;
    const std::size_t end = paragraph.find(":\n");
    absl::StrAppend(&text, ".SH ", RoffText(absl::AsciiStrToUpper(paragraph.substr(0, end))), "\n",
                    Verbatim(paragraph.substr(end + 2)));
  }
  return text;
}

}  // namespace

std::string ProgramPage(const CLI::App& root) {
  const CommandDoc doc = DescribeCommand(root);
  std::string page = absl::StrCat(
      PageStart(root, doc.name, Summary(doc.description)), ".SH SYNOPSIS\n", Bold(doc.name), " ",
      Italic("COMMAND"), " [", Italic("OPTIONS"), "]\n.SH DESCRIPTION\n", RoffText(doc.description),
      "\n", Prose(doc.footers), ".SH COMMANDS\n");
  std::vector<std::string> pages;
  for (const CLI::App* command : ListedCommands(root)) {
    const CommandDoc one = DescribeCommand(*command);
    absl::StrAppend(&page, ".TP\n", Bold(one.name), "\n", RoffText(one.description), "\n");
    pages.push_back(Bold(absl::StrCat(doc.name, "-", one.name)) + "(1)");
  }
  absl::StrAppend(&page, ".SH OPTIONS\n", OptionEntries(doc.options), Sections(doc.footers),
                  ".SH SEE ALSO\n", absl::StrJoin(pages, ",\n"), "\n");
  return page;
}

std::string CommandPage(const CLI::App& root, const CLI::App& command) {
  const CommandDoc doc = DescribeCommand(command);
  std::string positionals;
  for (const OptionDoc& option : doc.options) {
    if (option.positional.empty()) continue;
    absl::StrAppend(&positionals, " ", Italic(option.positional), option.repeatable ? "..." : "");
  }
  return absl::StrCat(
      PageStart(root, absl::StrCat(root.get_name(), "-", doc.name), Summary(doc.description)),
      ".SH SYNOPSIS\n", Bold(absl::StrCat(root.get_name(), " ", doc.name)), " [", Italic("OPTIONS"),
      "]", positionals, "\n.SH DESCRIPTION\n", RoffText(doc.description), "\n", Prose(doc.footers),
      ".SH OPTIONS\n", OptionEntries(doc.options), Sections(doc.footers), ".SH SEE ALSO\n",
      Bold(root.get_name()), "(1)\n");
}

}  // namespace bytepiece
