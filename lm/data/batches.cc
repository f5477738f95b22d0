// SPDX-License-Identifier: Apache-2.0
#include "lm/data/batches.h"

#include <algorithm>
#include <utility>

#include "bytepiece/base/random.h"

namespace bytepiece::lm {
namespace {

// The purposes of an epoch's random streams.
constexpr std::uint32_t kCuts = 0;
constexpr std::uint32_t kOrder = 1;

std::int64_t Below(std::int64_t limit, RandomStream* random) {
  // 53 random bits against far fewer rows: the bias cannot be seen.
  return std::min(static_cast<std::int64_t>(random->NextDouble() * static_cast<double>(limit)),
                  limit - 1);
}

void Shuffle(std::vector<Row>* rows, RandomStream* random) {
  for (std::size_t i = rows->size(); i > 1; --i) {
    std::swap((*rows)[i - 1],
              (*rows)[static_cast<std::size_t>(Below(static_cast<std::int64_t>(i), random))]);
  }
}

}  // namespace

std::vector<Row> EpochRows(const TokenCorpus& corpus, const BatchOptions& options,
                           std::int64_t epoch, bool shuffle) {
  std::vector<Row> rows;
  RandomStream cuts(options.seed, static_cast<std::uint64_t>(epoch), kCuts);
  for (std::int64_t document = 0; document < corpus.documents(); ++document) {
    const std::int64_t length = corpus.length(document);
    std::int64_t end = options.length;
    if (shuffle && length > options.length) end = 1 + Below(options.length, &cuts);
    for (std::int64_t begin = 0; begin < length; begin = end, end += options.length) {
      rows.push_back({document, begin, std::min(end, length)});
    }
  }
  if (shuffle) {
    RandomStream order(options.seed, static_cast<std::uint64_t>(epoch), kOrder);
    Shuffle(&rows, &order);
  }
  return rows;
}

Batch MakeBatch(const TokenCorpus& corpus, absl::Span<const Row> rows) {
  std::int64_t longest = 0;
  for (const Row& row : rows) longest = std::max(longest, row.end - row.begin);
  const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(rows.size()), longest};
  Batch batch = {torch::full(shape, std::int64_t{kPadId}, torch::kLong),
                 torch::full(shape, kNoTarget, torch::kLong), 0};
  auto inputs = batch.inputs.accessor<std::int64_t, 2>();
  auto targets = batch.targets.accessor<std::int64_t, 2>();
  std::vector<TokenId> ids;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto i = static_cast<std::int64_t>(r);
    const Row& row = rows[r];
    corpus.Read(row.document, std::max<std::int64_t>(row.begin - 1, 0), row.end, &ids);
    if (row.begin == 0) ids.insert(ids.begin(), kBosId);
    for (std::int64_t t = 0; t < row.end - row.begin; ++t) {
      inputs[i][t] = ids[static_cast<std::size_t>(t)];
      targets[i][t] = ids[static_cast<std::size_t>(t) + 1];
    }
    batch.tokens += row.end - row.begin;
  }
  return batch;
}

absl::Status Batches::Load() {
  if (loaded_epoch_ == position_.epoch) return absl::OkStatus();
  auto corpus = source_->Epoch(position_.epoch);
  if (!corpus.ok()) return corpus.status();
  corpus_ = *std::move(corpus);
  rows_ = EpochRows(*corpus_, options_, position_.epoch, /*shuffle=*/true);
  loaded_epoch_ = position_.epoch;
  if (!rows_.empty() && position_.row <= static_cast<std::int64_t>(rows_.size())) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "the training text is empty, or not the one that the checkpoint was trained on");
}

absl::StatusOr<Batch> Batches::Next() {
  if (absl::Status status = Load(); !status.ok()) return status;
  if (position_.row == static_cast<std::int64_t>(rows_.size())) {
    position_ = {position_.epoch + 1, 0};
    if (absl::Status status = Load(); !status.ok()) return status;
  }
  const std::int64_t end =
      std::min(position_.row + options_.rows, static_cast<std::int64_t>(rows_.size()));
  const auto rows = absl::MakeConstSpan(rows_).subspan(
      static_cast<std::size_t>(position_.row), static_cast<std::size_t>(end - position_.row));
  position_.row = end;
  return MakeBatch(*corpus_, rows);
}

}  // namespace bytepiece::lm
