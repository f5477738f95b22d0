// SPDX-License-Identifier: Apache-2.0
// The reference implementation's ids, document by document
// (tests/golden/encode and the shared folder's README).
#include <string>
#include <vector>

#include "bytepiece/batch.h"
#include "bytepiece/model/model_json.h"
#include "bytepiece/tokenizer.h"
#include "tests/support/catch.h"
#include "tests/support/corpora.h"

namespace bytepiece {
namespace {

struct Golden {
  const char* ids;
  const char* input;  // a golden file, or a corpus
  const char* model;
};

constexpr Golden kGoldens[] = {
    {"own__own_order6.model.1000", "own_corpus.jsonl", "train/own_order6.model.1000"},
    {"own__own_digits.model", "own_corpus.jsonl", "train/own_digits.model"},
    {"own__own_bytes.model", "own_corpus.jsonl", "train/own_bytes.model"},
    {"own2__own2_limits.model.800", "own_corpus2.jsonl", "train/own2_limits.model.800"},
    {"own__bytepiece.eu.plus.80k", "own_corpus.jsonl", "models/bytepiece.eu.plus.80k.zip"},
    {"own__bytepiece.id.plus.160k", "own_corpus.jsonl", "models/bytepiece.id.plus.160k.zip"},
    {"own2__bytepiece.eu.plus.80k", "own_corpus2.jsonl", "models/bytepiece.eu.plus.80k.zip"},
    {"zh_dev__bytepiece.eu.plus.80k", "zh.dev.jsonl.zst", "models/bytepiece.eu.plus.80k.zip"},
    {"zh_dev__zh_dev.model.8000", "zh.dev.jsonl.zst", "train/zh_dev.model.8000.gz"},
    {"en_dev__bytepiece.eu.plus.80k", "en.dev.jsonl.zst", "models/bytepiece.eu.plus.80k.zip"},
    {"code_dev__bytepiece.id.plus.160k", "code.dev.jsonl.zst", "models/bytepiece.id.plus.160k.zip"},
    {"multi_dev__bytepiece.id.plus.160k", "multi.dev.jsonl.zst",
     "models/bytepiece.id.plus.160k.zip"},
};

void CheckGolden(const Golden& golden) {
  CAPTURE(golden.ids);
  const std::string input_name = golden.input;
  const auto model_path = FindGolden(golden.model);
  if (!model_path) return;
  const auto input_path =
      input_name.ends_with(".zst") ? FindCorpus(input_name) : FindGolden(input_name);
  if (!input_path) return;
  const auto ids_path = FindGolden("encode/" + std::string(golden.ids) + ".ids.gz");
  if (!ids_path) return;

  absl::StatusOr<Model> model = ParseReferenceJson(ReadUnpacked(*model_path));
  REQUIRE(model.ok());
  const absl::StatusOr<Tokenizer> tokenizer = Tokenizer::Create(*std::move(model));
  REQUIRE(tokenizer.ok());
  const std::vector<std::string> documents = ReadJsonLines(*input_path);
  const std::vector<std::vector<TokenId>> expected = ReadIdLines(*ids_path);
  REQUIRE(documents.size() == expected.size());
  for (const int threads : {1, 2, 7}) {
    CAPTURE(threads);
    const std::vector<std::string_view> views(documents.begin(), documents.end());
    const auto batch = EncodeBatch(*tokenizer, views, {}, threads);
    REQUIRE(batch.ok());
    for (std::size_t i = 0; i < documents.size(); ++i) {
      CAPTURE(i);
      REQUIRE(batch->ids_of(i) == absl::MakeConstSpan(expected[i]));
    }
  }
}

TEST_CASE("the ids are the reference's") {
  for (const Golden& golden : kGoldens) CheckGolden(golden);
}

}  // namespace
}  // namespace bytepiece
