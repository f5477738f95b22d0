// SPDX-License-Identifier: Apache-2.0
// Batches of rows for training and evaluation. A row is a stretch of one document, never
// of two; rows shorter than the batch's longest are followed by padding, whose targets no
// loss counts: the models are causal, so nothing before it sees it.
//
// Every token is the target of exactly one row an epoch. The input of a row begins with
// the token before its first target, <bos> at the beginning of a document. A document
// longer than a row is cut at places that differ from epoch to epoch. Rows come in an
// order drawn from (seed, epoch); the last batch of an epoch may be smaller.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "lm/data/corpus_source.h"
#include "lm/data/token_corpus.h"

namespace bytepiece::lm {

inline constexpr std::int64_t kNoTarget = -1;

struct Batch {
  torch::Tensor inputs;     // [B, T] int64; padding is <pad>
  torch::Tensor targets;    // [B, T] int64; padding is kNoTarget
  std::int64_t tokens = 0;  // targets that count
};

struct BatchOptions {
  std::int64_t rows = 16;     // >= 1
  std::int64_t length = 128;  // targets of a row, at most; >= 1
  std::uint64_t seed = 0;
};

// A stretch of a document: targets [begin, end).
struct Row {
  std::int64_t document = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;

  friend bool operator==(const Row&, const Row&) = default;
};

// The rows of an epoch in their order; shuffle false: in that of the corpus, uncut apart
// from the length.
std::vector<Row> EpochRows(const TokenCorpus& corpus, const BatchOptions& options,
                           std::int64_t epoch, bool shuffle);

// Requires at least one row, and rows of the corpus.
Batch MakeBatch(const TokenCorpus& corpus, absl::Span<const Row> rows);

// Endless batches of one epoch after another.
class Batches {
 public:
  struct Position {
    std::int64_t epoch = 0;
    std::int64_t row = 0;  // of the epoch, next
  };

  // The source must outlive the batches.
  Batches(CorpusSource* source, const BatchOptions& options) : source_(source), options_(options) {}

  absl::StatusOr<Batch> Next();

  // The place where Next goes on; after Seek to it the same batches come.
  Position position() const { return position_; }
  void Seek(const Position& position) { position_ = position; }

 private:
  // The rows of position_.epoch.
  absl::Status Load();

  CorpusSource* source_;
  BatchOptions options_;
  Position position_;
  std::int64_t loaded_epoch_ = -1;
  std::shared_ptr<const TokenCorpus> corpus_;
  std::vector<Row> rows_;
};

}  // namespace bytepiece::lm
