// SPDX-License-Identifier: Apache-2.0
#include "trainer/counting.h"

#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/trainer/count_files.h"

namespace bytepiece {
namespace {

std::vector<std::string> Documents() {
  RandomText random(11);
  std::vector<std::string> documents;
  for (int i = 0; i < 60; ++i) documents.push_back(random.ValidUtf8(3000));
  documents.push_back(random.MutatedUtf8(50'000));
  return documents;
}

struct Counted {
  std::string ngrams;
  std::string pieces;
  std::int64_t spilled = 0;
};

// Both stages under a budget of next to nothing, or of plenty.
Counted CountAll(const std::vector<std::string>& documents, int threads, bool little) {
  const TempDir dir;
  TemporaryRuns store(dir.path());
  const TrainerSpec spec;
  CountingOptions options;
  options.spec = &spec;
  options.threads = threads;
  options.budget = *DivideMemory(std::int64_t{4} << 30, threads);
  if (little) {
    options.budget.batch_bytes = 10'000;
    options.budget.ngram_buffer_keys = 500;
    options.budget.run_bytes = 5000;
  }
  VectorSource source(documents);
  RunSet ngrams(NgramHeader(spec, 1), &store);
  CountingState state;
  REQUIRE(CountNgrams(&source, options, &ngrams, &state).ok());
  CHECK(state.position.documents == static_cast<std::int64_t>(documents.size()));
  const absl::StatusOr<NgramModel> model = BuildNgramModel(ngrams, options);
  REQUIRE(model.ok());
  if (little) options.budget.work_bytes = model->memory_bytes() + 50'000;
  RunSet pieces(PieceHeader(spec, 1, 0), &store);
  CountingState pieces_state;
  REQUIRE(CountPieces(&source, options, *model, &pieces, &pieces_state).ok());
  CHECK(pieces_state.corpus() == state.corpus());
  CHECK(std::filesystem::is_empty(dir.path()));
  return {FileOf(ngrams.header(), ngrams.runs(), state.corpus()),
          FileOf(pieces.header(), pieces.runs(), state.corpus()),
          std::min(ngrams.spilled_bytes(), pieces.spilled_bytes())};
}

TEST_CASE("counts depend neither on memory, nor on threads, nor on the order of documents") {
  std::vector<std::string> documents = Documents();
  const Counted expected = CountAll(documents, 1, false);
  CHECK(expected.spilled == 0);
  for (const int threads : {1, 3}) {
    std::reverse(documents.begin(), documents.end());
    const Counted counted = CountAll(documents, threads, true);
    CHECK(counted.spilled > 0);
    const bool same = counted.ngrams == expected.ngrams && counted.pieces == expected.pieces;
    CHECK(same);
  }
}

}  // namespace
}  // namespace bytepiece
