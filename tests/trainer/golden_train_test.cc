// SPDX-License-Identifier: Apache-2.0
// Exact mode gives the reference's vocabularies, piece by piece, count by count,
// id by id (tests/golden/train and the shared folder's README).
#include <string>
#include <vector>

#include "bytepiece/model/model_json.h"
#include "tests/support/catch.h"
#include "tests/support/corpora.h"
#include "trainer/trainer.h"

namespace bytepiece {
namespace {

struct Golden {
  const char* input;
  std::vector<const char*> models;  // one for each of spec.vocab_sizes
  TrainerSpec spec;
};

TrainerSpec Spec(int order, std::vector<std::int64_t> sizes, std::int64_t min_count) {
  TrainerSpec spec;
  spec.method = TrainingMethod::kExact;
  spec.order = order;
  spec.vocab_sizes = std::move(sizes);
  spec.min_count = min_count;
  return spec;
}

std::vector<Golden> Goldens() {
  std::vector<Golden> goldens = {
      {"own_corpus.jsonl",
       {"own_order6.model.1500", "own_order6.model.1000", "own_order6.model.600"},
       Spec(6, {1500, 1000, 600}, 2)},
      {"own_corpus.jsonl", {"own_digits.model"}, Spec(6, {1200}, 3)},
      {"own_corpus.jsonl", {"own_bytes.model"}, Spec(4, {1200}, 2)},
      {"own_corpus.jsonl", {"own_deadends.model"}, Spec(3, {900}, 8)},
      {"own_corpus2.jsonl",
       {"own2_limits.model.800", "own2_limits.model.400"},
       Spec(6, {800, 400}, 2)},
      {"own_corpus2.jsonl", {"own2_deadends.model"}, Spec(6, {700}, 5)},
      {"own_corpus2.jsonl", {"own2_order2.model"}, Spec(2, {500}, 5)},
      {"zh.dev.jsonl.zst",
       {"zh_dev.model.16000.gz", "zh_dev.model.8000.gz", "zh_dev.model.4000.gz"},
       Spec(6, {16000, 8000, 4000}, 2)},
      {"en.dev.jsonl.zst",
       {"en_dev.model.8000.gz", "en_dev.model.4000.gz"},
       Spec(6, {8000, 4000}, 4)},
      {"multi.dev.jsonl.zst", {"multi_dev_digits.model.gz"}, Spec(5, {6000}, 3)},
      {"code.dev.jsonl.zst", {"code_dev_bytes.model.gz"}, Spec(6, {6000}, 2)},
  };
  for (Golden& golden : goldens) {
    const std::string name = golden.models[0];
    golden.spec.isolate_digits = name.find("digits") != std::string::npos;
    golden.spec.ensure_unicode = name.find("bytes") == std::string::npos;
    if (name == "own_bytes.model") golden.spec.max_piece_length = 12;
  }
  return goldens;
}

void CheckGolden(const Golden& golden) {
  const std::string input_name = golden.input;
  const bool large = input_name.ends_with(".zst");
  const auto input = large ? FindCorpus(input_name) : FindGolden(input_name);
  if (!input) return;
  std::vector<std::string> expected;
  for (const char* name : golden.models) {
    const auto path = FindGolden(std::string("train/") + name);
    if (!path) return;
    expected.push_back(ReadUnpacked(*path));
  }
  VectorSource source(ReadJsonLines(*input));
  std::vector<int> thread_counts = {1, 2, 7};
  if (large && BYTEPIECE_SANITIZED) thread_counts = {2};
  for (const int threads : thread_counts) {
    CAPTURE(golden.models[0], threads);
    const auto models = Train(&source, {golden.spec, threads});
    REQUIRE(models.ok());
    REQUIRE(models->size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CAPTURE(i);
      // Whole files; REQUIRE(a == b) would print both.
      const auto json = SerializeReferenceJson((*models)[i]);
      REQUIRE(json.ok());
      const bool same = *json == expected[i];
      CHECK(same);
    }
  }
}

TEST_CASE("exact mode is the reference, for any number of threads") {
  for (const Golden& golden : Goldens()) CheckGolden(golden);
}

}  // namespace
}  // namespace bytepiece
