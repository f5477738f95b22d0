// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/export/export_folder.h"

#include <filesystem>
#include <string>

#include "bytepiece/io/atomic_file.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOthers[] = {"other.json"};

std::size_t NumFiles(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

std::string Content(const fs::path& path) {
  const absl::StatusOr<std::string> bytes = ReadFile(path.native());
  REQUIRE(bytes.ok());
  return *bytes;
}

TEST_CASE("a folder is made, and written again") {
  const TempDir temp;
  const fs::path folder = fs::path(temp.path()) / "new";
  REQUIRE(WriteExportFolder(folder.native(), {{"a", "1"}, {"b", "2"}}, kOthers).ok());
  CHECK(Content(folder / "a") == "1");
  CHECK(Content(folder / "b") == "2");
  CHECK(NumFiles(folder) == 2);
  REQUIRE(WriteFile((folder / "weights").native(), "3").ok());
  REQUIRE(WriteExportFolder(folder.native(), {{"a", "4"}, {"b", "5"}}, kOthers).ok());
  CHECK(Content(folder / "a") == "4");
  CHECK(Content(folder / "b") == "5");
  CHECK(Content(folder / "weights") == "3");
}

TEST_CASE("what would be read with the files is refused, and nothing written") {
  const TempDir temp;
  const fs::path folder = temp.path();
  REQUIRE(WriteFile((folder / "other.json").native(), "{}").ok());
  const absl::Status status = WriteExportFolder(folder.native(), {{"a", "1"}}, kOthers);
  CHECK(status.message() == (folder / "other.json").native() +
                                ": belongs to another tokenizer and would be read with this one; "
                                "remove it, or name another folder");
  CHECK(NumFiles(folder) == 1);
}

TEST_CASE("a failure leaves no file, and no folder that was made") {
  const TempDir temp;
  const fs::path root = temp.path();
  const fs::path file = root / "file";
  REQUIRE(WriteFile(file.native(), "x").ok());
  CHECK_THAT(std::string(WriteExportFolder(file.native(), {{"a", "1"}}, {}).message()),
             Contains("file: is no folder; name one, or one that is to be made"));
  CHECK_THAT(
      std::string(WriteExportFolder((root / "none/deep").native(), {{"a", "1"}}, {}).message()),
      Contains("none/deep: No such file or directory"));
  // The second file cannot be: its folder is not there.
  const fs::path folder = root / "new";
  CHECK_FALSE(WriteExportFolder(folder.native(), {{"a", "1"}, {"none/b", "2"}}, {}).ok());
  CHECK_FALSE(fs::exists(folder));
  CHECK(NumFiles(root) == 1);
}

}  // namespace
}  // namespace bytepiece
