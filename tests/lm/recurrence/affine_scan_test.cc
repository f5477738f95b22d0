// SPDX-License-Identifier: Apache-2.0
#include "lm/recurrence/affine_scan.h"

#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

// The recurrence as it is written.
torch::Tensor Loop(const Transitions& transitions, const torch::Tensor& b) {
  const std::int64_t time = transitions.diagonal ? -2 : -3;
  torch::Tensor h = torch::zeros_like(b.select(-2, 0));
  std::vector<torch::Tensor> all;
  for (std::int64_t t = 0; t < b.size(-2); ++t) {
    const torch::Tensor a = transitions.a.select(time, transitions.a.size(time) == 1 ? 0 : t);
    const torch::Tensor moved =
        transitions.diagonal ? a * h : torch::matmul(a, h.unsqueeze(-1)).squeeze(-1);
    h = moved + b.select(-2, t);
    all.push_back(h);
  }
  return torch::stack(all, -2);
}

struct Case {
  bool diagonal;
  std::vector<std::int64_t> a;
  std::vector<std::int64_t> b;
};

std::vector<Case> Cases(std::int64_t t) {
  return {{true, {2, 3, t, 4}, {2, 3, t, 4}},     {true, {t, 4}, {2, 3, t, 4}},
          {true, {3, 1, 4}, {2, 3, t, 4}},        {true, {3, t, 1}, {3, t, 1}},
          {false, {2, 3, t, 4, 4}, {2, 3, t, 4}}, {false, {3, t, 4, 4}, {2, 3, t, 4}},
          {false, {3, 1, 4, 4}, {2, 3, t, 4}},    {false, {t, 1, 1}, {2, t, 1}}};
}

TEST_CASE("the scan is the loop, forward and gradient, for every length") {
  for (const std::int64_t t : {1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 100}) {
    for (const Case& c : Cases(t)) {
      CAPTURE(t, c.diagonal, c.a);
      const auto scan = [&](const std::vector<torch::Tensor>& in) {
        return AffineScan({in[0], c.diagonal}, in[1]);
      };
      const auto loop = [&](const std::vector<torch::Tensor>& in) {
        return Loop({in[0], c.diagonal}, in[1]);
      };
      // Contractions: where states grow, so does their rounding.
      const double factor = c.diagonal ? 0.4 : 0.25;
      CHECK(Disagreement(scan, loop, {factor * RandomTensor(1, c.a), RandomTensor(2, c.b)}) <
            1e-10);
    }
  }
}

// Real and imaginary parts in the last dimension but one of the inputs.
torch::Tensor Complex(const torch::Tensor& x) {
  return torch::complex(x.select(0, 0).contiguous(), x.select(0, 1).contiguous());
}

TEST_CASE("complex recurrences") {
  for (const std::int64_t t : {1, 6, 13}) {
    for (const std::vector<std::int64_t>& a : {std::vector<std::int64_t>{2, t, 3}, {2, 1, 3}}) {
      const auto scan = [&](const std::vector<torch::Tensor>& in) {
        return torch::view_as_real(AffineScan({Complex(in[0]), true}, Complex(in[1])));
      };
      const auto loop = [&](const std::vector<torch::Tensor>& in) {
        return torch::view_as_real(Loop({Complex(in[0]), true}, Complex(in[1])));
      };
      CHECK(Disagreement(scan, loop, {0.6 * RandomTensor(1, a), RandomTensor(2, {2, 2, t, 3})}) <
            1e-12);
    }
  }
}

TEST_CASE("the adjoint scan is the loop from the end") {
  for (const bool diagonal : {true, false}) {
    const torch::Tensor a = diagonal ? RandomTensor(1, {9, 3}) : 0.5 * RandomTensor(1, {9, 3, 3});
    const torch::Tensor g = RandomTensor(2, {2, 9, 3});
    const torch::Tensor found = AdjointScan({a, diagonal}, g);
    torch::Tensor l = torch::zeros({2, 3}, torch::kDouble);
    for (std::int64_t t = 8; t >= 0; --t) {
      if (t < 8) l = diagonal ? a[t + 1] * l : torch::matmul(l, a[t + 1]);
      l = l + g.select(1, t);
      CHECK(MaxDifference(found.select(1, t), l) < 1e-12);
    }
  }
}

TEST_CASE("float is accurate over long texts") {
  const torch::Tensor a = torch::sigmoid(RandomTensor(1, {1, 20'001, 2}) + 4);
  const torch::Tensor b = RandomTensor(2, {1, 20'001, 2});
  const torch::Tensor exact = AffineScan({a, true}, b);
  const torch::Tensor found = AffineScan({a.to(torch::kFloat), true}, b.to(torch::kFloat));
  CHECK(MaxDifference(found.to(torch::kDouble), exact) < 1e-5 * exact.abs().max().item<double>());
}

TEST_CASE("the previous state of the first is zero") {
  const torch::Tensor h = RandomTensor(1, {2, 5, 3});
  const torch::Tensor previous = Previous(h);
  CHECK(previous.select(1, 0).abs().max().item<double>() == 0);
  CHECK(previous.slice(1, 1).equal(h.slice(1, 0, 4)));
  CHECK(Previous(h.narrow(1, 0, 1)).abs().max().item<double>() == 0);
}

}  // namespace
}  // namespace bytepiece::lm
