// SPDX-License-Identifier: Apache-2.0
#include "cli/files/output_check.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "cli/program/errors.h"

namespace bytepiece {
namespace {

// The file that a chain of links names, though there is none yet: where writing makes it.
std::filesystem::path FollowLinks(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as the system follows
  std::error_code error;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(path, error); ++i) {
    const std::filesystem::path target = std::filesystem::read_symlink(path, error);
    if (error) break;
    path = path.parent_path() / target;  // the target alone, if it is absolute
  }
  return path;
}

// A key that all names of a regular file share, there or yet to be made; empty for anything else.
// `standard` is the descriptor that "-" stands for.
std::string Identify(const std::string& path, int standard) {
  if (path.empty()) return "";
  struct stat status;
  const bool exists =
      path == "-" ? fstat(standard, &status) == 0 : stat(path.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) return "";
  if (exists) return absl::StrCat(status.st_dev, ":", status.st_ino);
  std::error_code error;
  const std::filesystem::path file = FollowLinks(std::filesystem::absolute(path, error));
  return std::filesystem::weakly_canonical(file, error).native();
}

}  // namespace

FilesInUse& FilesInUse::Read(const std::vector<std::string>& paths, const std::string& what) {
  for (const std::string& path : paths) {
    const std::string file = Identify(path, STDIN_FILENO);
    if (!file.empty()) use_.emplace(file, what);
  }
  return *this;
}

FilesInUse& FilesInUse::Read(const std::vector<InputFile>& inputs) {
  for (const InputFile& input : inputs) Read({input.path}, "an input");
  return *this;
}

absl::Status FilesInUse::Write(const std::vector<std::string>& paths, const std::string& what) {
  for (const std::string& path : paths) {
    const std::string file = Identify(path, STDOUT_FILENO);
    if (file.empty()) continue;
    const auto [use, is_new] = use_.emplace(file, what);
    if (is_new) continue;
    return UsageError(absl::StrCat(what, " ", path == "-" ? "on standard output" : path, " is ",
                                   use->second, "; choose another name"));
  }
  return absl::OkStatus();
}

}  // namespace bytepiece
