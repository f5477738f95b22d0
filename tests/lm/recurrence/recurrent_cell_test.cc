// SPDX-License-Identifier: Apache-2.0
#include "lm/recurrence/recurrent_cell.h"

#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

constexpr std::int64_t kHeads = 2;
constexpr std::int64_t kWidth = 3;
constexpr CellKind kKinds[] = {CellKind::kTanh, CellKind::kGru, CellKind::kDiagonal};

std::shared_ptr<RecurrentCell> Make(CellKind kind) {
  torch::manual_seed(3);
  auto cell = MakeRecurrentCell(kind, kHeads, kWidth);
  cell->to(torch::kDouble);
  const torch::NoGradGuard no_grad;  // away from the beginning, which is special
  for (torch::Tensor& parameter : cell->parameters()) {
    parameter.add_(RandomTensor(8, parameter.sizes()), 0.3);
  }
  return cell;
}

torch::Tensor Inputs(const RecurrentCell& cell, std::int64_t batch, std::int64_t length) {
  return RandomTensor(5, {batch, kHeads, length, cell.inputs_per_state() * kWidth});
}

// One head's matrix times one vector.
torch::Tensor Product(const torch::Tensor& matrix, const torch::Tensor& h) {
  return torch::mv(matrix, h);
}

TEST_CASE("a cell is its formula") {
  for (const CellKind kind : kKinds) {
    const auto cell = Make(kind);
    const auto p = cell->named_parameters();
    const torch::Tensor h = RandomTensor(4, {2, kHeads, 5, kWidth});
    const torch::Tensor u = Inputs(*cell, 2, 5);
    const torch::Tensor next = cell->Next(h, u);
    for (const std::int64_t b : {0, 1}) {
      for (const std::int64_t head : {0, 1}) {
        for (std::int64_t t = 0; t < 5; ++t) {
          const torch::Tensor h1 = h[b][head][t], u1 = u[b][head][t];
          torch::Tensor expected;
          if (kind == CellKind::kTanh) {
            expected = torch::tanh(Product(p["a"][head], h1) + u1);
          } else if (kind == CellKind::kDiagonal) {
            expected = Product(p["p"][head], torch::tanh(Product(p["q"][head], h1) + u1));
          } else {
            const auto sigmoid = [](const torch::Tensor& x) { return 1 / (1 + torch::exp(-x)); };
            const torch::Tensor z = sigmoid(Product(p["update"][head], h1) + u1.slice(0, 0, 3));
            const torch::Tensor r = sigmoid(Product(p["reset"][head], h1) + u1.slice(0, 3, 6));
            const torch::Tensor c =
                torch::tanh(Product(p["candidate"][head], r * h1) + u1.slice(0, 6, 9));
            expected = (1 - z) * h1 + z * c;
          }
          CHECK(MaxDifference(next[b][head][t], expected) < 1e-14);
        }
      }
    }
  }
}

TEST_CASE("the Jacobian is autograd's, and its diagonal is its diagonal") {
  for (const CellKind kind : kKinds) {
    const auto cell = Make(kind);
    const torch::Tensor h = RandomTensor(4, {2, kHeads, 5, kWidth}).requires_grad_();
    const torch::Tensor u = Inputs(*cell, 2, 5);
    const torch::Tensor jacobian = cell->Jacobian(h, u);
    const torch::Tensor next = cell->Next(h, u);
    for (std::int64_t i = 0; i < kWidth; ++i) {
      const torch::Tensor row =
          torch::autograd::grad({next.select(-1, i).sum()}, {h}, {}, /*retain_graph=*/true)[0];
      CHECK(MaxDifference(jacobian.select(-2, i), row) < 1e-14);
    }
    CHECK(MaxDifference(cell->JacobianDiagonal(h, u), jacobian.diagonal(0, -2, -1)) < 1e-14);
  }
}

TEST_CASE("the constant transitions are the Jacobian where all inputs are zero") {
  for (const CellKind kind : kKinds) {
    torch::manual_seed(3);
    const auto cell = MakeRecurrentCell(kind, kHeads, kWidth);
    cell->to(torch::kDouble);
    const torch::Tensor h = torch::zeros({1, kHeads, 1, kWidth}, torch::kDouble);
    const torch::Tensor jacobian = cell->Jacobian(h, torch::zeros_like(Inputs(*cell, 1, 1)))[0];
    const Transitions constant = cell->ConstantTransitions();
    CHECK(constant.diagonal == (kind == CellKind::kDiagonal));
    CHECK(MaxDifference(constant.diagonal ? torch::diag_embed(constant.a) : constant.a, jacobian) <
          1e-6);  // weights drawn in float
  }
}

}  // namespace
}  // namespace bytepiece::lm
