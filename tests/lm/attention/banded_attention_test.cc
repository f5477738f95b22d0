// SPDX-License-Identifier: Apache-2.0
#include "lm/attention/banded_attention.h"

#include "tests/lm/attention/dense_attention.h"
#include "tests/lm/position_cases.h"
#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

double DisagreementWithDense(std::int64_t length, const PositionOptions& options,
                             const Band& band) {
  const std::vector<torch::Tensor> qkv = {RandomTensor(1, {2, 2, length, 6}),
                                          RandomTensor(2, {2, 2, length, 6}),
                                          RandomTensor(3, {2, 2, length, 5})};
  return Disagreement(
      [&](const std::vector<torch::Tensor>& x) {
        return BandedAttention(x[0], x[1], x[2], RelativePositions(options, 6), band);
      },
      [&](const std::vector<torch::Tensor>& x) {
        return DenseAttention(x[0], x[1], x[2], options, band.window);
      },
      qkv);
}

TEST_CASE("attention in blocks is dense attention, results and gradients") {
  // Lengths and windows on both sides of each other and of the block.
  for (const std::int64_t length : {1, 2, 7, 16, 23}) {
    for (const std::int64_t position_window : {1, 4, 9, 40}) {
      for (const PositionOptions& options : PositionCases(position_window)) {
        if (!RelativePositions(options, 6).has_far() && position_window > 1) continue;
        for (const std::int64_t block : {1, 5, 8, 64}) {
          for (const std::int64_t window : {0, 1, 3, 6, 50}) {
            CAPTURE(length, position_window, static_cast<int>(options.kind), block, window);
            CHECK(DisagreementWithDense(length, options, {.window = window, .query_block = block}) <
                  1e-11);
          }
        }
      }
    }
  }
}

TEST_CASE("the comparison with dense attention can fail") {
  CHECK(DisagreementWithDense(16, {.kind = PositionKind::kReRope, .window = 4}, {}) < 1e-11);
  const auto with = [](const PositionOptions& options, std::int64_t window) {
    return BandedAttention(RandomTensor(1, {1, 1, 16, 6}), RandomTensor(2, {1, 1, 16, 6}),
                           RandomTensor(3, {1, 1, 16, 5}), RelativePositions(options, 6),
                           {.window = window});
  };
  const torch::Tensor rope = with({.kind = PositionKind::kRope}, 0);
  const PositionOptions rerope = {.kind = PositionKind::kReRope, .window = 14};
  CHECK(MaxDifference(rope, with(rerope, 0)) > 1e-4);  // three pairs of 136 differ
  CHECK(MaxDifference(rope, with({.kind = PositionKind::kRope}, 15)) > 1e-4);
  CHECK(MaxDifference(rope, with({.kind = PositionKind::kRope}, 16)) == 0);
}

TEST_CASE("a long text fits: nothing as large as the square of its length is made") {
  const torch::NoGradGuard no_grad;
  const std::int64_t length = 1 << 15;  // the square would take 4 GB
  const torch::Tensor x = torch::randn({1, 1, length, 4});
  const RelativePositions rope({.kind = PositionKind::kRope}, 4);
  const torch::Tensor y = BandedAttention(x, x, x, rope, {.window = 64, .query_block = 128});
  CHECK(y.sizes() == x.sizes());
  CHECK(y.isfinite().all().item<bool>());
}

}  // namespace
}  // namespace bytepiece::lm
