// SPDX-License-Identifier: Apache-2.0
#include "lm/codebook/kernel_error.h"

#include <cmath>

namespace bytepiece::lm {
namespace {

constexpr std::int64_t kMeasured = 1000;  // queries, and keys
constexpr std::int64_t kBatch = 4096;     // keys that codes learn from at a time
constexpr int kBatches = 60;

class RandomKeys {
 public:
  explicit RandomKeys(const KernelErrorOptions& options)
      : options_(options),
        centres_(torch::randn({options.clusters, options.key_width}, torch::kDouble)) {}

  // [1, 1, count, Dk].
  torch::Tensor Draw(std::int64_t count) const {
    const torch::Tensor normal = torch::randn({1, 1, count, options_.key_width}, torch::kDouble);
    if (options_.clusters == 0) return normal;
    const torch::Tensor chosen = torch::randint(options_.clusters, {count}, torch::kLong);
    return centres_.index_select(0, chosen) + options_.spread * normal;
  }

 private:
  KernelErrorOptions options_;
  torch::Tensor centres_;
};

void Learn(const RandomKeys& keys, Codebook* codebook) {
  for (int batch = 0; batch < kBatches; ++batch) {
    const torch::Tensor k = keys.Draw(kBatch);
    codebook->Begin(k);
    CodeTally tally;
    tally.Add(LogShares(codebook->Current(), k), k);
    codebook->Learn(tally, k);
  }
}

}  // namespace

KernelError MeasureKernelError(const KernelErrorOptions& options) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(options.seed);
  const RandomKeys keys(options);
  const torch::Tensor k = keys.Draw(kMeasured);
  const torch::Tensor q = torch::randn({1, 1, kMeasured, options.key_width}, torch::kDouble) /
                          std::sqrt(static_cast<double>(options.key_width));
  Codebook codebook(options.codebook, /*heads=*/1, options.key_width);
  codebook.to(torch::kDouble);
  if (codebook.learns()) Learn(keys, &codebook);
  const Codes codes = codebook.Current();
  const torch::Tensor logits = LogKernel(CodeScores(codes, q), LogShares(codes, k));
  const torch::Tensor exact = torch::matmul(q, k.transpose(-2, -1));
  const torch::Tensor error = (logits - exact).expm1();
  const torch::Tensor moved = torch::softmax(logits, -1) - torch::softmax(exact, -1);
  return {.root_mean_square = error.square().mean().sqrt().item<double>(),
          .median = error.abs().median().item<double>(),
          .attention = moved.abs().sum(-1).mean().item<double>() / 2};
}

}  // namespace bytepiece::lm
