// SPDX-License-Identifier: Apache-2.0
#include "lm/codebook/codebook_attention.h"

#include <cmath>
#include <vector>

#include "tests/lm/attention/dense_attention.h"
#include "tests/lm/codebook/dense_codebook_attention.h"
#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

constexpr ShareKind kKinds[] = {ShareKind::kHard, ShareKind::kSoft, ShareKind::kPerformer};
constexpr std::int64_t kHeads = 2, kKeyWidth = 4, kCodes = 5;

Codes RandomCodes(ShareKind kind) {
  return {.kind = kind,
          .vectors = RandomTensor(31, {kHeads, kCodes, kKeyWidth}),
          .temperature = 0.7,
          .balance = 1.3};
}

// window 0: a window bias instead.
PositionOptions NearField(std::int64_t window) {
  if (window == 0) return {.kind = PositionKind::kNone};
  return {.kind = PositionKind::kReRope, .base = 50, .window = window};
}

struct Inputs {
  explicit Inputs(std::int64_t length, std::int64_t block)
      : all({RandomTensor(1, {2, kHeads, length, kKeyWidth}),
             RandomTensor(2, {2, kHeads, length, kKeyWidth}),
             RandomTensor(3, {2, kHeads, length, 3}), RandomTensor(4, {kHeads, block + 1})}) {}
  std::vector<torch::Tensor> all;  // q, k, v, bias
};

// In parts of so many positions at most, ending where blocks do.
torch::Tensor InParts(CodebookAttention* attention, const std::vector<torch::Tensor>& x,
                      std::int64_t part) {
  std::vector<torch::Tensor> results;
  for (std::int64_t t = 0; t < x[0].size(2);) {
    const std::int64_t size = std::min({part, attention->left_in_block(), x[0].size(2) - t});
    results.push_back(
        attention->Next(x[0].narrow(2, t, size), x[1].narrow(2, t, size), x[2].narrow(2, t, size)));
    t += size;
  }
  return torch::cat(results, 2);
}

Function Ours(const Codes& codes, std::int64_t block, const PositionOptions& near,
              std::int64_t part) {
  return [=](const std::vector<torch::Tensor>& x) {
    CodebookAttention attention(codes, block, RelativePositions(near, kKeyWidth),
                                near.kind == PositionKind::kNone ? x[3] : torch::Tensor());
    return InParts(&attention, x, part);
  };
}

Function Dense(const Codes& codes, std::int64_t block, const PositionOptions& near) {
  return [=](const std::vector<torch::Tensor>& x) {
    return DenseCodebookAttention(x[0], x[1], x[2], codes, block, near,
                                  near.kind == PositionKind::kNone ? x[3] : torch::Tensor());
  };
}

TEST_CASE("codebook attention is its formula, and so are its gradients") {
  for (const ShareKind kind : kKinds) {
    const Codes codes = RandomCodes(kind);
    for (const auto& [length, block] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {1, 1}, {1, 4}, {3, 8}, {4, 4}, {7, 1}, {9, 3}, {17, 4}, {20, 5}}) {
      for (const std::int64_t window : {std::int64_t{0}, std::int64_t{1}, (block + 1) / 2, block}) {
        const PositionOptions near = NearField(window);
        CAPTURE(static_cast<int>(kind), length, block, window);
        CHECK(Disagreement(Ours(codes, block, near, block), Dense(codes, block, near),
                           Inputs(length, block).all) < 1e-11);
      }
    }
  }
}

TEST_CASE("the gradient oracle can tell: what is in memory has none where shares are hard") {
  const PositionOptions none = NearField(0);
  const std::int64_t block = 3;
  const auto of_first_value = [&](ShareKind kind) {
    const Function last = [&](const std::vector<torch::Tensor>& x) {
      return Ours(RandomCodes(kind), block, none, block)(x).slice(2, 8);
    };
    return Gradients(last, Inputs(9, block).all)[2].select(2, 0).abs().max().item<double>();
  };
  CHECK(of_first_value(ShareKind::kHard) == 0);
  CHECK(of_first_value(ShareKind::kSoft) > 1e-6);
  CHECK(of_first_value(ShareKind::kPerformer) > 1e-6);
}

