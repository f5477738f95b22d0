// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/mapped_file.h"

#include <utility>

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

}  // namespace
}  // namespace bytepiece
