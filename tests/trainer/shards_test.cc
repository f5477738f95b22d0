// SPDX-License-Identifier: Apache-2.0
#include "trainer/shards.h"

#include "bytepiece/model/model_io.h"
#include "tests/support/catch.h"
#include "tests/support/random_text.h"
#include "tests/trainer/counts/count_files.h"
#include "trainer/trainer.h"

namespace bytepiece {
namespace {

using Documents = std::vector<std::string>;

class Shards {
 public:
  std::shared_ptr<const CountFile> Open(const std::string& bytes) {
    auto file =
        CountFile::Open(*ScratchFile::OpenExisting(dir_.Write(std::to_string(++files_), bytes)));
    REQUIRE(file.ok());
    return *file;
  }

  std::shared_ptr<const CountFile> Ngrams(const Documents& documents,
                                          const TrainerOptions& options) {
    VectorSource source(documents);
    std::string bytes;
    REQUIRE(CountNgramShard(&source, options, nullptr, AppendTo(&bytes)).ok());
    return Open(bytes);
  }

  std::shared_ptr<const CountFile> Pieces(const Documents& documents,
                                          std::shared_ptr<const CountFile> ngrams,
                                          const TrainerOptions& options) {
    VectorSource source(documents);
    std::string bytes;
    REQUIRE(CountPieceShard(&source, ngrams, options, nullptr, AppendTo(&bytes)).ok());
    return Open(bytes);
  }

  std::string Merged(const CountFiles& files) {
    std::string bytes;
    const absl::Status status = MergeCounts(files, nullptr, AppendTo(&bytes));
    return status.ok() ? bytes : std::string(status.message());
  }

 private:
  static CountFileWriter::Append AppendTo(std::string* bytes) {
    return [bytes](std::string_view more) {
      bytes->append(more);
      return absl::OkStatus();
    };
  }

  TempDir dir_;
  int files_ = 0;
};

TEST_CASE("many machines make the vocabulary of one, byte for byte") {
  RandomText random(5);
  std::vector<Documents> parts(3);
  Documents all;
  for (int i = 0; i < 60; ++i) {
    all.push_back(random.ValidUtf8(2500));
    if (i % 7 > 0) parts[i % 2].push_back(all.back());  // the third one stays empty
    if (i % 7 == 0) parts[0].push_back(all.back());
  }
  TrainerOptions options;
  options.threads = 2;
  options.spec.order = 5;
  options.spec.isolate_digits = true;
  options.spec.vocab_sizes = {1000, 500};
  options.spec.min_count = 3;
  options.spec.method = TrainingMethod::kExact;
  VectorSource source(all);
  const auto expected = Train(&source, options);
  REQUIRE(expected.ok());

  Shards shards;
  CountFiles ngrams;
  for (const Documents& part : parts) ngrams.push_back(shards.Ngrams(part, options));
  const std::string merged = shards.Merged(ngrams);
  // In two steps, and in another order.
  const auto two = shards.Open(shards.Merged({ngrams[2], ngrams[1]}));
  const bool same = shards.Merged({two, ngrams[0]}) == merged;
  CHECK(same);
  const auto whole = shards.Open(merged);
  CHECK(whole->corpus() == CorpusSize{expected->front().provenance->corpus_documents,
                                      {{1, expected->front().provenance->corpus_bytes}}});

  CountFiles pieces;
  TrainerOptions other = options;
  other.spec.order = 2;  // the file's settings count
  for (const Documents& part : parts) pieces.push_back(shards.Pieces(part, whole, other));
  for (const CountFiles& files : {pieces, CountFiles{shards.Open(shards.Merged(pieces))}}) {
    const auto models = TrainFromPieces(files, other);
    REQUIRE(models.ok());
    REQUIRE(models->size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
      const bool equal = SerializeModel((*models)[i]) == SerializeModel((*expected)[i]);
      CHECK(equal);
    }
  }

  SECTION("counts that do not belong together are refused") {
    TrainerOptions order6 = options;
    order6.spec.order = 6;
    CHECK_THAT(shards.Merged({ngrams[0], shards.Ngrams(parts[0], order6)}),
               Contains("has order 5") && Contains("has order 6"));
    CHECK_THAT(shards.Merged({ngrams[0], pieces[0]}), Contains("has kind ngrams"));
    // Segmented with one shard's n-grams only.
    const auto partial = shards.Pieces(parts[0], ngrams[0], options);
    CHECK_THAT(shards.Merged({pieces[0], partial}), Contains("ngrams_digest"));
    CHECK_THAT(std::string(TrainFromPieces({pieces[0], partial}, options).status().message()),
               Contains("ngrams_digest"));
    CHECK_THAT(std::string(TrainFromPieces(ngrams, options).status().message()),
               Contains("holds n-gram counts"));
    std::string unused;
    VectorSource first(parts[0]);
    const auto ignore = [](std::string_view) { return absl::OkStatus(); };
    CHECK_THAT(std::string(CountPieceShard(&first, pieces[0], options, nullptr, ignore).message()),
               Contains("holds piece counts"));
  }
}

}  // namespace
}  // namespace bytepiece