TEST_CASE("position by position it is what it is block by block") {
  for (const ShareKind kind : kKinds) {
    for (const std::int64_t window : {0, 3}) {
      for (const std::int64_t block : {3, 8}) {
        const Codes codes = RandomCodes(kind);
        const auto x = Inputs(29, block).all;
        const torch::Tensor blocks = Ours(codes, block, NearField(window), block)(x);
        CAPTURE(static_cast<int>(kind), window, block);
        CHECK(MaxDifference(Ours(codes, block, NearField(window), 1)(x), blocks) < 1e-12);
        CHECK(MaxDifference(Ours(codes, block, NearField(window), 2)(x), blocks) < 1e-12);
      }
    }
  }
}

TEST_CASE("where blocks begin makes no difference") {
  // The result with ReRoPE is a function of the window, of the bias of its length.
  for (const ShareKind kind : kKinds) {
    const Codes codes = RandomCodes(kind);
    const auto x = Inputs(23, 4).all;
    const torch::Tensor expected = Ours(codes, 4, NearField(3), 4)(x);
    CHECK(MaxDifference(Ours(codes, 7, NearField(3), 7)(x), expected) < 1e-12);
    CHECK(MaxDifference(Ours(codes, 4, NearField(2), 4)(x), expected) > 1e-3);
    auto longer = x;
    longer[3] = torch::constant_pad_nd(x[3], {0, 3});
    CHECK(MaxDifference(Ours(codes, 7, NearField(0), 7)(longer),
                        Ours(codes, 4, NearField(0), 4)(x)) < 1e-12);
  }
}

TEST_CASE("hard codes that are the keys are plain attention, and ReRoPE is ReRoPE") {
  const std::int64_t length = 21;
  auto x = Inputs(length, 4).all;
  x[3].zero_();
  const Codes codes = {.vectors = x[1][0]};  // of the first row, [H, T, Dk]
  for (const std::int64_t window : {0, 3}) {
    const PositionOptions near = NearField(window);
    const torch::Tensor expected = DenseAttention(x[0], x[1], x[2], near, 0);
    const torch::Tensor actual = Ours(codes, 4, near, 4)(x);
    CHECK(MaxDifference(actual[0], expected[0]) < 1e-12);
    CHECK(MaxDifference(actual[1], expected[1]) > 1e-2);  // whose keys are others
  }
}

TEST_CASE("soft tends to hard as the temperature falls") {
  const auto x = Inputs(19, 3).all;
  for (const std::int64_t window : {0, 2}) {
    const torch::Tensor hard = Ours(RandomCodes(ShareKind::kHard), 3, NearField(window), 3)(x);
    Codes soft = RandomCodes(ShareKind::kSoft);
    std::vector<double> differences;
    for (const double temperature : {1.0, 0.1, 0.01, 1e-4, 1e-9}) {
      soft.temperature = temperature;
      differences.push_back(MaxDifference(Ours(soft, 3, NearField(window), 3)(x), hard));
    }
    CAPTURE(differences);
    CHECK(differences[0] > 0.05);
    CHECK(differences[2] < differences[0]);
    CHECK(differences[3] < differences[2]);
    CHECK(differences[4] < 1e-12);
  }
}

