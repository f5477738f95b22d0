// SPDX-License-Identifier: Apache-2.0
#include "lm/data/batches.h"

#include <algorithm>
#include <set>

#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

// Document d of length n has the ids 1000 d + 3, 1000 d + 4, ...
std::shared_ptr<const TokenCorpus> Numbered(const std::vector<int>& lengths) {
  std::vector<std::vector<TokenId>> documents;
  for (std::size_t d = 0; d < lengths.size(); ++d) {
    documents.emplace_back();
    for (int i = 0; i < lengths[d]; ++i) {
      documents.back().push_back(static_cast<TokenId>(1000 * d + 3 + i));
    }
  }
  return HoldTokens(documents);
}

class NumberedSource : public CorpusSource {
 public:
  absl::StatusOr<std::shared_ptr<const TokenCorpus>> Epoch(std::int64_t) override {
    return Numbered({3, 1, 40, 7, 16});
  }
};

TEST_CASE("an epoch covers every token once, whatever the length") {
  const auto corpus = Numbered({3, 1, 40, 7, 16});
  for (const std::int64_t length : {1, 2, 7, 16, 100}) {
    for (const bool shuffle : {false, true}) {
      for (const std::int64_t epoch : {0, 1, 2}) {
        std::set<std::pair<std::int64_t, std::int64_t>> covered;
        std::int64_t count = 0;
        for (const Row& row : EpochRows(*corpus, {.length = length, .seed = 4}, epoch, shuffle)) {
          CHECK(row.end > row.begin);
          CHECK(row.end - row.begin <= length);
          for (std::int64_t t = row.begin; t < row.end; ++t) {
            covered.insert({row.document, t});
            ++count;
          }
        }
        CHECK(count == 67);
        CHECK(covered.size() == 67);
      }
    }
  }
}

TEST_CASE("order and cuts differ between epochs and seeds, and only there") {
  const auto corpus = Numbered(std::vector<int>(50, 40));
  const auto rows = [&](std::uint64_t seed, std::int64_t epoch) {
    return EpochRows(*corpus, {.length = 16, .seed = seed}, epoch, true);
  };
  CHECK((rows(1, 0) == rows(1, 0)));
  CHECK((rows(1, 0) != rows(1, 1)));
  CHECK((rows(1, 0) != rows(2, 0)));
  std::set<std::int64_t> cuts;
  for (const Row& row : rows(1, 0)) cuts.insert(row.begin % 16);
  CHECK(cuts.size() > 8);
  const auto in_order = EpochRows(*corpus, {.length = 16}, 0, false);
  CHECK(in_order[0] == Row{0, 0, 16});
  CHECK(in_order[2] == Row{0, 32, 40});
  CHECK(in_order[3] == Row{1, 0, 16});
  CHECK(rows(1, 0)[0].document != rows(1, 0)[1].document);  // shuffled
}

TEST_CASE("rows keep to their document; what is missing is padding without targets") {
  const auto corpus = Numbered({4, 9});
  const std::vector<Row> rows = {{0, 0, 4}, {1, 3, 9}};
  const Batch batch = MakeBatch(*corpus, rows);
  CHECK(batch.tokens == 10);
  const torch::Tensor inputs =
      torch::tensor({{1, 3, 4, 5, 0, 0}, {1005, 1006, 1007, 1008, 1009, 1010}}, torch::kLong);
  const torch::Tensor targets =
      torch::tensor({{3, 4, 5, 6, -1, -1}, {1006, 1007, 1008, 1009, 1010, 1011}}, torch::kLong);
  CHECK(batch.inputs.equal(inputs));
  CHECK(batch.targets.equal(targets));
}

TEST_CASE("batches go on from a position as if they had never stopped") {
  NumberedSource source;
  const BatchOptions options = {.rows = 3, .length = 8, .seed = 9};
  Batches batches(&source, options);
  std::vector<Batch> all;
  std::vector<Batches::Position> positions;
  for (int i = 0; i < 14; ++i) {
    positions.push_back(batches.position());
    all.push_back(*batches.Next());
  }
  CHECK(positions.back().epoch >= 2);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Batches resumed(&source, options);
    resumed.Seek(positions[i]);
    for (std::size_t j = i; j < all.size(); ++j) {
      const auto batch = resumed.Next();
      CHECK(batch->inputs.equal(all[j].inputs));
      CHECK(batch->targets.equal(all[j].targets));
    }
  }
  Batches beyond(&source, options);
  beyond.Seek({0, 1000});
  CHECK_FALSE(beyond.Next().ok());
}

}  // namespace
}  // namespace bytepiece::lm
