// SPDX-License-Identifier: Apache-2.0
#include "lm/codebook/codebook.h"

#include <cmath>
#include <set>

#include "tests/lm/tensors.h"
#include "tests/lm/torch_catch.h"

namespace bytepiece::lm {
namespace {

std::shared_ptr<Codebook> Make(const CodebookOptions& options, std::int64_t heads = 2,
                               std::int64_t key_width = 3) {
  torch::manual_seed(5);
  auto codebook = std::make_shared<Codebook>(options, heads, key_width);
  codebook->to(torch::kDouble);
  return codebook;
}

torch::Tensor Counts(const Codebook& codebook) {
  return codebook.named_buffers()["counts"].clone();
}

CodeTally TallyOf(const Codebook& codebook, const torch::Tensor& keys) {
  CodeTally tally;
  // In two parts, as attention does.
  tally.Add(LogShares(codebook.Current(), keys.slice(2, 0, 4)), keys.slice(2, 0, 4));
  tally.Add(LogShares(codebook.Current(), keys.slice(2, 4)), keys.slice(2, 4));
  return tally;
}

TEST_CASE("codes begin as keys of the first batch, once") {
  const torch::Tensor keys = RandomTensor(1, {2, 2, 10, 3});
  const auto codebook = Make({.codes = 6});
  codebook->Begin(keys);
  const torch::Tensor codes = codebook->Current().vectors;
  for (std::int64_t h = 0; h < 2; ++h) {
    const torch::Tensor all = keys.select(1, h).reshape({20, 3});
    std::set<std::int64_t> found;
    for (std::int64_t y = 0; y < 6; ++y) {
      const torch::Tensor distances = (all - codes[h][y]).abs().sum(-1);
      CHECK(distances.min().item<double>() == 0);
      found.insert(distances.argmin().item<std::int64_t>());
    }
    CHECK(found.size() == 6);  // all different
  }
  codebook->Begin(2 * keys);
  CHECK(codebook->Current().vectors.equal(codes));
  CHECK(Counts(*codebook).eq(20.0 / 6).all().item<bool>());
  // Fewer keys than codes: each of them, again and again.
  const auto big = Make({.codes = 50});
  big->Begin(keys);
  CHECK(big->Current().vectors.isfinite().all().item<bool>());
}

TEST_CASE("codes are moving averages of the keys they got, counts of how many") {
  for (const ShareKind kind : {ShareKind::kHard, ShareKind::kSoft}) {
    const auto codebook = Make({.kind = kind, .codes = 3, .temperature = 0.5, .decay = 0.8});
    // Clusters that every code has keys of, so that none dies.
    torch::Tensor n, sum;
    for (std::uint64_t batch = 0; batch < 6; ++batch) {
      const torch::Tensor keys = RandomTensor(batch, {2, 2, 25, 3});
      codebook->Begin(keys);
      const Codes codes = codebook->Current();
      if (!n.defined()) {
        n = Counts(*codebook);
        sum = n.unsqueeze(-1) * codes.vectors;
      }
      const torch::Tensor shares = LogShares(codes, keys).exp();
      n = 0.8 * n + 0.2 * shares.sum(2).sum(0);
      sum = 0.8 * sum + 0.2 * torch::einsum("bhty,bhtd->hyd", {shares, keys});
      codebook->Learn(TallyOf(*codebook, keys), keys);
      CHECK(MaxDifference(Counts(*codebook), n) < 1e-12);
      CHECK(MaxDifference(codebook->Current().vectors, sum / n.unsqueeze(-1)) < 1e-12);
      CHECK_FALSE(codebook->Current().vectors.equal(codes.vectors));  // a copy, not a view
    }
    CHECK(n.min().item<double>() > 0.5);
  }
}

TEST_CASE("a code that no key comes to begins anew as a key, by the seed") {
  const auto run = [](std::uint64_t seed, int batches) {
    const auto codebook = Make({.codes = 4, .decay = 0.5});
    codebook->Begin(RandomTensor(1, {1, 2, 8, 3}));
    {
      const torch::NoGradGuard no_grad;
      codebook->named_buffers()["vectors"].select(1, 2).fill_(1000);  // out of all reach
    }
    torch::manual_seed(seed);
    for (int batch = 0; batch < batches; ++batch) {
      const torch::Tensor keys = RandomTensor(100, {1, 2, 16, 3});
      codebook->Learn(TallyOf(*codebook, keys), keys);
    }
    return codebook;
  };
  CHECK(run(1, 4)->Current().vectors.select(1, 2).eq(1000).all().item<bool>());
  // Its count, halved at each step, has fallen below 1/50 of the average.
  const auto after = run(1, 5);
  const torch::Tensor code = after->Current().vectors.select(1, 2);
  const torch::Tensor keys = RandomTensor(100, {1, 2, 16, 3});
  for (std::int64_t h = 0; h < 2; ++h) {
    CHECK((keys[0][h] - code[h]).abs().sum(-1).min().item<double>() == 0);
  }
  const torch::Tensor counts = Counts(*after);
  CHECK((counts.select(1, 2) > 0.5 * counts.mean(-1)).all().item<bool>());
  // And is used from then on.
  const auto later = run(1, 30);
  CHECK((Counts(*later).select(1, 2) > 0.5).all().item<bool>());
  CHECK(run(1, 5)->Current().vectors.equal(after->Current().vectors));
  CHECK_FALSE(run(2, 5)->Current().vectors.equal(after->Current().vectors));
}

TEST_CASE("a Performer's codes are orthogonal by groups, and as long as they should be") {
  for (const bool equal_norm : {true, false}) {
    const auto codebook =
        Make({.kind = ShareKind::kPerformer, .codes = 100, .equal_norm = equal_norm}, 2, 8);
    CHECK_FALSE(codebook->learns());
    const torch::Tensor w = codebook->Current().vectors[1];
    for (std::int64_t group = 0; group < 100; group += 8) {
      const torch::Tensor rows = w.slice(0, group, std::min<std::int64_t>(group + 8, 100));
      const torch::Tensor products = rows.matmul(rows.t());
      CHECK((products - products.diag().diag()).abs().max().item<double>() < 1e-5);
    }
    const torch::Tensor squares = w.square().sum(-1);
    if (equal_norm) {
      CHECK((squares - 8).abs().max().item<double>() < 1e-5);
    } else {
      CHECK(squares.mean().item<double>() == Approx(8).margin(1.5));
      CHECK(squares.std().item<double>() > 2);  // of chi-squared with 8: 4
    }
    CHECK_FALSE(w.equal(codebook->Current().vectors[0]));
    // Directions are uniform: no preferred sign.
    CHECK(std::abs(w.mean().item<double>()) < 0.2);
  }
}

TEST_CASE("buffers have the codes") {
  const auto a = Make({.codes = 4});
  CHECK(a->named_buffers().size() == 2);
  CHECK(a->parameters().empty());
}

}  // namespace
}  // namespace bytepiece::lm
