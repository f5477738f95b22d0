// SPDX-License-Identifier: Apache-2.0
// The facts about a command and its options, for pages and completion: CLI11's definitions in
// a form that is easy to write down.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace bytepiece {

struct OptionDoc {
  std::vector<std::string> names;  // "-o", "--output"; none: a positional argument
  std::string argument;            // "FILE", "auto|text|jsonl"; empty: a flag
  std::string positional;          // the name of a positional argument
  std::string description;         // one paragraph
  std::string default_value;
  std::string group;
  bool required = false;
  bool repeatable = false;

  // The values of its argument, as far as they can be listed: "nfc|none" names both.
  std::vector<std::string> Choices() const;
  bool TakesFile() const;
  bool TakesFolder() const;
};

struct CommandDoc {
  std::string name;
  std::string description;           // one paragraph
  std::vector<std::string> footers;  // paragraphs, their lines as they are
  std::vector<OptionDoc> options;
};

CommandDoc DescribeCommand(const CLI::App& command);

// The commands that help lists.
std::vector<const CLI::App*> ListedCommands(const CLI::App& root);

// The first sentence, in one line of some 70 columns at most.
std::string Summary(const std::string& description);

}  // namespace bytepiece
