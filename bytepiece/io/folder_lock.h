// SPDX-License-Identifier: Apache-2.0
// One process at a time in a folder.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "bytepiece/io/file_descriptor.h"

namespace bytepiece {

// Held until destroyed, or until the process ends, however it does. The lock lies on the
// file "lock" in the folder, which stays.
class FolderLock {
 public:
  // The folder must be there. `what` names it in errors: "the work folder".
  static absl::StatusOr<FolderLock> Take(const std::string& folder, const std::string& what);

 private:
  explicit FolderLock(FileDescriptor file) : file_(std::move(file)) {}

  FileDescriptor file_;
};

}  // namespace bytepiece
