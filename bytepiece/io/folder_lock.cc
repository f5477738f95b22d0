// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace bytepiece {

absl::StatusOr<FolderLock> FolderLock::Take(const std::string& folder, const std::string& what) {
  FileDescriptor file(open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (file.get() < 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot write to ", what, " ", folder, ": ", std::strerror(errno)));
  }
  if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) return FolderLock(std::move(file));
  return absl::FailedPreconditionError(absl::StrCat(
      what, " ", folder, " is in use by another run; wait for it, or name another folder"));
}

}  // namespace bytepiece
