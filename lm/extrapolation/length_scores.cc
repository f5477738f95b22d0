// SPDX-License-Identifier: Apache-2.0
#include "lm/extrapolation/length_scores.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lm/model/torch_status.h"
#include "lm/training/evaluation.h"

namespace bytepiece::lm {
namespace {

void AddScores(const torch::Tensor& logits, const torch::Tensor& targets,
               PredictionScores* scores) {
  scores->nats += SummedLoss(logits, targets).item<double>();
  scores->correct += CountCorrect(logits, targets);
  scores->tokens += targets.numel();
}

}  // namespace

absl::StatusOr<Stretches> NaturalStretches(std::shared_ptr<const TokenCorpus> corpus,
                                           std::int64_t length, std::int64_t max_tokens) {
  std::vector<Row> whole = EpochRows(*corpus, {.length = length}, 0, /*shuffle=*/false);
  std::erase_if(whole, [&](const Row& row) { return row.end - row.begin < length; });
  if (whole.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no document has ", length, " tokens to be read at that length"));
  }
  const auto kept = static_cast<std::size_t>(std::max<std::int64_t>(1, max_tokens / length));
  Stretches stretches = {std::move(corpus), {}};
  const std::size_t count = std::min(kept, whole.size());
  for (std::size_t i = 0; i < count; ++i) {
    stretches.rows.push_back(whole[i * whole.size() / count]);
  }
  return stretches;
}

absl::StatusOr<Stretches> RepeatedStretches(std::shared_ptr<const TokenCorpus> corpus,
                                            std::int64_t length, std::int64_t times,
                                            std::int64_t max_tokens) {
  const auto once = NaturalStretches(std::move(corpus), length, max_tokens / times);
  if (!once.ok()) return once.status();
  std::vector<std::vector<TokenId>> documents;
  Stretches stretches;
  std::vector<TokenId> ids;
  for (const Row& row : once->rows) {
    once->corpus->Read(row.document, row.begin, row.end, &ids);
    stretches.rows.push_back({std::ssize(documents), 0, length * times});
    documents.emplace_back();
    for (std::int64_t i = 0; i < times; ++i) {
      documents.back().insert(documents.back().end(), ids.begin(), ids.end());
    }
  }
  stretches.corpus = HoldTokens(documents);
  return stretches;
}

absl::StatusOr<LengthScores> ScoreStretches(const Stretches& stretches, std::int64_t last,
                                            std::int64_t tokens_at_once, Transformer* model,
                                            const std::function<bool()>& go_on) {
  const Row& first = stretches.rows.front();
  const std::int64_t length = first.end - first.begin;
  const auto step = static_cast<std::size_t>(std::max<std::int64_t>(1, tokens_at_once / length));
  const bool training = model->is_training();
  model->eval();
  LengthScores scores;
  const absl::Status status = CatchTorch("evaluating", [&]() -> absl::Status {
    const torch::NoGradGuard no_grad;
    const auto rows = absl::MakeConstSpan(stretches.rows);
    for (std::size_t begin = 0; begin < rows.size(); begin += step) {
      if (go_on != nullptr && !go_on()) return absl::CancelledError("interrupted");
      const Batch batch = MakeBatch(*stretches.corpus, rows.subspan(begin, step));
      const torch::Tensor targets = batch.targets.to(model->device());
      const torch::Tensor logits = model->forward(batch.inputs.to(model->device()));
      AddScores(logits, targets, &scores.all);
      const std::int64_t tail = std::max<std::int64_t>(0, length - last);
      AddScores(logits.slice(1, tail), targets.slice(1, tail), &scores.last);
    }
    return absl::OkStatus();
  });
  model->train(training);
  if (!status.ok()) return status;
  return scores;
}

}  // namespace bytepiece::lm
