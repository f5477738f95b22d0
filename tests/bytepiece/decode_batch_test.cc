// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>
#include <vector>

#include "bytepiece/batch.h"
#include "tests/support/catch.h"
#include "tests/support/models.h"
#include "tests/support/random_text.h"

namespace bytepiece {
namespace {

std::vector<std::string> MakeDocuments() {
  std::vector<std::string> documents = AwkwardDocuments();
  RandomText random(33);
  for (int i = 0; i < 200; ++i) documents.push_back(random.MutatedUtf8(random.Below(300)));
  documents.push_back(random.MutatedUtf8(1 << 20));
  documents.emplace_back();
  return documents;
}

std::vector<std::string_view> ViewsOf(const std::vector<std::string>& documents) {
  return {documents.begin(), documents.end()};
}

TEST_CASE("rows of ids become text again") {
  const Tokenizer tokenizer = MakeMixedTokenizer();
  const std::vector<std::string> documents = MakeDocuments();
  const auto batch = EncodeBatch(tokenizer, ViewsOf(documents), {}, 2);
  REQUIRE(batch.ok());
  for (const int threads : {1, 5}) {
    const auto text = DecodeBatch(tokenizer, batch->ids, batch->offsets, {}, threads);
    REQUIRE(text.ok());
    REQUIRE(text->size() == documents.size());
    for (std::size_t i = 0; i < documents.size(); ++i) {
      REQUIRE(text->text_of(i) == tokenizer.Decode(batch->ids_of(i)).value());
    }
  }
}

TEST_CASE("rows that are none are refused by name") {
  const Tokenizer tokenizer = MakeMixedTokenizer();
  const auto message = [&](const std::vector<TokenId>& ids,
                           const std::vector<std::int64_t>& offsets) {
    return std::string(DecodeBatch(tokenizer, ids, offsets).status().message());
  };
  const std::string offsets_message =
      "the offsets of a batch must ascend from 0 to its number of ids, 2";
  CHECK(message({3, 4}, {}) == offsets_message);
  CHECK(message({3, 4}, {0, 1}) == offsets_message);
  CHECK(message({3, 4}, {1, 2}) == offsets_message);
  CHECK(message({3, 4}, {0, 3, 2}) == offsets_message);
  const std::string size = std::to_string(tokenizer.vocab_size());
  CHECK(message({3, 4, -1}, {0, 1, 3}) ==
        "row 1: id -1 at position 1 is outside the vocabulary of " + size);
}

}  // namespace
}  // namespace bytepiece
