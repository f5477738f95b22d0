// SPDX-License-Identifier: Apache-2.0
#include "lm_cli/output_folder.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace bytepiece::lm {

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("cannot make the folder ", path, ": ", error.message()));
}

void RemoveUnstartedRun(const std::string& path) {
  std::error_code ignored;
  for (const char* name : {"/config.json", "/lock", ""}) {
    std::filesystem::remove(path + name, ignored);
  }
}

}  // namespace bytepiece::lm
