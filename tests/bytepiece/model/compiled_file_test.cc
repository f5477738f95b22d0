// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/compiled_file.h"

#include <string>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

const std::string kModel = "the model file";
const std::string kTables(200, 't');

TEST_CASE("both parts come back, the tables aligned") {
  const std::string bytes = SerializeCompiledFile(kModel, kTables, 7);
  CHECK(IsCompiledFile(bytes));
  const auto file = ParseCompiledFile(bytes, 7);
  REQUIRE(file.ok());
  CHECK(file->model == kModel);
  CHECK(file->tables == kTables);
  CHECK((file->tables.data() - bytes.data()) % kTableAlignment == 0);
  CHECK(*ModelInCompiledFile(bytes) == kModel);
}

TEST_CASE("other files are not taken for compiled ones") {
  CHECK_FALSE(IsCompiledFile(""));
  CHECK_FALSE(IsCompiledFile("BPCOMPI"));
  CHECK_FALSE(IsCompiledFile("{\"YQ==\": [3]}"));
}

TEST_CASE("of tables of another version the model can still be had") {
  const std::string bytes = SerializeCompiledFile(kModel, kTables, 7);
  const auto file = ParseCompiledFile(bytes, 8);
  REQUIRE_FALSE(file.ok());
  CHECK(file.status().message() == "the compiled tables are of version 7, not 8");
  CHECK(*ModelInCompiledFile(bytes) == kModel);
}

TEST_CASE("every changed byte and every missing end is found") {
  const std::string bytes = SerializeCompiledFile(kModel, kTables, 7);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    CAPTURE(i);
    std::string damaged = bytes;
    damaged[i] ^= 1;
    CHECK_FALSE(ParseCompiledFile(damaged, 7).ok());
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(ParseCompiledFile(bytes.substr(0, size), 7).ok());
    const bool has_model = size >= kTableAlignment + kModel.size();
    CHECK(ModelInCompiledFile(bytes.substr(0, size)).ok() == has_model);
  }
  CHECK_FALSE(ParseCompiledFile(bytes + "x", 7).ok());
}

TEST_CASE("sizes that overflow are no way out of the file") {
  std::string bytes = SerializeCompiledFile(kModel, kTables, 7);
  for (std::size_t i = 16; i < 24; ++i) bytes[i] = '\xFF';  // the model's
  CHECK_FALSE(ModelInCompiledFile(bytes).ok());
  CHECK_FALSE(ParseCompiledFile(bytes, 7).ok());
}

TEST_CASE("a file of the other byte order says so") {
  std::string bytes = SerializeCompiledFile(kModel, kTables, 7);
  std::swap(bytes[8], bytes[11]);
  std::swap(bytes[9], bytes[10]);
  const auto model = ModelInCompiledFile(bytes);
  REQUIRE_FALSE(model.ok());
  CHECK(model.status().message().find("another byte order") != std::string_view::npos);
}

}  // namespace
}  // namespace bytepiece
