// SPDX-License-Identifier: Apache-2.0
#include "trainer/passes/counting.h"

#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/trainer/counts/count_files.h"
#include "trainer/ngrams/ngram_folding.h"
#include "trainer/passes/counting_options.h"

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
Counted CountAll(const std::vector<std::string>& documents, int threads, bool little,
                 const TrainerSpec& spec = TrainerSpec()) {
  const TempDir dir;
  TemporaryRuns store(dir.path());
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

TEST_CASE("approximate counts depend neither on memory nor on threads") {
  const std::vector<std::string> documents = Documents();
  TrainerSpec spec;
  spec.prune_while_counting = 2;
  spec.prune_every = 20'000;
  const Counted expected = CountAll(documents, 1, false, spec);
  for (const int threads : {1, 3}) {
    const Counted counted = CountAll(documents, threads, true, spec);
    const bool same = counted.ngrams == expected.ngrams && counted.pieces == expected.pieces;
    CHECK(same);
  }
  const Counted exact = CountAll(documents, 1, false);
  CHECK(expected.ngrams.size() < exact.ngrams.size() * 4 / 5);
  // Too far apart for this corpus: exact, except for what the header says.
  spec.prune_every = 1 << 20;
  const Counted never = CountAll(documents, 2, true, spec);
  const std::size_t more = never.ngrams.size() - exact.ngrams.size();
  CHECK(never.ngrams.substr(100 + more, 10'000) == exact.ngrams.substr(100, 10'000));
}

// Marks, foldings and weights together against the definition.
TEST_CASE("approximate counts are those of folding at the marks") {
  const TempDir dir;
  TemporaryRuns store(dir.path());
  TrainerSpec spec;
  spec.order = 3;
  spec.normalization = Normalization::kNone;
  spec.prune_while_counting = 4;
  spec.prune_every = 10'000;
  CountingOptions options;
  options.spec = &spec;
  options.unit = 2;
  options.threads = 2;
  options.budget = *DivideMemory(std::int64_t{4} << 30, 2);
  options.budget.ngram_buffer_keys = 5000;
  const std::vector<std::string> documents = Documents();
  VectorSource source(documents);
  RunSet counted(NgramHeader(spec, 2), &store);
  CountingState state;
  REQUIRE(CountNgrams(&source, options, &counted, &state).ok());
  RunSet expected(NgramHeader(spec, 2), &store);
  TrainerSpec exact = spec;
  exact.prune_while_counting = 0;
  options.spec = &exact;
  std::size_t bytes = 0;
  for (const std::string& document : documents) {
    VectorSource one({document});
    CountingState unused;
    REQUIRE(CountNgrams(&one, options, &expected, &unused).ok());
    const std::size_t before = bytes;
    bytes += document.size();
    if (bytes / 10'000 > before / 10'000) REQUIRE(FoldRareNgrams(4 * 2, 1, &expected).ok());
  }
  const bool same =
      FileOf(counted.header(), counted.runs(), {}) == FileOf(counted.header(), expected.runs(), {});
  CHECK(same);
}

}  // namespace
}  // namespace bytepiece
