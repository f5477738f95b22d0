// SPDX-License-Identifier: Apache-2.0
#include "cli/program/program.h"

#include <execinfo.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <stdexcept>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "bytepiece/io/unfinished_files.h"
#include "cli/program/count_argument.h"
#include "cli/program/errors.h"
#include "cli/program/file_names.h"
#include "cli/program/parse_errors.h"
#include "cli/program/signals.h"
#include "cli/program/stack.h"
#include "cli/program/standard_commands.h"

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

// The exception being handled, in one line. Takes no memory for what says there is none.
void PrintException() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    PrintErrorInPlace({"out of memory"});
  } catch (const std::length_error&) {  // a size that no memory could hold
    PrintErrorInPlace({"out of memory"});
  } catch (const std::filesystem::filesystem_error& error) {
    PrintError(error.what());
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::resource_unavailable_try_again) return PrintError(error.what());
    PrintErrorInPlace({"cannot start a thread; try fewer --threads, or raise the limits"});
  } catch (const std::exception& error) {
    PrintError(error.what());
  }
}

// An exception that nothing catches, such as memory running out in a thread. It has no name where
// a second one ended the first's unwinding: only memory running out again comes at such times.
[[noreturn]] void EndByException() {
  static std::atomic_flag first = ATOMIC_FLAG_INIT;
  while (first.test_and_set()) pause();  // another thread is about to end the process
  RemoveUnfinishedFiles();
  if (std::current_exception()) {
    PrintException();
  } else {
    PrintErrorInPlace({"out of memory"});
  }
  _exit(kExitFailure);
}

// The text that a command printed must have arrived.
int CheckStandardOutput(int exit_code) {
  std::cout.flush();
  if (exit_code != kExitOk || (std::cout && std::fflush(stdout) == 0)) return exit_code;
  PrintError(std::string("standard output: ") + std::strerror(errno));
  return kExitFailure;
}

// Where a command failed for another reason, this is the cause.
int CheckMappings(int exit_code) {
  const absl::Status status = CheckMappedFiles();
  return status.ok() ? exit_code : ExitCode(status);
}

// An exception that passes through C code makes the C library load this, which takes memory.
void LoadUnwinder() {
  void* frame = nullptr;
  backtrace(&frame, 1);
}

int ReportParseError(const CLI::App& app, const CLI::ParseError& error) {
  const bool is_wish = error.get_exit_code() == 0;  // --help, --version
  if (is_wish && !HasUnknownWord(app)) return app.exit(error);
  PrintError(DescribeParseError(app, error));
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
  for (const auto add : {AddHelp, AddVersion, AddCompletion, AddMan}) commands.push_back(add(&app));
  for (const Command& command : commands) {
    TakeCounts(command.app);
    RefuseEmptyNames(command.app);
  }
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
  LoadUnwinder();
  std::set_terminate(EndByException);
  std::atexit(RemoveUnfinishedFiles);  // OpenMP exits where it can start no thread
  InstallSignalHandlers();
  int exit_code = kExitFailure;
  RunWithEnoughStack([&] {
    try {
      exit_code = CheckMappings(CheckStandardOutput(RunCommand(argc, argv, program)));
    } catch (const std::exception&) {
      PrintException();
    }
  });
  return exit_code;
}

}  // namespace bytepiece
