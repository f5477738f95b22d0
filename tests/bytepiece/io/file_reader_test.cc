// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/io/file_reader.h"

#include <unistd.h>

#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace bytepiece {
namespace {

FileReader Open(const std::string& path) {
  absl::StatusOr<FileReader> reader = FileReader::Open(path);
  REQUIRE(reader.ok());
  return *std::move(reader);
}

std::vector<std::string> Lines(const TempDir& folder, std::string_view bytes) {
  FileReader reader = Open(folder.Write("file", bytes));
  std::vector<std::string> lines;
  std::string line;
  while (*reader.ReadLine(&line)) lines.push_back(line);
  CHECK(*reader.AtEnd());
  return lines;
}

TEST_CASE("lines end with a newline, or the file") {
  const TempDir folder;
  const std::string nul("a\0b", 3);
  CHECK(Lines(folder, "").empty());
  CHECK(Lines(folder, "\n") == std::vector<std::string>{""});
  CHECK(Lines(folder, "a\n\nb") == std::vector<std::string>{"a", "", "b"});
  CHECK(Lines(folder, nul + "\r\n") == std::vector<std::string>{nul + "\r"});
  for (const std::size_t size : {65535, 65536, 65537, 200000}) {
    const std::string line(size, 'x');
    CHECK(Lines(folder, line + "\n" + line) == std::vector<std::string>{line, line});
  }
}

TEST_CASE("bytes come in the sizes asked for, fewer at the end alone") {
  const TempDir folder;
  const std::string all = std::string(70000, 'a') + std::string(70000, 'b');
  FileReader reader = Open(folder.Write("file", all));
  std::string bytes;
  REQUIRE(reader.Read(3, &bytes).ok());
  CHECK(bytes == "aaa");
  REQUIRE(reader.Read(100000, &bytes).ok());
  CHECK(bytes == all.substr(3, 100000));
  CHECK_FALSE(*reader.AtEnd());
  REQUIRE(reader.ReadAll(&bytes).ok());
  CHECK(bytes == all.substr(100003));
  CHECK(*reader.AtEnd());
  REQUIRE(reader.Read(1, &bytes).ok());
  CHECK(bytes.empty());
}

TEST_CASE("what cannot be read is an error, not the end") {
  if (access("/proc/self/mem", R_OK) != 0) {
    WARN("SKIPPED: there is no /proc");
    return;
  }
  FileReader reader = Open("/proc/self/mem");
  std::string line;
  CHECK(reader.ReadLine(&line).status().message() ==
        "cannot read /proc/self/mem: Input/output error");
  CHECK_FALSE(reader.AtEnd().ok());
  CHECK_FALSE(reader.Read(1, &line).ok());
  CHECK(reader.Error("is odd").message() == "/proc/self/mem: is odd");
}

}  // namespace
}  // namespace bytepiece
