// SPDX-License-Identifier: Apache-2.0
#include "lm/training/evaluation.h"

#include <torch/nn/functional/loss.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "lm/data/batches.h"
#include "lm/model/torch_status.h"

namespace bytepiece::lm {
namespace {

// Every k-th row, such that about max_tokens are left.
std::vector<Row> Thin(std::vector<Row> rows, std::int64_t tokens, std::int64_t max_tokens) {
  if (max_tokens == 0 || tokens <= max_tokens) return rows;
  const auto stride = static_cast<std::size_t>((tokens + max_tokens - 1) / max_tokens);
  std::vector<Row> kept;
  for (std::size_t i = stride / 2; i < rows.size(); i += stride) kept.push_back(rows[i]);
  return kept.empty() ? std::vector<Row>{rows.front()} : kept;
}

void Add(const Batch& batch, const std::vector<std::int64_t>& token_bytes, Transformer* model,
         Evaluation* evaluation) {
  const torch::Tensor targets = batch.targets.to(model->device());
  const torch::Tensor logits = model->forward(batch.inputs.to(model->device()));
  evaluation->nats += SummedLoss(logits, targets).item<double>();
  evaluation->correct += CountCorrect(logits, targets);
  evaluation->tokens += batch.tokens;
  const torch::Tensor flat = batch.targets.flatten();
  const auto cell = flat.accessor<std::int64_t, 1>();
  for (std::int64_t i = 0; i < flat.size(0); ++i) {
    if (cell[i] != kNoTarget) {
      evaluation->bytes += token_bytes[static_cast<std::size_t>(cell[i])];
    }
  }
}

}  // namespace

torch::Tensor SummedLoss(const torch::Tensor& logits, const torch::Tensor& targets) {
  namespace F = torch::nn::functional;
  return F::cross_entropy(
      logits.flatten(0, 1), targets.flatten(),
      F::CrossEntropyFuncOptions().ignore_index(kNoTarget).reduction(torch::kSum));
}

std::int64_t CountCorrect(const torch::Tensor& logits, const torch::Tensor& targets) {
  return logits.argmax(-1).eq(targets).sum().item<std::int64_t>();
}

double Evaluation::bits_per_byte() const {
  return nats / std::numbers::ln2 / static_cast<double>(bytes);
}

std::vector<std::int64_t> TokenBytes(const Tokenizer& tokenizer) {
  std::vector<std::int64_t> sizes;
  std::string bytes;
  for (TokenId id = 0; id < tokenizer.vocab_size(); ++id) {
    bytes.clear();
    tokenizer.AppendDecoded(id, {}, &bytes);
    sizes.push_back(static_cast<std::int64_t>(bytes.size()));
  }
  return sizes;
}

absl::StatusOr<Evaluation> Evaluate(const TokenCorpus& corpus,
                                    const std::vector<std::int64_t>& token_bytes,
                                    const EvaluationOptions& options, Transformer* model) {
  if (corpus.documents() == 0) return absl::InvalidArgumentError("there is no text to evaluate");
  const std::vector<Row> rows =
      Thin(EpochRows(corpus, {.length = options.length}, 0, /*shuffle=*/false), corpus.tokens(),
           options.max_tokens);
  Evaluation evaluation;
  const bool training = model->is_training();
  model->eval();
  const absl::Status status = CatchTorch("evaluating", [&]() -> absl::Status {
    const torch::NoGradGuard no_grad;
    const auto step = static_cast<std::size_t>(options.rows);
    for (std::size_t begin = 0; begin < rows.size(); begin += step) {
      if (options.progress != nullptr &&
          !options.progress(static_cast<double>(begin) / static_cast<double>(rows.size()))) {
        return absl::CancelledError("interrupted");
      }
      Add(MakeBatch(corpus, absl::MakeConstSpan(rows).subspan(begin, step)), token_bytes, model,
          &evaluation);
    }
    return absl::OkStatus();
  });
  model->train(training);
  if (!status.ok()) return status;
  return evaluation;
}

}  // namespace bytepiece::lm
