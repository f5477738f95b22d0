// SPDX-License-Identifier: Apache-2.0
#include "cli/options/terminal_check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "bytepiece/io/file_descriptor.h"
#include "cli/program/errors.h"

namespace bytepiece {
namespace {

bool IsTerminal(const std::string& output) {
  if (output == "-") return isatty(STDOUT_FILENO) != 0;
  // A pipe must not be opened in vain: its reader would take that for the end.
  struct stat status;
  if (stat(output.c_str(), &status) != 0 || !S_ISCHR(status.st_mode)) return false;
  const FileDescriptor file(open(output.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  return file.get() >= 0 && isatty(file.get()) != 0;
}

}  // namespace

absl::Status CheckNoTerminal(const std::string& output, std::string_view what) {
  if (!IsTerminal(output)) return absl::OkStatus();
  return UsageError(absl::StrCat(std::string(what),
                                 " is binary, which a terminal cannot show; name a file with "
                                 "--output, or send standard output to a file or program"));
}

}  // namespace bytepiece
