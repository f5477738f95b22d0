// SPDX-License-Identifier: Apache-2.0
#include "cli/program/parse_errors.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/program/suggestion.h"

namespace bytepiece {
namespace {

const CLI::App& ParsedCommand(const CLI::App& root) {
  const std::vector<CLI::App*> parsed = root.get_subcommands();
  return parsed.empty() ? root : *parsed.front();
}

std::vector<const CLI::App*> AllCommands(const CLI::App& root) {
  return root.get_subcommands([](const CLI::App*) { return true; });
}

// Names of options, without dashes.
std::vector<std::string> OptionNames(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back(name);
  }
  return names;
}

bool HasOption(const CLI::App& command, const std::string& name) {
  return command.get_option_no_throw("--" + name) != nullptr;
}

// "; did you mean NAME?", or nothing.
std::string DidYouMean(std::string_view before, const std::string& name) {
  return name.empty() ? "" : absl::StrCat("; did you mean ", std::string(before), name, "?");
}

std::string UnknownOption(const CLI::App& root, const CLI::App& command, const std::string& typed) {
  // "--vocb-size=8" and "-vocab-size" are about "vocab-size".
  const std::string word = typed.substr(0, typed.find('='));
  const std::string name = word.substr(std::min(word.find_first_not_of('-'), word.size()));
  const std::string message = absl::StrCat("unknown option ", word);
  const std::string closest = ClosestName(name, OptionNames(command));
  if (!closest.empty()) return message + DidYouMean("--", closest);
  if (&command == &root) {
    return absl::StrCat(message, "; a command comes first: ", root.get_name(), " COMMAND ", word);
  }
  std::vector<std::string> others;
  for (const CLI::App* other : AllCommands(root)) {
    if (HasOption(*other, name)) others.push_back(other->get_name());
  }
  if (others.empty()) return message;
  return absl::StrCat(message, "; it belongs to ", absl::StrJoin(others, ", "));
}

// The first word that nobody took; empty: none.
std::string UnknownWord(const CLI::App& app) {
  for (const std::string& word : app.remaining()) {
    if (word != "--") return word;
  }
  return "";
}

// What CLI11 says of an option that may be given once: "--model: At Most 1 required but received
// 2".
std::optional<std::string> DescribeRepeated(const std::string& said) {
  constexpr std::string_view kOnce = ": At Most 1 required but received ";
  const std::size_t name = said.find(kOnce);
  if (name == std::string::npos) return std::nullopt;
  return absl::StrCat(said.substr(0, name), " is given ", said.substr(name + kOnce.size()),
                      " times; give it once");
}

// What CLI11 says of a flag with a value that is none: "Could not convert: --flag = maybe".
std::optional<std::string> DescribeBadFlag(const std::string& said) {
  constexpr std::string_view kBad = "Could not convert: ";
  const std::size_t equals = said.find(" = ");
  if (!said.starts_with(kBad) || equals == said.npos) return std::nullopt;
  return absl::StrCat(said.substr(kBad.size(), equals - kBad.size()), ": \"",
                      said.substr(equals + 3), "\" is neither true nor false");
}

std::string DescribeMistake(const CLI::App& root, const CLI::ParseError& error) {
  const CLI::App& command = ParsedCommand(root);
  // Words before the command are the root's, and come first.
  for (const CLI::App* app : {&root, &command}) {
    const std::string word = UnknownWord(*app);
    if (word.size() > 1 && word[0] == '-') return UnknownOption(root, *app, word);
    if (!word.empty() && app == &root) return UnknownCommand(root, word);
    if (!word.empty()) return absl::StrCat("unexpected argument ", word);
  }
  if (const std::optional<std::string> flag = DescribeBadFlag(error.what())) return *flag;
  return DescribeRepeated(error.what()).value_or(error.what());
}

}  // namespace

bool HasUnknownWord(const CLI::App& root) {
  return !UnknownWord(root).empty() || !UnknownWord(ParsedCommand(root)).empty();
}

std::string UnknownCommand(const CLI::App& root, std::string_view typed) {
  std::vector<std::string> names;
  for (const CLI::App* command : AllCommands(root)) names.push_back(command->get_name());
  return absl::StrCat("unknown command ", std::string(typed),
                      DidYouMean("", ClosestName(typed, names)));
}

std::string DescribeParseError(const CLI::App& root, const CLI::ParseError& error) {
  const CLI::App& command = ParsedCommand(root);
  return absl::StrCat(DescribeMistake(root, error), " (see \"", root.get_name(),
                      &command == &root ? "" : " " + command.get_name(), " --help\")");
}

}  // namespace bytepiece
