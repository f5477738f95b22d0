// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/file_descriptor.h"

#include <fcntl.h>

#include <string>
#include <utility>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

bool IsOpen(int fd) { return fcntl(fd, F_GETFD) != -1; }

TEST_CASE("a descriptor is closed once, by whoever holds it last") {
  const TempDir dir;
  absl::StatusOr<FileDescriptor> opened = OpenForReading(dir.Write("a", "text"));
  REQUIRE(opened.ok());
  const int fd = opened->get();
  {
    FileDescriptor moved = *std::move(opened);
    CHECK(moved.get() == fd);
    CHECK(opened->get() == -1);
    FileDescriptor assigned;
    assigned = std::move(moved);
    CHECK(IsOpen(fd));
  }
  CHECK_FALSE(IsOpen(fd));
}

TEST_CASE("reading goes on to the end and no further") {
  const TempDir dir;
  const absl::StatusOr<FileDescriptor> file = OpenForReading(dir.Write("a", "text"));
  REQUIRE(file.ok());
  char bytes[8] = {};
  CHECK(ReadSome(file->get(), "a", bytes, sizeof(bytes)).value() == 4);
  CHECK(std::string(bytes) == "text");
  CHECK(ReadSome(file->get(), "a", bytes, sizeof(bytes)).value() == 0);
}

TEST_CASE("what cannot be read is named") {
  const TempDir dir;
  CHECK(OpenForReading(dir.path() + "/absent").status().message() ==
        "cannot open " + dir.path() + "/absent: No such file or directory");
  CHECK(OpenForReading(dir.path()).status().message() == dir.path() + " is a directory");
  char byte = 0;
  CHECK(ReadSome(-1, "the name", &byte, 1).status().message() ==
        "cannot read the name: Bad file descriptor");
  CHECK(DisplayName("-") == "standard input");
  CHECK(DisplayName("a") == "a");
}

}  // namespace
}  // namespace bytepiece
