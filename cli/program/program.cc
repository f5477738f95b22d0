// SPDX-License-Identifier: Apache-2.0
#include "cli/program/program.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <new>

#include "bytepiece/io/atomic_file.h"
#include "cli/program/errors.h"
#include "cli/program/signals.h"

namespace bytepiece {
namespace {

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
  std::string help = app.get_name();
  for (const CLI::App* command : app.get_subcommands()) help += " " + command->get_name();
  PrintError(std::string(error.what()) + " (see \"" + help + " --help\")");
  return kExitUsage;
}

int RunCommand(int argc, char** argv, const Program& program) {
  CLI::App app(program.description, program.name);
  app.set_version_flag("--version", program.name + " " + program.version,
                       "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.footer(program.footer);
  app.get_formatter()->column_width(34);
  app.require_subcommand(0, 1);
  std::vector<Command> commands;
  for (const auto add : program.commands) commands.push_back(add(&app));
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

int RunProgram(int argc, char** argv, const Program& program) {
  SetProgramName(program.name);
  OpenClosedStreams();
  std::set_terminate(EndByException);
  InstallSignalHandlers();
  try {
    return CheckStandardOutput(RunCommand(argc, argv, program));
  } catch (const std::bad_alloc&) {
    PrintError("out of memory");
  } catch (const std::exception& error) {
    PrintError(error.what());
  }
  return kExitFailure;
}

}  // namespace bytepiece
