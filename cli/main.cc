// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <new>
#include <vector>

#include "bytepiece/atomic_file.h"
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

// A stream that was closed would lend its number to the first file opened, and
// what is meant for it would land there.
void OpenClosedStreams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
    // Reading standard output, or writing standard input, fails as it should.
    const int opened = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (opened >= 0 && opened != fd) close(opened);
  }
}

// An exception that nothing catches, such as memory running out in a thread.
[[noreturn]] void EndByException() {
  RemoveUnfinishedFiles();
  try {
    if (const std::exception_ptr exception = std::current_exception()) {
      std::rethrow_exception(exception);
    }
    PrintError("ended without a reason");
  } catch (const std::bad_alloc&) {
    PrintError("out of memory");
  } catch (const std::exception& error) {
    PrintError(error.what());
  } catch (...) {
    PrintError("ended by an unknown exception");
  }
  _exit(kExitFailure);
}

// What a command printed must have arrived.
int CheckStandardOutput(int exit_code) {
  std::cout.flush();
  if (exit_code != kExitOk || (std::cout && std::fflush(stdout) == 0)) return exit_code;
  PrintError(std::string("standard output: ") + std::strerror(errno));
  return kExitFailure;
}

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
      AddTrain(&app),   AddEncode(&app),   AddDecode(&app), AddSample(&app), AddConvert(&app),
      AddInspect(&app), AddEvaluate(&app), AddCount(&app),  AddMerge(&app),
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
  bytepiece::OpenClosedStreams();
  std::set_terminate(bytepiece::EndByException);
  bytepiece::InstallSignalHandlers();
  try {
    return bytepiece::CheckStandardOutput(bytepiece::Main(argc, argv));
  } catch (const std::bad_alloc&) {
    bytepiece::PrintError("out of memory");
  } catch (const std::exception& error) {
    bytepiece::PrintError(error.what());
  }
  return bytepiece::kExitFailure;
}
