// SPDX-License-Identifier: Apache-2.0
#include "lm/codebook/code_shares.h"

#include <cmath>

#include "tests/lm/codebook/dense_codebook_attention.h"
#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

Codes MakeCodes(ShareKind kind) {
  return {.kind = kind, .vectors = RandomTensor(1, {2, 9, 5}), .temperature = 0.3, .balance = 1.4};
}

TEST_CASE("shares are their definitions, of one key as of many") {
  const torch::Tensor k = RandomTensor(2, {3, 2, 17, 5});
  for (const ShareKind kind : {ShareKind::kHard, ShareKind::kSoft, ShareKind::kPerformer}) {
    const Codes codes = MakeCodes(kind);
    const torch::Tensor shares = LogShares(codes, k).exp();
    CAPTURE(static_cast<int>(kind));
    CHECK(MaxDifference(shares, DenseShares(codes, k)) < 1e-12);
    if (kind != ShareKind::kPerformer) {
      CHECK(MaxDifference(shares.sum(-1), torch::ones({3, 2, 17})) < 1e-12);
    }
    for (std::int64_t t = 0; t < 17; ++t) {
      const torch::Tensor one = LogShares(codes, k.narrow(2, t, 1)).exp();
      CHECK(MaxDifference(one, shares.narrow(2, t, 1)) < 1e-13 * shares.max().item<double>());
    }
  }
}

TEST_CASE("of equally near codes the first is taken, however many keys there are") {
  // Each code four times over, in another order of rounding for all we know; keys are codes,
  // and points halfway between two.
  const torch::Tensor distinct = RandomTensor(1, {1, 8, 24});
  const Codes codes = {.vectors = torch::cat({distinct, distinct, distinct, distinct}, 1)};
  const torch::Tensor halfway = (distinct + distinct.roll(1, 1)) / 2;
  const torch::Tensor keys = torch::cat({distinct, halfway}, 1).unsqueeze(0);
  const torch::Tensor nearest = NearestCodes(codes, keys);
  CHECK(nearest.slice(2, 0, 8).equal(torch::arange(8).view({1, 1, 8})));
  CHECK(nearest.max().item<std::int64_t>() < 8);
  for (std::int64_t t = 0; t < 16; ++t) {
    CHECK(NearestCodes(codes, keys.narrow(2, t, 1)).equal(nearest.narrow(2, t, 1)));
  }
  const torch::Tensor in_float = NearestCodes(codes, keys.to(torch::kFloat));
  CHECK(in_float.slice(2, 0, 8).equal(nearest.slice(2, 0, 8)));
}

TEST_CASE("the kernel is a sum over codes") {
  const torch::Tensor q = RandomTensor(2, {1, 2, 4, 5}), k = RandomTensor(3, {1, 2, 6, 5});
  for (const ShareKind kind : {ShareKind::kHard, ShareKind::kSoft, ShareKind::kPerformer}) {
    const Codes codes = MakeCodes(kind);
    const torch::Tensor scores = CodeScores(codes, q);
    const torch::Tensor kernel =
        torch::einsum("bhiy,bhjy->bhij", {scores.exp(), DenseShares(codes, k)});
    CHECK(MaxDifference(LogKernel(scores, LogShares(codes, k)), kernel.log()) < 1e-11);
  }
  // Far beyond what exp can hold; and what is nothing beside it.
  const torch::Tensor scores = torch::tensor({{5000.0, 0.0}}).view({1, 1, 1, 2});
  const torch::Tensor shares = torch::tensor({{-3000.0, -1.0}, {-1e5, 0.0}}).view({1, 1, 2, 2});
  const torch::Tensor logs = LogKernel(scores, shares).flatten();
  CHECK(logs[0].item<double>() < 5000);
  CHECK(logs.isfinite().all().item<bool>());
  CHECK(std::abs(LogKernel(scores, shares.flip(3))[0][0][0][1].item<double>() - 5000) < 1e-9);
}

TEST_CASE("random features estimate exp(q.k), better the more there are") {
  const torch::Tensor q = 0.5 * RandomTensor(2, {1, 1, 20, 5}),
                      k = 0.5 * RandomTensor(3, {1, 1, 20, 5});
  const torch::Tensor exact = torch::matmul(q, k.transpose(2, 3));
  const auto error = [&](std::int64_t features) {
    const Codes codes = {.kind = ShareKind::kPerformer,
                         .vectors = RandomTensor(4, {1, features, 5}),
                         .balance = 1.1};
    return (LogKernel(CodeScores(codes, q), LogShares(codes, k)).exp() / exact.exp() - 1)
        .square()
        .mean()
        .sqrt()
        .item<double>();
  };
  CHECK(error(100) > error(10000));
  CHECK(error(10000) < 0.05);
}

}  // namespace
}  // namespace bytepiece::lm
