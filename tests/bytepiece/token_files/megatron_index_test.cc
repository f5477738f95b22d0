// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/token_files/megatron_index.h"

#include <random>
#include <string>

#include "tests/support/catch.h"

namespace bytepiece {
namespace {

MegatronIndex Example() {
  MegatronIndex index;
  index.type = TokenType::kUint16;
  index.lengths = {3, 0, 258};
  index.document_starts = {0, 1, 1, 3};
  return index;
}

TEST_CASE("the index is laid out as Megatron-LM reads it") {
  const std::string expected(
      "MMIDIDX\0\0"
      "\1\0\0\0\0\0\0\0"
      "\x8"
      "\3\0\0\0\0\0\0\0"
      "\4\0\0\0\0\0\0\0"
      "\3\0\0\0"
      "\0\0\0\0"
      "\2\1\0\0"
      "\0\0\0\0\0\0\0\0"
      "\6\0\0\0\0\0\0\0"
      "\6\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0"
      "\1\0\0\0\0\0\0\0"
      "\1\0\0\0\0\0\0\0"
      "\3\0\0\0\0\0\0\0",
      9 + 8 + 1 + 8 + 8 + 3 * 4 + 3 * 8 + 4 * 8);
  CHECK(SerializeMegatronIndex(Example()) == expected);
  MegatronIndex wide = Example();
  wide.type = TokenType::kUint32;
  CHECK(SerializeMegatronIndex(wide)[17] == 4);
}

TEST_CASE("what is written is read") {
  const MegatronIndex read = ParseMegatronIndex(SerializeMegatronIndex(Example())).value();
  CHECK(read.type == TokenType::kUint16);
  CHECK(read.lengths == Example().lengths);
  CHECK(read.document_starts == Example().document_starts);
  const MegatronIndex empty = ParseMegatronIndex(SerializeMegatronIndex({})).value();
  CHECK(empty.lengths.empty());
  CHECK(empty.document_starts.size() == 1);
}

TEST_CASE("every truncation, and most changes of a byte, are refused") {
  const std::string good = SerializeMegatronIndex(Example());
  for (std::size_t size = 0; size < good.size(); ++size) {
    REQUIRE_FALSE(ParseMegatronIndex(good.substr(0, size)).ok());
  }
  CHECK_FALSE(ParseMegatronIndex(good + '\0').ok());
  // Only a length may change unnoticed, and only the last, and a boundary within
  // its neighbours; whatever is accepted is consistent.
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      const absl::StatusOr<MegatronIndex> index = ParseMegatronIndex(bad);
      if (index.ok()) REQUIRE(SerializeMegatronIndex(*index) == bad);
    }
  }
}

TEST_CASE("sizes that cannot be do not allocate") {
  std::string bad = SerializeMegatronIndex(Example());
  for (std::size_t i = 18; i < 34; ++i) bad[i] = '\xFF';
  CHECK(ParseMegatronIndex(bad).status().message() == "damaged or truncated Megatron-LM index");
}

}  // namespace
}  // namespace bytepiece
