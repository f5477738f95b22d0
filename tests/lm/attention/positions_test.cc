// SPDX-License-Identifier: Apache-2.0
#include "lm/attention/positions.h"

#include "tests/lm/attention/dense_attention.h"
#include "tests/lm/position_cases.h"
#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

TEST_CASE("relative positions are those of the definition") {
  for (const std::int64_t window : {1, 3, 20}) {
    for (const PositionOptions& options : PositionCases(window)) {
      if (options.kind == PositionKind::kNone) continue;
      const RelativePositions positions(options, 8);
      const torch::Tensor dense = DensePositions(options, 12);
      for (std::int64_t i = 0; i < 12; ++i) {
        for (std::int64_t j = 0; j <= i; ++j) {
          CHECK(positions.At(i - j) == Approx(dense[i][j].item<double>()).margin(1e-15));
        }
      }
    }
  }
}

TEST_CASE("numbers worked out by hand") {
  const RelativePositions rerope({.kind = PositionKind::kReRope, .window = 3}, 4);
  CHECK(rerope.At(2) == 2);
  CHECK(rerope.At(3) == 3);
  CHECK(rerope.At(1000) == 3);
  const RelativePositions leaky({.kind = PositionKind::kLeakyReRope, .factor = 4, .window = 2}, 4);
  CHECK(leaky.At(1) == 1);
  CHECK(leaky.At(10) == 4);
  // Dk = 4: theta = 1, 1/100; NTK fixed with factor 9: times 1/3, 1/9.
  const torch::Tensor one = torch::ones({1}, torch::kDouble);
  const RelativePositions rope({.kind = PositionKind::kRope}, 4);
  CHECK(MaxDifference(rope.Angles(one), torch::tensor({{1.0, 0.01}}, torch::kDouble)) < 1e-15);
  const RelativePositions ntk({.kind = PositionKind::kNtkFixed, .factor = 9}, 4);
  CHECK(MaxDifference(ntk.Angles(one), torch::tensor({{1.0 / 3, 0.01 / 9}}, torch::kDouble)) <
        1e-15);
}

TEST_CASE("rotated products depend on the relative position alone") {
  const std::int64_t length = 13, window = 5;
  const torch::Tensor q = RandomTensor(1, {1, 2, length, 6});
  const torch::Tensor k = RandomTensor(2, {1, 2, length, 6});
  const torch::Tensor distance =
      torch::arange(length).unsqueeze(1) - torch::arange(length).unsqueeze(0);
  for (const PositionOptions& options : PositionCases(window)) {
    const RelativePositions positions(options, 6);
    torch::Tensor scores =
        torch::matmul(positions.NearQueries(q, 7), positions.NearKeys(k, 7).transpose(-2, -1));
    if (positions.has_far()) {
      const torch::Tensor far =
          torch::matmul(positions.FarQueries(q, 7), positions.FarKeys(k, 7).transpose(-2, -1));
      scores = torch::where(distance.lt(window), scores, far);
    }
    const torch::Tensor dense = DenseScores(q, k, options);
    CHECK(MaxDifference(scores.tril(), dense.tril()) < 1e-12);
  }
}

TEST_CASE("angles do not lose precision far into a text in float") {
  const RelativePositions rope({.kind = PositionKind::kRope}, 8);
  const torch::Tensor q = RandomTensor(3, {1, 1, 4, 8});
  const torch::Tensor in_double = rope.NearQueries(q, 1'000'000);
  const torch::Tensor in_float = rope.NearQueries(q.to(torch::kFloat), 1'000'000);
  CHECK(in_float.scalar_type() == torch::kFloat);
  CHECK(MaxDifference(in_double, in_float.to(torch::kDouble)) < 1e-6);
}

TEST_CASE("an odd width cannot be rotated") {
  CHECK_THROWS_AS(RelativePositions({.kind = PositionKind::kRope}, 5), c10::Error);
  CHECK_NOTHROW(RelativePositions({.kind = PositionKind::kNone}, 5));
}

}  // namespace
}  // namespace bytepiece::lm
