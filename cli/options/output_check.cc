// SPDX-License-Identifier: Apache-2.0
#include "cli/options/output_check.h"

#include <sys/stat.h>

#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/program/errors.h"

namespace bytepiece {
namespace {

using FileIdentity = std::pair<dev_t, ino_t>;

// Of a regular file; nothing else can be replaced.
std::optional<FileIdentity> Identify(const std::string& path) {
  struct stat status;
  if (path == "-" || stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  return FileIdentity(status.st_dev, status.st_ino);
}

}  // namespace

absl::Status CheckInputsSurvive(const std::vector<InputFile>& inputs, const std::string& model,
                                const std::vector<std::string>& outputs) {
  const std::optional<FileIdentity> model_file = Identify(model);
  std::set<FileIdentity> read;
  for (const InputFile& input : inputs) {
    if (const auto file = Identify(input.path)) read.insert(*file);
  }
  for (const std::string& output : outputs) {
    const std::optional<FileIdentity> file = Identify(output);
    if (!file) continue;
    if (file == model_file) {
      return UsageError(absl::StrCat("the output ", output, " is the model; choose another name"));
    }
    if (read.contains(*file)) {
      return UsageError(absl::StrCat("the output ", output, " is an input; choose another name"));
    }
  }
  return absl::OkStatus();
}

}  // namespace bytepiece
