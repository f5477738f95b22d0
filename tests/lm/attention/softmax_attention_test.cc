// SPDX-License-Identifier: Apache-2.0
#include "lm/attention/softmax_attention.h"

#include "lm/attention/key_value_cache.h"
#include "tests/lm/attention/dense_attention.h"
#include "tests/lm/position_cases.h"
#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

std::shared_ptr<SoftmaxAttention> Make(SoftmaxAttentionOptions options, bool gated) {
  options.projection = {.gated = gated,
                        .width = 10,
                        .heads = gated ? 1 : 2,
                        .key_width = 6,
                        .value_width = gated ? 20 : 5};
  torch::manual_seed(7);
  auto attention = std::make_shared<SoftmaxAttention>(options);
  attention->to(torch::kDouble);
  return attention;
}

std::vector<ScaleOptions> ScaleCases() {
  return {{},
          {.kind = ScaleKind::kConstant, .value = 2.5},
          {.kind = ScaleKind::kGradientMax, .length = 8},
          {.kind = ScaleKind::kLogN, .length = 8},
          {.kind = ScaleKind::kLogNTest, .length = 8},
          {.kind = ScaleKind::kCosine, .value = 12},
          {.kind = ScaleKind::kCosine, .value = 12, .learned = true}};
}

TEST_CASE("decoding step by step gives what the parallel form gives") {
  for (const bool gated : {false, true}) {
    for (const std::int64_t window : {0, 1, 4, 9, 64}) {
      for (const PositionOptions& positions : PositionCases(5)) {
        const auto attention =
            Make({.inference = positions, .band = {.window = window, .query_block = 4}}, gated);
        CAPTURE(gated, window, static_cast<int>(positions.kind));
        CHECK(StepDisagreement(attention.get(), RandomTensor(2, {2, 37, 10})) < 1e-9);
      }
    }
  }
  for (const ScaleOptions& scale : ScaleCases()) {
    const auto attention = Make({.scale = scale, .band = {.window = 7}}, false);
    CAPTURE(static_cast<int>(scale.kind));
    CHECK(StepDisagreement(attention.get(), RandomTensor(2, {2, 21, 10})) < 1e-9);
  }
}

TEST_CASE("float decoding stays near the parallel form") {
  const auto attention = Make({.inference = {.kind = PositionKind::kReRope, .window = 16}}, false);
  attention->to(torch::kFloat);
  CHECK(StepDisagreement(attention.get(), RandomTensor(2, {1, 200, 10}).to(torch::kFloat)) < 1e-4);
}

TEST_CASE("causal, by the Jacobian") {
  const torch::Tensor x = RandomTensor(3, {1, 9, 10});
  for (const std::int64_t window : {0, 3}) {
    for (const PositionOptions& positions : PositionCases(4)) {
      for (const bool training : {true, false}) {
        const auto attention = Make({.training = positions,
                                     .inference = positions,
                                     .band = {.window = window, .query_block = 4}},
                                    true);
        attention->train(training);
        const auto forward = [&](const torch::Tensor& y) { return attention->forward(y); };
        CHECK(NonCausality(forward, x) == 0);
        // The measure would see it: reversed in time, the future is all it looks at.
        CHECK(NonCausality([&](const torch::Tensor& y) { return forward(y.flip(1)).flip(1); }, x) >
              1e-5);
      }
    }
  }
}

TEST_CASE("a window sees no further back than its width") {
  const auto attention = Make({.band = {.window = 3, .query_block = 4}}, false);
  const torch::Tensor x = RandomTensor(3, {1, 12, 10}).requires_grad_();
  const torch::Tensor y = attention->forward(x);
  const torch::Tensor gradient = torch::autograd::grad({y.select(1, 7).sum()}, {x})[0];
  CHECK(gradient.slice(1, 0, 5).abs().max().item<double>() == 0);
  for (const int t : {5, 6, 7}) CHECK(gradient.select(1, t).abs().max().item<double>() > 1e-6);
}

TEST_CASE("training and inference have their own positions on the same weights") {
  const PositionOptions rope = {.kind = PositionKind::kRope};
  const PositionOptions rerope = {.kind = PositionKind::kReRope, .window = 3};
  const auto both = Make({.training = rope, .inference = rerope}, false);
  const auto as_trained = Make({.training = rope, .inference = rope}, false);
  const torch::Tensor x = RandomTensor(3, {1, 12, 10});
  CHECK(MaxDifference(both->forward(x), as_trained->forward(x)) == 0);
  both->eval();
  as_trained->eval();
  CHECK(MaxDifference(both->forward(x), as_trained->forward(x)) > 1e-4);
}

TEST_CASE("forward is the formula") {
  const PositionOptions leaky = {.kind = PositionKind::kLeakyReRope, .factor = 4, .window = 3};
  const auto attention = Make({.training = leaky, .band = {.window = 9, .query_block = 4}}, false);
  const auto parameters = attention->named_parameters();
  const torch::Tensor x = RandomTensor(3, {2, 13, 10});
  const torch::Tensor in = x.matmul(parameters["projection.in.weight"].t());
  const auto heads = [&](std::int64_t begin, std::int64_t width) {
    return in.slice(2, begin, begin + 2 * width).view({2, 13, 2, width}).transpose(1, 2);
  };
  const torch::Tensor mixed =
      DenseAttention(heads(0, 6) / std::sqrt(6.0), heads(12, 6), heads(24, 5), leaky, 9);
  const torch::Tensor expected =
      mixed.transpose(1, 2).reshape({2, 13, 10}).matmul(parameters["projection.out.weight"].t());
  CHECK(MaxDifference(attention->forward(x), expected) < 1e-12);
}

TEST_CASE("the cache keeps the latest keys, in order") {
  for (const std::int64_t window : {0, 1, 5}) {
    KeyValueCache cache(window);
    for (std::int64_t t = 0; t < 100; ++t) {
      const torch::Tensor x = torch::full({1, 1, 1, 2}, static_cast<double>(t));
      cache.Append(x, x + 0.5);
      const std::int64_t kept = window == 0 ? t + 1 : std::min(t + 1, window);
      CHECK(cache.appended() == t + 1);
      const torch::Tensor expected = torch::arange(t + 1 - kept, t + 1);
      CHECK(cache.keys().select(3, 0).flatten().equal(expected.to(torch::kFloat)));
      CHECK(cache.values().select(3, 1).flatten().equal(expected + 0.5));
    }
  }
}

TEST_CASE("the cache takes blocks of positions, longer than its window too") {
  for (const std::int64_t window : {0, 1, 5, 30}) {
    KeyValueCache cache(window);
    std::int64_t length = 0;
    for (const std::int64_t added : {3, 1, 40, 2, 9, 1}) {
      const torch::Tensor x =
          torch::arange(length, length + added).to(torch::kFloat).view({1, 1, added, 1});
      cache.Append(x, x + 0.5);
      length += added;
      const std::int64_t kept = window == 0 ? length : std::min(length, window);
      CHECK(cache.appended() == length);
      const torch::Tensor expected = torch::arange(length - kept, length).to(torch::kFloat);
      CHECK(cache.keys().flatten().equal(expected));
      CHECK(cache.values().flatten().equal(expected + 0.5));
    }
  }
}

}  // namespace
}  // namespace bytepiece::lm
