// SPDX-License-Identifier: Apache-2.0
#include "lm/attention/projection.h"

#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

TEST_CASE("a projection gives heads of the shapes it promises, and merges them") {
  torch::manual_seed(1);
  const torch::Tensor x = RandomTensor(2, {2, 5, 12});
  Projection plain({.width = 12, .heads = 3, .key_width = 4, .value_width = 6});
  Projection gated({.gated = true, .width = 12, .heads = 1, .key_width = 4, .value_width = 24});
  for (Projection* projection : {&plain, &gated}) {
    projection->to(torch::kDouble);
    const ProjectionOptions& options = projection->options();
    const Heads heads = projection->Split(x);
    CHECK(heads.q.sizes() == torch::IntArrayRef({2, options.heads, 5, options.key_width}));
    CHECK(heads.k.sizes() == heads.q.sizes());
    CHECK(heads.v.sizes() == torch::IntArrayRef({2, options.heads, 5, options.value_width}));
    CHECK(heads.gate.defined() == options.gated);
    CHECK(MaxDifference(heads.q, heads.k) > 0.01);
    CHECK(projection->Merge(heads.v, heads).sizes() == x.sizes());
  }
}

TEST_CASE("heads are neighbouring columns, and merging is linear in them") {
  Projection projection({.width = 4, .heads = 2, .key_width = 1, .value_width = 2});
  projection.to(torch::kDouble);
  const torch::NoGradGuard no_grad;
  for (auto& item : projection.named_parameters()) {
    const std::int64_t rows = item.value().size(0);
    item.value().copy_(torch::arange(rows * item.value().size(1)).view_as(item.value()));
  }
  const torch::Tensor x = RandomTensor(3, {1, 2, 4});
  const Heads heads = projection.Split(x);
  const torch::Tensor weight = projection.named_parameters()["in.weight"];
  const torch::Tensor projected = x.matmul(weight.t());  // q0 q1 k0 k1 v00 v01 v10 v11
  CHECK(MaxDifference(heads.q[0][1], projected[0].slice(1, 1, 2)) == 0);
  CHECK(MaxDifference(heads.k[0][0], projected[0].slice(1, 2, 3)) == 0);
  CHECK(MaxDifference(heads.v[0][1], projected[0].slice(1, 6, 8)) == 0);
  const torch::Tensor merged = projection.Merge(heads.v, heads);
  const torch::Tensor expected =
      projected.slice(2, 4).matmul(projection.named_parameters()["out.weight"].t());
  CHECK(MaxDifference(merged, expected) < 1e-12);
}

TEST_CASE("the measures of the tests see what they are for") {
  const torch::Tensor x = RandomTensor(4, {1, 4, 2});
  const auto causal = [](const torch::Tensor& y) { return y.cumsum(1); };
  const auto acausal = [](const torch::Tensor& y) { return y.cumsum(1) + 0.5 * y.roll(-1, 1); };
  CHECK(NonCausality(causal, x) == 0);
  CHECK(NonCausality(acausal, x) == 0.5);
  const Function square = [](const std::vector<torch::Tensor>& in) { return in[0] * in[0]; };
  const Function half_square = [](const std::vector<torch::Tensor>& in) {
    return in[0] * in[0].detach();
  };
  CHECK(Disagreement(square, square, {x}) == 0);
  CHECK(Disagreement(square, half_square, {x}) > 0.1);
  CHECK(std::isinf(MaxDifference(x, x.slice(1, 1))));
  CHECK(std::isinf(MaxDifference(x, x / 0 - x / 0)));
}

}  // namespace
}  // namespace bytepiece::lm
