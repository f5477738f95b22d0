// SPDX-License-Identifier: Apache-2.0
#include "corpus/input_files.h"

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "corpus/compression.h"

namespace bytepiece::inline v0 {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kJsonEndings[] = {".jsonl", ".ndjson", ".json"};
constexpr std::string_view kTextEndings[] = {".txt", ".text", ".md"};

InputFormat FormatByName(std::string_view name) {
  name = WithoutPackedEnding(name);
  const auto ends_name = [name](std::string_view ending) { return HasEnding(name, ending); };
  if (std::ranges::any_of(kJsonEndings, ends_name)) return InputFormat::kJsonLines;
  if (std::ranges::any_of(kTextEndings, ends_name)) return InputFormat::kText;
  return InputFormat::kAuto;
}

InputFile MakeFile(std::string path, std::string relative) {
  const InputFormat format = FormatByName(path);
  return {std::move(path), std::move(relative), format, 1};
}

bool IsHidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

// Files resolved so far; `notes` if what cannot be read is left out.
struct Resolved {
  std::vector<InputFile> files;
  InputNotes* notes = nullptr;
};

absl::Status AddDirectory(const std::string& directory, Resolved* resolved) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::recursive_directory_iterator entry(directory, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    if (IsHidden(entry->path())) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file(error)) {
      paths.push_back(entry->path().native());
    } else if (error) {  // a link that leads nowhere, or in a circle
      std::string cause =
          absl::StrCat("cannot read ", entry->path().native(), ": ", error.message());
      if (resolved->notes == nullptr) {
        return absl::UnavailableError(
            absl::StrCat(cause, " (--on-bad-line skip leaves such links out)"));
      }
      resolved->notes->LeaveOut(std::move(cause));
      error.clear();
    }
  }
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot list the directory ", directory, ": ", error.message()));
  }
  if (paths.empty()) {
    return absl::NotFoundError(absl::StrCat("the directory ", directory, " holds no files"));
  }
  std::sort(paths.begin(), paths.end());
  for (std::string& path : paths) {
    std::string relative = fs::path(path).lexically_relative(directory).native();
    resolved->files.push_back(MakeFile(std::move(path), std::move(relative)));
  }
  return absl::OkStatus();
}

absl::Status AddPath(const std::string& path, Resolved* resolved) {
  std::error_code error;
  if (fs::is_directory(path, error)) return AddDirectory(path, resolved);
  resolved->files.push_back(MakeFile(path, fs::path(path).filename().native()));
  return absl::OkStatus();
}

absl::Status AddPattern(const std::string& pattern, Resolved* resolved) {
  glob_t matches = {};
  const int failed = glob(pattern.c_str(), GLOB_NOSORT | GLOB_ERR, nullptr, &matches);
  std::vector<std::string> paths(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  globfree(&matches);
  if (failed == GLOB_NOMATCH) {
    return absl::NotFoundError(absl::StrCat("no file matches the pattern ", pattern));
  }
  if (failed != 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot read the directories of the pattern ", pattern));
  }
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    if (absl::Status status = AddPath(path, resolved); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status AddArgument(const std::string& argument, Resolved* resolved) {
  if (argument == "-") {
    resolved->files.push_back({"-", "stdin", InputFormat::kAuto, 1});
    return absl::OkStatus();
  }
  std::error_code error;
  if (fs::exists(argument, error)) return AddPath(argument, resolved);
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot read ", argument, ": ", error.message()));
  }
  if (argument.find_first_of("*?[") != std::string::npos) return AddPattern(argument, resolved);
  return absl::NotFoundError(absl::StrCat("there is no file ", argument));
}

bool IsStandardInput(const std::string& path) {
  for (const char* name : {"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}) {
    if (path == name) return true;
  }
  struct stat own = {};
  struct stat named = {};
  return fstat(STDIN_FILENO, &own) == 0 && S_ISFIFO(own.st_mode) &&
         stat(path.c_str(), &named) == 0 && own.st_dev == named.st_dev &&
         own.st_ino == named.st_ino;
}

}  // namespace

absl::StatusOr<std::vector<InputFile>> ResolveInputs(const std::vector<std::string>& arguments,
                                                     InputNotes* notes) {
  Resolved resolved = {{}, notes};
  for (const std::string& argument : arguments) {
    if (absl::Status status = AddArgument(argument, &resolved); !status.ok()) return status;
  }
  if (absl::Status status = CheckStandardInput(arguments); !status.ok()) return status;
  return resolved.files;
}

absl::Status CheckStandardInput(const std::vector<std::string>& paths) {
  if (std::ranges::count_if(paths, IsStandardInput) <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "standard input (- or /dev/stdin) is named twice; it can be read once");
}

std::string WithoutTextEnding(const std::string& name) {
  const std::string_view stored = WithoutPackedEnding(name);
  for (const auto& endings :
       {absl::MakeConstSpan(kJsonEndings), absl::MakeConstSpan(kTextEndings)}) {
    for (const std::string_view ending : endings) {
      if (HasEnding(stored, ending))
        return std::string(stored.substr(0, stored.size() - ending.size()));
    }
  }
  return std::string(stored);
}

}  // namespace bytepiece::inline v0
