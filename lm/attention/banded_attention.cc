// SPDX-License-Identifier: Apache-2.0
#include "lm/attention/banded_attention.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace bytepiece::lm {
namespace {

// Half-open ranges of one block of queries and the keys they see.
struct QueryBlock {
  std::int64_t query_begin = 0;
  std::int64_t query_end = 0;
  std::int64_t key_begin = 0;  // keys end where the queries do
};

// Queries and keys in the rotations that the positions need.
struct Rotated {
  std::int64_t first_query = 0;  // the position of the queries' first row
  torch::Tensor near_q, near_k;
  torch::Tensor far_q, far_k;  // undefined if no pair is far
};

torch::Tensor Slice(const torch::Tensor& x, std::int64_t begin, std::int64_t end) {
  return x.slice(-2, begin, end);
}

// The block's queries among q.
torch::Tensor Queries(const torch::Tensor& q, const Rotated& x, const QueryBlock& block) {
  return Slice(q, block.query_begin - x.first_query, block.query_end - x.first_query);
}

torch::Tensor Product(const torch::Tensor& q, const torch::Tensor& k) {
  return torch::matmul(q, k.transpose(-2, -1));
}

// i - j, [queries, keys from key_begin to key_end].
torch::Tensor Distances(const QueryBlock& block, std::int64_t key_begin, std::int64_t key_end,
                        const torch::TensorOptions& options) {
  const auto integers = options.dtype(torch::kLong);
  return torch::arange(block.query_begin, block.query_end, integers).unsqueeze(1) -
         torch::arange(key_begin, key_end, integers).unsqueeze(0);
}

// The products of a block, neither masked nor normalised: [B, H, queries, keys].
torch::Tensor Scores(const Rotated& x, const QueryBlock& block, std::int64_t far_from) {
  const torch::Tensor near_q = Queries(x.near_q, x, block);
  // Keys before far_end are far from the last query at least; keys from near_begin on are
  // near to the first one at least.
  const std::int64_t far_end = block.query_end - far_from;
  const std::int64_t near_begin = std::max(block.key_begin, block.query_begin - far_from + 1);
  if (!x.far_q.defined() || far_end <= block.key_begin) {
    return Product(near_q, Slice(x.near_k, block.key_begin, block.query_end));
  }
  const torch::Tensor far =
      Product(Queries(x.far_q, x, block), Slice(x.far_k, block.key_begin, far_end));
  const torch::Tensor near = Product(near_q, Slice(x.near_k, near_begin, block.query_end));
  const std::int64_t far_only = near_begin - block.key_begin;
  const std::int64_t both = far_end - near_begin;
  const torch::Tensor is_near =
      Distances(block, near_begin, far_end, x.near_q.options()).lt(far_from);
  return torch::cat(
      {far.narrow(-1, 0, far_only),
       torch::where(is_near, near.narrow(-1, 0, both), far.narrow(-1, far_only, both)),
       near.narrow(-1, both, near.size(-1) - both)},
      -1);
}

torch::Tensor Mask(torch::Tensor scores, const QueryBlock& block, const Band& band) {
  const torch::Tensor distances =
      Distances(block, block.key_begin, block.query_end, scores.options());
  torch::Tensor unseen = distances.lt(0);
  if (band.window > 0) unseen = unseen.logical_or(distances.ge(band.window));
  return scores.masked_fill(unseen, -std::numeric_limits<double>::infinity());
}

}  // namespace

torch::Tensor BandedAttention(const torch::Tensor& q, const torch::Tensor& k,
                              const torch::Tensor& v, const RelativePositions& positions,
                              const Band& band) {
  const std::int64_t length = k.size(-2);
  const std::int64_t first = length - q.size(-2);
  Rotated x = {first, positions.NearQueries(q, first), positions.NearKeys(k, 0), {}, {}};
  const std::int64_t seen = band.window > 0 ? std::min(band.window, length) : length;
  if (positions.has_far() && positions.window() < seen) {
    x.far_q = positions.FarQueries(q, first);
    x.far_k = positions.FarKeys(k, 0);
  }
  std::vector<torch::Tensor> results;
  for (std::int64_t begin = first; begin < length; begin += band.query_block) {
    QueryBlock block = {begin, std::min(begin + band.query_block, length), 0};
    if (band.window > 0) block.key_begin = std::max<std::int64_t>(0, begin - band.window + 1);
    const torch::Tensor weights =
        torch::softmax(Mask(Scores(x, block, positions.window()), block, band), -1);
    results.push_back(torch::matmul(weights, Slice(v, block.key_begin, block.query_end)));
  }
  return results.size() == 1 ? results[0] : torch::cat(results, -2);
}

}  // namespace bytepiece::lm
