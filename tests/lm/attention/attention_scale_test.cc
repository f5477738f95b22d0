// SPDX-License-Identifier: Apache-2.0
#include "lm/attention/attention_scale.h"

#include <cmath>

#include "lm/attention/scale_solver.h"
#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

// What the product of q_i and k_j is multiplied by.
torch::Tensor Factors(const ScaleOptions& options, std::int64_t first, bool training) {
  const torch::Tensor q = RandomTensor(1, {1, 2, 5, 16}), k = RandomTensor(2, {1, 2, 5, 16});
  const AttentionScale scale(options, 2, 16);
  const torch::Tensor scaled =
      torch::matmul(scale.Queries(q, first, training), scale.Keys(k).transpose(-2, -1));
  return (scaled / torch::matmul(q, k.transpose(-2, -1))).mean(-1)[0][0];
}

double At(const torch::Tensor& factors, int i) { return factors[i].item<double>(); }

TEST_CASE("each scale multiplies the product by what its name says") {
  for (const bool training : {true, false}) {
    CHECK(At(Factors({}, 0, training), 3) == Approx(0.25));
    CHECK(At(Factors({.kind = ScaleKind::kConstant, .value = 2.5}, 0, training), 3) ==
          Approx(2.5 / 4));
    CHECK(At(Factors({.kind = ScaleKind::kGradientMax, .length = 256}, 0, training), 3) ==
          Approx(NormalScale(256) / 4));
    const torch::Tensor log_n = Factors({.kind = ScaleKind::kLogN, .length = 100}, 8, training);
    CHECK(At(log_n, 0) == Approx(0.25 * std::log(9) / std::log(100)));
    CHECK(At(log_n, 4) == Approx(0.25 * std::log(13) / std::log(100)));
  }
  const ScaleOptions test = {.kind = ScaleKind::kLogNTest, .length = 10};
  CHECK(At(Factors(test, 8, true), 4) == Approx(0.25));
  CHECK(At(Factors(test, 8, false), 0) == Approx(0.25));  // position 9 of 10
  CHECK(At(Factors(test, 8, false), 4) == Approx(0.25 * std::log(13) / std::log(10)));
}

TEST_CASE("the first position of log n attends with scale 0, not with NaN") {
  CHECK(At(Factors({.kind = ScaleKind::kLogN, .length = 100}, 0, true), 0) == 0);
}

TEST_CASE("cosine scores are cosines times a temperature, which may be learned") {
  const torch::Tensor q = RandomTensor(1, {1, 2, 5, 16}), k = RandomTensor(2, {1, 2, 5, 16});
  const torch::Tensor cosine = torch::cosine_similarity(q, k, -1);
  for (const bool learned : {false, true}) {
    const ScaleOptions options = {.kind = ScaleKind::kCosine, .value = 30, .learned = learned};
    AttentionScale scale(options, 2, 16);
    scale.to(torch::kDouble);
    const torch::Tensor scores = (scale.Queries(q, 0, true) * scale.Keys(k)).sum(-1);
    CHECK(MaxDifference(scores, 30 * cosine) < 1e-5);
    CHECK(scale.parameters().size() == (learned ? 1 : 0));
    if (!learned) continue;
    scores[0][1].sum().backward();
    const torch::Tensor gradient = scale.parameters()[0].grad().flatten();
    CHECK(gradient[0].item<double>() == 0);
    CHECK(gradient[1].item<double>() == Approx((30 * cosine)[0][1].sum().item<double>()));
  }
  // A temperature of 0 means the best one.
  const AttentionScale best({.kind = ScaleKind::kCosine, .value = 0, .length = 500}, 2, 16);
  CHECK(best.Queries(q, 0, true).norm(2, -1)[0][0][0].item<double>() ==
        Approx(CosineScale(500, 16)));
}

}  // namespace
}  // namespace bytepiece::lm
