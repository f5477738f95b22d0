// SPDX-License-Identifier: Apache-2.0
#include "cli/program/shell_completion.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "cli/program/command_docs.h"

namespace bytepiece {
namespace {

std::vector<CommandDoc> DescribeCommands(const CLI::App& root) {
  std::vector<CommandDoc> docs;
  for (const CLI::App* command : ListedCommands(root)) docs.push_back(DescribeCommand(*command));
  return docs;
}

// "_bytepiece_lm"
std::string FunctionName(const CLI::App& root) {
  return "_" + absl::StrReplaceAll(root.get_name(), {{"-", "_"}});
}

std::string ScriptHeader(const CLI::App& root, const std::string& shell) {
  return absl::StrCat("# Written by \"", root.get_name(), " completion ", shell, "\".\n");
}

std::string CommandWords(const std::vector<CommandDoc>& commands) {
  return absl::StrJoin(commands, " ", [](std::string* out, const CommandDoc& command) {
    out->append(command.name);
  });
}

std::string OptionWords(const CommandDoc& command) {
  std::vector<std::string> names;
  for (const OptionDoc& option : command.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return absl::StrJoin(names, " ");
}

// The pattern of a bash case: "encode -o"|"encode --output".
std::string BashPattern(const CommandDoc& command, const OptionDoc& option) {
  return absl::StrJoin(option.names, "|", [&](std::string* out, const std::string& name) {
    absl::StrAppend(out, "\"", command.name, " ", name, "\"");
  });
}

// The words that complete an option's value; empty: what bash does anyway, which is names of files.
std::string BashValues(const OptionDoc& option) {
  const std::vector<std::string> choices = option.Choices();
  if (!choices.empty()) {
    return absl::StrCat("words=\"", absl::StrJoin(choices, " "), "\"");
  }
  if (option.TakesFile()) return "return";
  return option.TakesFolder() ? "compopt -o dirnames +o default; return"
                              : "compopt +o default; return";
}

std::string BashCases(const std::vector<CommandDoc>& commands) {
  std::string cases;
  for (const CommandDoc& command : commands) {
    for (const OptionDoc& option : command.options) {
      if (option.names.empty() || option.argument.empty()) continue;
      absl::StrAppend(&cases, "    ", BashPattern(command, option), ") ", BashValues(option),
                      " ;;\n");
    }
    absl::StrAppend(&cases, "    \"", command.name, " \"*) [[ $current == -* ]] && words=\"",
                    OptionWords(command), "\" ;;\n");
  }
  return cases;
}

// In single quotes, inside [...] or between colons.
std::string ZshText(const std::string& text) {
  return absl::StrReplaceAll(
      text, {{"\\", "\\\\"}, {"[", "\\["}, {"]", "\\]"}, {":", "\\:"}, {"'", "'\\''"}});
}

std::string ZshAction(const OptionDoc& option) {
  const std::vector<std::string> choices = option.Choices();
  if (!choices.empty()) return absl::StrCat("(", absl::StrJoin(choices, " "), ")");
  if (option.TakesFolder()) return "_files -/";
  return option.TakesFile() ? "_files" : " ";
}

// An argument of _arguments.
std::string ZshOption(const OptionDoc& option) {
  const std::string value = absl::StrCat(":", ZshText(option.argument), ":", ZshAction(option));
  if (option.names.empty()) return absl::StrCat("'", option.repeatable ? "*" : "", value, "'");
  std::string names;  // that exclude one another, unless more than one may be given
  if (option.repeatable) {
    names = "'*'";
  } else {
    names = absl::StrCat("'(", absl::StrJoin(option.names, " "), ")'");
  }
  std::vector<std::string> forms = option.names;
  for (std::string& form : forms) {
    if (!option.argument.empty()) form += form.starts_with("--") ? "=" : "+";
  }
  absl::StrAppend(&names, forms.size() > 1 ? "{" : "", absl::StrJoin(forms, ","),
                  forms.size() > 1 ? "}" : "");
  return absl::StrCat(names, "'[", ZshText(Summary(option.description)), "]",
                      option.argument.empty() ? "" : value, "'");
}

std::string ZshCommands(const std::vector<CommandDoc>& commands) {
  std::string lines;
  for (const CommandDoc& command : commands) {
    absl::StrAppend(&lines, "\n        '", command.name, ":",
                    absl::StrReplaceAll(Summary(command.description), {{"'", "'\\''"}}), "'");
  }
  return lines;
}

std::string ZshCases(const std::vector<CommandDoc>& commands) {
  std::string cases;
  for (const CommandDoc& command : commands) {
    absl::StrAppend(&cases, "        ", command.name, ") _arguments -s");
    for (const OptionDoc& option : command.options) {
      absl::StrAppend(&cases, " \\\n          ", ZshOption(option));
    }
    cases += " ;;\n";
  }
  return cases;
}

std::string FishText(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

std::string FishOption(const OptionDoc& option) {
  std::string line;
  for (const std::string& name : option.names) {
    const bool is_long = name.starts_with("--");
    absl::StrAppend(&line, is_long ? " -l " : " -s ", name.substr(is_long ? 2 : 1));
  }
  if (!option.argument.empty()) {
    const std::vector<std::string> choices = option.Choices();
    if (!choices.empty()) {
      absl::StrAppend(&line, " -x -a ", FishText(absl::StrJoin(choices, " ")));
    } else if (option.TakesFolder()) {
      line += " -x -a '(__fish_complete_directories)'";
    } else {
      line += option.TakesFile() ? " -r -F" : " -x";
    }
  }
  return absl::StrCat(line, " -d ", FishText(Summary(option.description)));
}

}  // namespace

std::string BashCompletion(const CLI::App& root) {
  const std::vector<CommandDoc> commands = DescribeCommands(root);
  const std::string function = FunctionName(root);
  return absl::StrCat(
      ScriptHeader(root, "bash"), function,
      "() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=\n"
      "  # bash takes \"--format=npy\" for three words.\n"
      "  if [[ $current == = ]]; then\n"
      "    current=\n"
      "  elif [[ $previous == = ]]; then\n"
      "    previous=${COMP_WORDS[COMP_CWORD-2]}\n"
      "  fi\n"
      "  COMPREPLY=()\n"
      "  ((COMP_CWORD > 1)) || previous=\n"
      "  case \"${COMP_WORDS[1]} $previous\" in\n",
      "    *\" \") compopt +o default; words=\"", CommandWords(commands), " ",
      OptionWords(DescribeCommand(root)), "\" ;;\n", "    \"help \"*) words=\"",
      CommandWords(commands), " -h --help\" ;;\n", BashCases(commands),
      "  esac\n"
      "  [[ -z $words ]] || COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "} 2>/dev/null\n"
      "complete -o default -F ",
      function, " ", root.get_name(), "\n");
}

std::string ZshCompletion(const CLI::App& root) {
  const std::vector<CommandDoc> commands = DescribeCommands(root);
  const std::string function = FunctionName(root);
  std::string options;
  for (const OptionDoc& option : DescribeCommand(root).options) {
    absl::StrAppend(&options, " \\\n    ", ZshOption(option));
  }
  return absl::StrCat("#compdef ", root.get_name(), "\n", ScriptHeader(root, "zsh"), function,
                      "() {\n"
                      "  local context state state_descr line\n"
                      "  typeset -A opt_args\n"
                      "  _arguments -C",
                      options,
                      " \\\n    '1: :->command' '*:: :->arguments'\n"
                      "  case $state in\n"
                      "    command)\n"
                      "      local -a commands=(",
                      ZshCommands(commands),
                      ")\n      _describe command commands ;;\n"
                      "    arguments)\n      case $words[1] in\n",
                      ZshCases(commands),
                      "      esac ;;\n"
                      "  esac\n"
                      "}\n"
                      "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n  ",
                      function, " \"$@\"\nelse\n  compdef ", function, " ", root.get_name(),
                      "\nfi\n");
}

std::string FishCompletion(const CLI::App& root) {
  const std::string complete = absl::StrCat("complete -c ", root.get_name());
  std::string text =
      absl::StrCat(ScriptHeader(root, "fish"), complete, " -n __fish_use_subcommand -f\n");
  for (const OptionDoc& option : DescribeCommand(root).options) {
    absl::StrAppend(&text, complete, " -n __fish_use_subcommand", FishOption(option), "\n");
  }
  for (const CommandDoc& command : DescribeCommands(root)) {
    absl::StrAppend(&text, complete, " -n __fish_use_subcommand -a ", command.name, " -d ",
                    FishText(Summary(command.description)), "\n");
    const std::string seen =
        absl::StrCat(complete, " -n '__fish_seen_subcommand_from ", command.name, "'");
    for (const OptionDoc& option : command.options) {
      absl::StrAppend(&text, seen, FishOption(option), "\n");
    }
  }
  return text;
}

}  // namespace bytepiece
