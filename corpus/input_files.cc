// SPDX-License-Identifier: Apache-2.0
#include "corpus/input_files.h"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace bytepiece {
namespace {

namespace fs = std::filesystem;

bool NamesJsonLines(std::string_view name) {
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (name.ends_with(packed)) {
      name.remove_suffix(packed.size());
      break;
    }
  }
  return name.ends_with(".jsonl") || name.ends_with(".ndjson") || name.ends_with(".json");
}

InputFile MakeFile(std::string path, std::string relative) {
  const bool json_lines = NamesJsonLines(path);
  return {std::move(path), std::move(relative), json_lines, 1};
}

bool IsHidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

absl::Status AddDirectory(const std::string& directory, std::vector<InputFile>* files) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::recursive_directory_iterator entry(directory, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    if (IsHidden(entry->path())) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file(error)) {
      paths.push_back(entry->path().native());
    } else if (error) {  // a link that leads nowhere, or in a circle
      return absl::UnavailableError(
          absl::StrCat("cannot read ", entry->path().native(), ": ", error.message()));
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
    files->push_back(MakeFile(std::move(path), std::move(relative)));
  }
  return absl::OkStatus();
}

absl::Status AddPath(const std::string& path, std::vector<InputFile>* files) {
  std::error_code error;
  if (fs::is_directory(path, error)) return AddDirectory(path, files);
  files->push_back(MakeFile(path, fs::path(path).filename().native()));
  return absl::OkStatus();
}

absl::Status AddPattern(const std::string& pattern, std::vector<InputFile>* files) {
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
    if (absl::Status status = AddPath(path, files); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status AddArgument(const std::string& argument, std::vector<InputFile>* files) {
  if (argument == "-") {
    files->push_back({"-", "stdin", false, 1});
    return absl::OkStatus();
  }
  std::error_code error;
  if (fs::exists(argument, error)) return AddPath(argument, files);
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot read ", argument, ": ", error.message()));
  }
  if (argument.find_first_of("*?[") != std::string::npos) return AddPattern(argument, files);
  return absl::NotFoundError(absl::StrCat("there is no file ", argument));
}

}  // namespace

absl::StatusOr<std::vector<InputFile>> ResolveInputs(const std::vector<std::string>& arguments) {
  std::vector<InputFile> files;
  for (const std::string& argument : arguments) {
    if (absl::Status status = AddArgument(argument, &files); !status.ok()) return status;
  }
  if (std::count(arguments.begin(), arguments.end(), "-") > 1) {
    return absl::InvalidArgumentError("standard input (-) is named twice; it can be read once");
  }
  return files;
}

}  // namespace bytepiece