TEST_CASE("a Performer of equally long features is soft assignment, keys weighted by lambda") {
  const auto x = Inputs(13, 4).all;
  Codes codes = RandomCodes(ShareKind::kPerformer);
  codes.balance = 1;
  const auto weighted = [&](const Codes& w, bool by_lambda) {
    // By the formula: sum_y e^(q.w_y) sum_j lambda_j p(y | k_j) v_j, normalised.
    const torch::Tensor distances =
        (x[1].unsqueeze(3) - w.vectors.unsqueeze(1).unsqueeze(0)).square().sum(-1);
    torch::Tensor shares = torch::softmax(-distances / 2, -1);
    if (by_lambda) shares = shares * (-distances / 2).exp().sum(-1, true);
    const torch::Tensor kernel =
        torch::matmul(torch::matmul(x[0], w.vectors.transpose(1, 2)).exp(), shares.transpose(2, 3))
            .tril();
    return torch::matmul(kernel / kernel.sum(-1, true), x[2]);
  };
  const auto error = [&](bool by_lambda) {
    auto no_bias = x;
    no_bias[3] = torch::zeros_like(x[3]);
    return MaxDifference(Ours(codes, 4, NearField(0), 4)(no_bias), weighted(codes, by_lambda));
  };
  CHECK(error(true) > 1e-3);  // lengths differ
  codes.vectors = 1.7 * codes.vectors / codes.vectors.norm(2, -1, true);
  CHECK(error(true) < 1e-12);
  CHECK(error(false) > 1e-3);  // lambda is needed
}

TEST_CASE("codebook attention is causal") {
  for (const ShareKind kind : kKinds) {
    for (const std::int64_t window : {0, 2}) {
      const auto mixed = [&](const torch::Tensor& x) {  // [1, T, Dk]: q, k and v are one
        const torch::Tensor one = x.unsqueeze(1).expand({1, kHeads, -1, -1});
        return Ours(RandomCodes(kind), 3, NearField(window),
                    3)({one, one, one, RandomTensor(4, {kHeads, 4})})
            .sum(1);
      };
      const torch::Tensor x = RandomTensor(8, {1, 11, kKeyWidth});
      CHECK(NonCausality(mixed, x) == 0);
      CHECK(NonCausality([&](const torch::Tensor& y) { return mixed(y.flip(1)).flip(1); }, x) >
            1e-6);
    }
  }
}

TEST_CASE("large scores neither overflow nor vanish") {
  for (const ShareKind kind : kKinds) {
    for (const auto type : {torch::kDouble, torch::kFloat}) {
      auto x = Inputs(25, 3).all;
      Codes codes = RandomCodes(kind);
      x[0] = x[0] * 400;
      x[1] = x[1] * 20;
      codes.vectors = (codes.vectors * 20).to(type);
      for (torch::Tensor& tensor : x) tensor = tensor.to(type);
      for (const std::int64_t window : {0, 2}) {
        const Function ours = Ours(codes, 3, NearField(window), 3);
        CAPTURE(static_cast<int>(kind), window);
        CHECK(ours(x).abs().max().item<double>() < 10);  // an average of values
        for (const torch::Tensor& gradient : Gradients(ours, x)) {
          CHECK(gradient.isfinite().all().item<bool>());
        }
      }
    }
  }
}

TEST_CASE("what does not fit together is refused") {
  const Codes codes = RandomCodes(ShareKind::kHard);
  const torch::Tensor bias = torch::zeros({kHeads, 5});
  const RelativePositions none({.kind = PositionKind::kNone}, kKeyWidth);
  const RelativePositions rope({}, kKeyWidth);
  const RelativePositions far({.kind = PositionKind::kReRope, .window = 5}, kKeyWidth);
  CHECK_THROWS_AS(CodebookAttention(codes, 4, none, {}), c10::Error);
  CHECK_THROWS_AS(CodebookAttention(codes, 4, rope, {}), c10::Error);
  CHECK_THROWS_AS(CodebookAttention(codes, 4, far, {}), c10::Error);
  CHECK_THROWS_AS(CodebookAttention(codes, 5, far, bias), c10::Error);
  CodebookAttention attention(codes, 4, none, bias);
  const auto x = Inputs(5, 4).all;
  CHECK_THROWS_AS(attention.Next(x[0], x[1], x[2]), c10::Error);
}

}  // namespace
}  // namespace bytepiece::lm
