// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/scratch_file.h"

#include <filesystem>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

std::string ReadBack(const ScratchFile& file, std::int64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  REQUIRE(file.ReadAt(offset, size, bytes.data()).ok());
  return bytes;
}

TEST_CASE("what is appended can be read anywhere, while a file without a name is nowhere") {
  const TempDir dir;
  absl::StatusOr<ScratchFile> file = ScratchFile::CreateUnnamed(dir.path());
  REQUIRE(file.ok());
  CHECK(std::filesystem::is_empty(dir.path()));
  REQUIRE(file->Append("hello ").ok());
  REQUIRE(file->Append("world").ok());
  CHECK(file->size() == 11);
  CHECK(ReadBack(*file, 4, 4) == "o wo");
  std::string bytes(2, '\0');
  CHECK_THAT(std::string(file->ReadAt(10, 2, bytes.data()).message()), Contains("cut short"));
}

TEST_CASE("a named file stays and is opened again") {
  const TempDir dir;
  {
    absl::StatusOr<ScratchFile> file = ScratchFile::Create(dir.File("x"));
    REQUIRE(file.ok());
    REQUIRE(file->Append("stays").ok());
    REQUIRE(file->Sync().ok());
  }
  absl::StatusOr<ScratchFile> file = ScratchFile::OpenExisting(dir.File("x"));
  REQUIRE(file.ok());
  CHECK(file->size() == 5);
  CHECK(ReadBack(*file, 0, 5) == "stays");
}

TEST_CASE("errors name the folder or the file, and the way out") {
  const TempDir dir;
  CHECK_THAT(std::string(ScratchFile::CreateUnnamed(dir.File("none")).status().message()),
             Contains(dir.File("none")) && Contains("--temp-dir"));
  CHECK_THAT(std::string(ScratchFile::OpenExisting(dir.File("y")).status().message()),
             Contains(dir.File("y")));
  CHECK_THAT(std::string(ScratchFile::OpenExisting(dir.path()).status().message()),
             Contains("is a directory"));
  if (!std::filesystem::exists("/dev/full")) return;
  absl::StatusOr<ScratchFile> full = ScratchFile::Create("/dev/full");
  REQUIRE(full.ok());
  CHECK_THAT(std::string(full->Append("x").message()),
             Contains("No space left on device") && Contains("--temp-dir"));
}

TEST_CASE("there is a folder for temporary files") { CHECK_FALSE(DefaultTempDir().empty()); }

}  // namespace
}  // namespace bytepiece
