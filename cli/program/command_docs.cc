// SPDX-License-Identifier: Apache-2.0
#include "cli/program/command_docs.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace bytepiece {
namespace {

std::string OneParagraph(const std::string& text) {
  return absl::StrReplaceAll(text, {{"\n", " "}});
}

bool IsChoice(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  }) && word != "-";
}

OptionDoc DescribeOption(const CLI::Option& option) {
  OptionDoc doc;
  for (const std::string& name : option.get_snames()) doc.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) doc.names.push_back("--" + name);
  if (option.get_items_expected_max() > 0) doc.argument = option.get_type_name();
  if (option.get_positional()) doc.positional = option.get_single_name();
  doc.description = OneParagraph(option.get_description());
  doc.default_value = option.get_default_str();
  doc.group = option.get_group();
  doc.required = option.get_required();
  doc.repeatable = option.get_expected_max() > 1;
  return doc;
}

}  // namespace

std::vector<std::string> OptionDoc::Choices() const {
  std::vector<std::string> choices;
  const std::vector<std::string> words = absl::StrSplit(argument, '|');
  if (words.size() > 1)
    std::copy_if(words.begin(), words.end(), std::back_inserter(choices), IsChoice);
  return choices;
}

bool OptionDoc::TakesFile() const {
  return argument.find("FILE") != std::string::npos || argument.find("PATH") != std::string::npos;
}

bool OptionDoc::TakesFolder() const { return argument == "DIR"; }

CommandDoc DescribeCommand(const CLI::App& command) {
  CommandDoc doc{command.get_name(), OneParagraph(command.get_description()), {}, {}};
  doc.footers = absl::StrSplit(command.get_footer(), "\n\n", absl::SkipEmpty());
  for (std::string& paragraph : doc.footers) {
    while (paragraph.ends_with('\n')) paragraph.pop_back();
  }
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_group().empty()) doc.options.push_back(DescribeOption(*option));
  }
  return doc;
}

std::vector<const CLI::App*> ListedCommands(const CLI::App& root) {
  return root.get_subcommands(
      [](const CLI::App* command) { return !command->get_group().empty(); });
}

std::string Summary(const std::string& description) {
  constexpr std::size_t kColumns = 70;
  std::string text = description.substr(0, description.find(". "));
  if (text.ends_with('.')) text.pop_back();
  if (text.size() <= kColumns) return text;
  // At a space, so that no character is cut.
  return text.substr(0, std::min(text.rfind(' ', kColumns), text.size())) + " ...";
}

}  // namespace bytepiece
