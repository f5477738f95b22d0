// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/mapped_file.h"

#include <string>
#include <utility>

#include "bytepiece/io/atomic_file.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

TEST_CASE("a mapped file shows its bytes, and can be moved") {
  const TempDir folder;
  auto file = MappedFile::Open(folder.Write("a", "bytes"));
  REQUIRE(file.ok());
  MappedFile moved = *std::move(file);
  CHECK(moved.bytes() == "bytes");
  moved = *MappedFile::Open(folder.Write("b", ""));
  CHECK(moved.bytes().empty());
}

TEST_CASE("what cannot be mapped is named") {
  const TempDir folder;
  for (const std::string& path : {folder.File("missing"), folder.path()}) {
    const auto file = MappedFile::Open(path);
    REQUIRE_FALSE(file.ok());
    CHECK(file.status().message().find(path) != std::string_view::npos);
  }
}

TEST_CASE("a mapped file that was written over is found, one that was replaced is not") {
  const TempDir folder;
  {
    const auto plain = MappedFile::Open(folder.Write("plain", "bytes"));
    const auto replaced = MappedFile::Open(folder.Write("replaced", "bytes"));
    REQUIRE((plain.ok() && replaced.ok()));
    REQUIRE(WriteFile(folder.File("replaced"), "others").ok());
    CHECK(replaced->bytes() == "bytes");
    CHECK(FindOverwrittenMapping() == nullptr);
    folder.Write("plain", "longer");
    CHECK(FindOverwrittenMapping() == folder.File("plain"));
    CHECK(FindOverwrittenMapping() == nullptr);  // each is told once
  }
  {
    const auto file = MappedFile::Open(folder.File("plain"));
    folder.Write("plain", "cut");
  }
  CHECK(FindOverwrittenMapping() == folder.File("plain"));  // also when it is no longer mapped
  CHECK(FindOverwrittenMapping() == nullptr);
}

}  // namespace
}  // namespace bytepiece
