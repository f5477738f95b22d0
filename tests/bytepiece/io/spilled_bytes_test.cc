// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/spilled_bytes.h"

#include <string>

#include "bytepiece/io/atomic_file.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

TEST_CASE("bytes come out as they went in, few or many, and again") {
  const TempDir folder;
  RandomText random(5);
  SpilledBytes spilled;
  for (const std::size_t size : {std::size_t{10}, std::size_t{3} << 20, std::size_t{0}}) {
    CHECK(spilled.empty());
    std::string expected;
    while (expected.size() < size) {
      const std::string bytes = random.MutatedUtf8(1 + random.Below(300'000));
      expected += bytes;
      REQUIRE(spilled.Append(bytes).ok());
      CHECK_FALSE(spilled.empty());
    }
    const std::string path = folder.File("out");
    absl::StatusOr<AtomicFile> file = AtomicFile::Create(path);
    REQUIRE(file.ok());
    REQUIRE(spilled.MoveTo(&*file).ok());
    REQUIRE(file->Commit().ok());
    CHECK(ReadFile(path).value() == expected);
  }
}

}  // namespace
}  // namespace bytepiece
