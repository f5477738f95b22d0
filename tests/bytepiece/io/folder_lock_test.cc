// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/folder_lock.h"

#include <optional>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

TEST_CASE("a folder has one owner at a time") {
  const TempDir folder;
  std::optional<FolderLock> owner(*FolderLock::Take(folder.path(), "the run folder"));
  const absl::Status second = FolderLock::Take(folder.path(), "the run folder").status();
  CHECK(second.message() == "the run folder " + folder.path() +
                                " is in use by another run; wait for it, or name another folder");
  owner.reset();
  CHECK(FolderLock::Take(folder.path(), "the run folder").ok());
}

TEST_CASE("a folder that cannot be written to is named") {
  const TempDir folder;
  const absl::Status status = FolderLock::Take(folder.File("none"), "the run folder").status();
  CHECK(status.message() ==
        "cannot write to the run folder " + folder.File("none") + ": No such file or directory");
}

}  // namespace
}  // namespace bytepiece
