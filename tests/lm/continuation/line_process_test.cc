// SPDX-License-Identifier: Apache-2.0
#include "lm/continuation/line_process.h"

#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

std::unique_ptr<LineProcess> Start(const std::string& command) {
  auto process = LineProcess::Start(command);
  REQUIRE(process.ok());
  return *std::move(process);
}

TEST_CASE("lines go to the program and come back, long ones too") {
  const auto process = Start("cat");
  for (const std::size_t length : {0, 1, 5000000, 3}) {
    const std::string line(length, 'x');
    const auto answer = process->Ask(line, 1 << 30);
    REQUIRE(answer.ok());
    CHECK(*answer == line);
  }
  CHECK(process->Complaint("is odd").message() == "program 'cat', line 4 of its output: is odd");
}

TEST_CASE("lines that come together are read one by one") {
  const auto process = Start("printf 'a\\nbc\\n\\n'; cat");
  CHECK(*process->Read(10) == "a");
  CHECK(*process->Read(10) == "bc");
  CHECK(process->Read(10)->empty());
  CHECK(*process->Ask("more", 10) == "more");
}

TEST_CASE("a line without end is refused before it fills the memory") {
  CHECK(Start("yes | tr -d '\\n'")->Read(1000).status().message() ==
        "program 'yes | tr -d '\\n'', line 1 of its output: has more than 1000 bytes");
  CHECK_FALSE(Start("echo 12345; cat")->Read(4).ok());
  CHECK(Start("echo 12345; cat")->Read(5).ok());
}

TEST_CASE("an answer that came before its request was sent is none") {
  const auto process = Start("yes");
  REQUIRE(process->Read(10).ok());
  CHECK(process->Ask(std::string(5000000, 'x'), 10).status().message() ==
        "program 'yes', line 2 of its output: came before the program had read its request");
}

}  // namespace
}  // namespace bytepiece::lm
