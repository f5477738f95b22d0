// SPDX-License-Identifier: Apache-2.0
#include "cli/program/standard_commands.h"

#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bytepiece/io/atomic_file.h"
#include "cli/program/choice.h"
#include "cli/program/command_docs.h"
#include "cli/program/errors.h"
#include "cli/program/man_page.h"
#include "cli/program/parse_errors.h"
#include "cli/program/shell_completion.h"

namespace bytepiece {
namespace {

constexpr char kHidden[] = "";  // a group that help does not show

absl::StatusOr<const CLI::App*> FindCommand(const CLI::App& root, const std::string& name) {
  for (const CLI::App* command : root.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name) return command;
  }
  return UsageError(UnknownCommand(root, name));
}

absl::Status PrintHelp(const CLI::App& root, const std::string& name) {
  if (name.empty()) {
    // root.help() would be that of "help", which was parsed.
    std::cout << root.get_formatter()->make_help(&root, root.get_name(),
                                                 CLI::AppFormatMode::Normal);
    return absl::OkStatus();
  }
  const absl::StatusOr<const CLI::App*> command = FindCommand(root, name);
  if (!command.ok()) return command.status();
  std::cout << (*command)->help(root.get_name());
  return absl::OkStatus();
}

absl::Status PrintPage(const CLI::App& root, const std::string& name) {
  if (name.empty()) {
    std::cout << ProgramPage(root);
    return absl::OkStatus();
  }
  const absl::StatusOr<const CLI::App*> command = FindCommand(root, name);
  if (!command.ok()) return command.status();
  std::cout << CommandPage(root, **command);
  return absl::OkStatus();
}

absl::Status WritePages(const CLI::App& root, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot create the folder ", folder, ": ", error.message()));
  }
  const std::string start = absl::StrCat(folder, "/", root.get_name());
  absl::Status status = WriteFile(start + ".1", ProgramPage(root));
  for (const CLI::App* command : ListedCommands(root)) {
    status.Update(WriteFile(absl::StrCat(start, "-", command->get_name(), ".1"),
                            CommandPage(root, *command)));
  }
  return status;
}

}  // namespace

Command AddHelp(CLI::App* root) {
  auto name = std::make_shared<std::string>();
  CLI::App* app = root->add_subcommand("help", "Explain a command, or list them all");
  app->add_option("command", *name, "Which")->type_name("COMMAND");
  app->footer(absl::StrCat("Examples:\n  ", root->get_name(), " help\n  ", root->get_name(),
                           " help train"));
  return {app, [root, name] { return PrintHelp(*root, *name); }};
}

Command AddVersion(CLI::App* root) {
  CLI::App* app = root->add_subcommand("version", "Print the version")->group(kHidden);
  return {app, [root] {
            std::cout << root->version() << "\n";
            return absl::OkStatus();
          }};
}

Command AddCompletion(CLI::App* root) {
  auto shell = std::make_shared<std::string>();
  CLI::App* app = root->add_subcommand(
      "completion", "Print the script by which a shell completes commands and options");
  app->add_option("shell", *shell, "Which")
      ->type_name("bash|zsh|fish")
      ->check(OneOf({"bash", "zsh", "fish"}))
      ->required();
  app->group(kHidden);
  app->footer(absl::StrCat("Examples:\n  source <(", root->get_name(), " completion bash)"));
  return {app, [root, shell] {
            std::cout << (*shell == "bash"  ? BashCompletion(*root)
                          : *shell == "zsh" ? ZshCompletion(*root)
                                            : FishCompletion(*root));
            return absl::OkStatus();
          }};
}

Command AddMan(CLI::App* root) {
  auto name = std::make_shared<std::string>();
  auto folder = std::make_shared<std::string>();
  CLI::App* app = root->add_subcommand("man", "Print a manual page, in roff")->group(kHidden);
  CLI::Option* command =
      app->add_option("command", *name, "Of a command; none: of the program")->type_name("COMMAND");
  app->add_option("--output-dir", *folder, "Write all pages into this folder instead")
      ->type_name("DIR")
      ->excludes(command);
  return {app, [root, name, folder] {
            return folder->empty() ? PrintPage(*root, *name) : WritePages(*root, *folder);
          }};
}

}  // namespace bytepiece
