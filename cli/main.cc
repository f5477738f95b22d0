// SPDX-License-Identifier: Apache-2.0
#include <exception>
#include <iostream>
#include <new>
#include <vector>

#include "cli/command.h"
#include "cli/errors.h"
#include "cli/signals.h"

namespace bytepiece {
namespace {

constexpr char kDescription[] =
    "Byte-level Unigram tokenizer: learns a vocabulary from text, turns text into ids\n"
    "and back without losing a byte.";

constexpr char kFooter[] =
    "A first run:\n"
    "  bytepiece train --vocab-size 8000 --output my.model corpus/*.txt\n"
    "  bytepiece encode --model my.model --output ids.npy --format npy corpus/*.txt\n"
    "\n"
    "\"bytepiece COMMAND --help\" explains a command, with examples.\n"
    "Exit codes: 0 done, 1 the work failed, 2 wrong usage; 130 and 143 (as shells count)\n"
    "interrupted. Output files appear whole or not at all.";

int ReportParseError(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
  std::string help = "bytepiece";
  for (const CLI::App* command : app.get_subcommands()) help += " " + command->get_name();
  PrintError(std::string(error.what()) + " (see \"" + help + " --help\")");
  return kExitUsage;
}

int Main(int argc, char** argv) {
  CLI::App app(kDescription, "bytepiece");
  app.set_version_flag("--version", "bytepiece " BYTEPIECE_VERSION, "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.footer(kFooter);
  app.get_formatter()->column_width(34);
  app.require_subcommand(0, 1);
  const std::vector<Command> commands = {
      AddTrain(&app),   AddEncode(&app),  AddDecode(&app),   AddSample(&app),
      AddConvert(&app), AddInspect(&app), AddEvaluate(&app),
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return ReportParseError(app, error);
  }
  for (const Command& command : commands) {
    if (command.app->parsed()) return ExitCode(command.run());
  }
  std::cerr << app.help();
  return kExitUsage;
}

}  // namespace
}  // namespace bytepiece

int main(int argc, char** argv) {
  bytepiece::InstallSignalHandlers();
  try {
    return bytepiece::Main(argc, argv);
  } catch (const std::bad_alloc&) {
    bytepiece::PrintError("out of memory");
  } catch (const std::exception& error) {
    bytepiece::PrintError(error.what());
  }
  return bytepiece::kExitFailure;
}
