// SPDX-License-Identifier: Apache-2.0
#include "lm/codebook/code_memory.h"

#include <cmath>
#include <limits>

#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

TEST_CASE("a memory has what its parts have, in whatever parts they come") {
  const torch::Tensor log_shares = 300 * RandomTensor(1, {2, 1, 20, 6});
  const torch::Tensor values = RandomTensor(2, {2, 1, 20, 3});
  CodeMemory whole, parts;
  CHECK(whole.empty());
  whole.Fold(log_shares, values);
  CHECK_FALSE(whole.empty());
  for (const auto& [begin, end] : {std::pair(0, 1), std::pair(1, 8), std::pair(8, 20)}) {
    parts.Fold(log_shares.slice(2, begin, end), values.slice(2, begin, end));
  }
  const torch::Tensor by_code = log_shares.transpose(2, 3);
  const torch::Tensor counts = torch::logsumexp(by_code, -1).unsqueeze(2);
  const torch::Tensor means = torch::matmul(torch::softmax(by_code, -1), values);
  for (const CodeMemory* memory : {&whole, &parts}) {
    CHECK(MaxDifference(memory->LogCounts(), counts) < 1e-10);
    CHECK(MaxDifference(memory->Means(), means) < 1e-12);
  }
}

TEST_CASE("codes that nothing came to weigh nothing") {
  constexpr double kNothing = -std::numeric_limits<double>::infinity();
  const torch::Tensor first = torch::tensor({{0.0, kNothing, kNothing}}).view({1, 1, 1, 3});
  const torch::Tensor second = torch::tensor({{kNothing, -7.0, kNothing}}).view({1, 1, 1, 3});
  CodeMemory memory;
  memory.Fold(first, torch::full({1, 1, 1, 1}, 3.0));
  memory.Fold(second, torch::full({1, 1, 1, 1}, 5.0));
  memory.Fold(first, torch::full({1, 1, 1, 1}, 4.0));
  const torch::Tensor counts = memory.LogCounts().flatten();
  CHECK(counts[0].item<double>() == Approx(std::log(2.0)));
  CHECK(counts[1].item<double>() == Approx(-7));
  CHECK(counts[2].item<double>() == kNothing);
  CHECK(memory.Means().flatten().equal(torch::tensor({3.5, 5.0, 0.0})));
}

TEST_CASE("a memory passes gradients on to what it was given") {
  const Function ours = [](const std::vector<torch::Tensor>& x) {
    CodeMemory memory;
    memory.Fold(x[0].slice(2, 0, 3), x[1].slice(2, 0, 3));
    memory.Fold(x[0].slice(2, 3), x[1].slice(2, 3));
    return torch::cat({memory.LogCounts().transpose(2, 3), memory.Means()}, 3);
  };
  const Function direct = [](const std::vector<torch::Tensor>& x) {
    const torch::Tensor by_code = x[0].transpose(2, 3);
    return torch::cat(
        {torch::logsumexp(by_code, -1, true), torch::matmul(torch::softmax(by_code, -1), x[1])}, 3);
  };
  CHECK(Disagreement(ours, direct, {RandomTensor(1, {1, 2, 8, 4}), RandomTensor(2, {1, 2, 8, 3})}) <
        1e-12);
}

}  // namespace
}  // namespace bytepiece::lm
