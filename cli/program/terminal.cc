// SPDX-License-Identifier: Apache-2.0
#include "cli/program/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "absl/strings/numbers.h"
#include "bytepiece/base/utf8.h"
#include "cli/program/table.h"

namespace bytepiece {

std::optional<std::size_t> TerminalWidth(int descriptor) {
  if (isatty(descriptor) == 0) return std::nullopt;
  winsize size = {};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* const columns = std::getenv("COLUMNS");
  int number = 0;
  if (columns != nullptr && absl::SimpleAtoi(columns, &number) && number > 0) {
    return static_cast<std::size_t>(number);
  }
  return 80;
}

std::string FitLine(const std::string& heading, const std::vector<std::string>& parts,
                    std::size_t width) {
  std::string line = heading;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string longer = line + (i == 0 ? ": " : ", ") + parts[i];
    if (DisplayWidth(longer) > width) break;
    line = longer;
  }
  std::string_view rest = line;
  while (DisplayWidth(line) - DisplayWidth(rest) < width && !rest.empty()) {
    rest.remove_prefix(static_cast<std::size_t>(DecodeUtf8Char(rest).length));
  }
  return line.substr(0, line.size() - rest.size());
}

}  // namespace bytepiece
