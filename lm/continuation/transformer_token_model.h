// SPDX-License-Identifier: Apache-2.0
// Our model (transformer.h) as a TokenModel that keeps the states of recent contexts.
//
// A call costs these forward passes:
// - one for the longest beginning that all its new contexts share, if that saves 16
//   positions or more: however long it is, its positions are computed at once;
// - then, shortest contexts first, one for each set of new contexts that have the same
//   length and whose longest kept beginnings were computed by the same pass.
// A context is new if it is not among those kept. So contexts that are one token longer
// than contexts of one length of a recent call cost one step of a batch; a call with all
// the nodes of a tree of continuations costs one pass a level.
//
// Example, in this order: {P, Pa, Pb, Pac} costs 3 passes: P; Pa and Pb; Pac. Then {Pad,
// Pba} costs 1, {Pace, Pbad} 2 (Pac and Pba came from two passes), and {Pbad} nothing.
//
// The same calls in the same order give the same bits. In another order they differ by
// rounding, because a batch of another size is summed in another order.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lm/continuation/context_cache.h"
#include "lm/continuation/token_model.h"
#include "lm/model/transformer.h"

namespace bytepiece::lm {

struct TransformerTokenModelOptions {
  // The memory of the states kept, about, as if every layer kept every position. A set of contexts
  // that would take more than half of it costs as many passes as it then has parts.
  std::int64_t memory = std::int64_t{512} << 20;  // bytes
};

class TransformerTokenModel : public TokenModel {
 public:
  // Logits from `vocab_size` on belong to no token: the probabilities are of those before.
  // The model's weights do not change while this lives. Not for threads to share.
  static absl::StatusOr<std::unique_ptr<TransformerTokenModel>> Create(
      std::shared_ptr<Transformer> model, std::int64_t vocab_size,
      const TransformerTokenModelOptions& options = {});

  std::int64_t vocab_size() const override { return vocab_size_; }
  absl::Status Next(absl::Span<const TokenContext> contexts,
                    std::vector<double>* probabilities) override;
  void Forget() override { cache_.Clear(); }
  std::int64_t evaluations() const override { return evaluations_; }

 private:
  // A context asked for, and the rows of the answer that it fills.
  struct Question {
    TokenContext context;
    std::vector<std::int64_t> rows;
  };

  TransformerTokenModel(std::shared_ptr<Transformer> model, std::int64_t vocab_size,
                        const TransformerTokenModelOptions& options);

  absl::Status CheckContexts(absl::Span<const TokenContext> contexts);
  absl::Status Answer(std::vector<Question> questions, double* probabilities);
  // Takes out of `questions`, and answers, those whose contexts are kept.
  void AnswerKept(std::vector<Question>* questions, double* probabilities);
  // One forward pass: contexts of one length, from the places of their beginnings, which
  // are all in one pass. The result is kept.
  absl::Status Extend(absl::Span<const Question> questions,
                      absl::Span<const ContextCache::Place> places);

  std::shared_ptr<Transformer> model_;
  std::int64_t vocab_size_;
  std::int64_t evaluations_ = 0;
  std::int64_t element_size_;
  std::int64_t position_bytes_ = 0;
  std::int64_t memory_;
  ContextCache cache_;
};

}  // namespace bytepiece::lm
