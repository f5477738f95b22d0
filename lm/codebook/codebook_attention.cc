// SPDX-License-Identifier: Apache-2.0
#include "lm/codebook/codebook_attention.h"

#include <algorithm>
#include <limits>

namespace bytepiece::lm {
namespace {

torch::Tensor SliceIfAny(const torch::Tensor& x, std::int64_t begin, std::int64_t end) {
  return x.defined() ? x.slice(-2, begin, end) : x;
}

torch::Tensor Join(const torch::Tensor& earlier, const torch::Tensor& later) {
  return earlier.defined() ? torch::cat({earlier, later}, -2) : later;
}

torch::Tensor HeadProduct(const torch::Tensor& q, const torch::Tensor& k) {
  return torch::matmul(q, k.transpose(-2, -1));
}

// The codes that log shares of a hard kind name, with the gradient of k.
torch::Tensor StraightThrough(const Codes& codes, const torch::Tensor& log_shares,
                              const torch::Tensor& k) {
  const torch::Tensor nearest = torch::matmul(log_shares.exp(), codes.vectors);
  return nearest + (k - k.detach());  // exactly `nearest`
}

// i - j of queries and keys that end at the same position, [queries, keys]; negative where
// j comes after i.
torch::Tensor Distances(std::int64_t queries, std::int64_t keys,
                        const torch::TensorOptions& options) {
  const auto integers = options.dtype(torch::kLong);
  return torch::arange(keys - queries, keys, integers).unsqueeze(1) -
         torch::arange(keys, integers).unsqueeze(0);
}

}  // namespace

CodedKeys CodedKeys::Slice(std::int64_t begin, std::int64_t end) const {
  return {SliceIfAny(rotated, begin, end), SliceIfAny(quantised, begin, end),
          SliceIfAny(log_shares, begin, end), SliceIfAny(values, begin, end)};
}

void CodedKeys::Append(const CodedKeys& next) {
  if (next.rotated.defined()) rotated = Join(rotated, next.rotated);
  if (next.quantised.defined()) quantised = Join(quantised, next.quantised);
  log_shares = Join(log_shares, next.log_shares);
  values = Join(values, next.values);
}

CodedKeys CodedKeys::Select(const torch::Tensor& rows) const {
  const auto select = [&](const torch::Tensor& x) {
    return x.defined() ? x.index_select(0, rows) : x;
  };
  return {select(rotated), select(quantised), select(log_shares), select(values)};
}

CodebookAttention::CodebookAttention(const Codes& codes, std::int64_t block,
                                     const RelativePositions& positions,
                                     const torch::Tensor& window_bias)
    : codes_(codes), block_(block), positions_(positions) {
  TORCH_CHECK(positions.rotates() != window_bias.defined(), "either ReRoPE or a window bias");
  TORCH_CHECK(!positions.rotates() || (positions.has_far() && positions.window() <= block),
              "the window is at most the block");
  if (window_bias.defined()) bias_ = torch::constant_pad_nd(window_bias, {0, 1});
}

CodedKeys CodebookAttention::Code(const torch::Tensor& k, const torch::Tensor& v) const {
  CodedKeys keys;
  keys.log_shares = LogShares(codes_, k);
  if (codes_.kind == ShareKind::kHard) {
    keys.quantised = StraightThrough(codes_, keys.log_shares, k);
  }
  if (positions_.rotates()) keys.rotated = positions_.NearKeys(k, position_);
  keys.values = v;
  return keys;
}

torch::Tensor CodebookAttention::KernelLogits(const torch::Tensor& far_q,
                                              const torch::Tensor& scores,
                                              std::int64_t keys) const {
  const CodedKeys first = recent_.Slice(0, keys);
  if (codes_.kind == ShareKind::kHard) return HeadProduct(far_q, first.quantised);
  return LogKernel(scores, first.log_shares);
}

torch::Tensor CodebookAttention::NearLogits(const torch::Tensor& q, const torch::Tensor& far_q,
                                            const torch::Tensor& scores) const {
  const std::int64_t queries = q.size(-2), keys = recent_.size();
  const torch::Tensor distances = Distances(queries, keys, q.options());
  torch::Tensor logits;
  if (!positions_.rotates()) {
    const torch::Tensor bias = bias_.index_select(1, distances.clamp(0, block_ + 1).flatten());
    logits = KernelLogits(far_q, scores, keys) + bias.view({-1, queries, keys});
  } else {
    // Keys before far_end are far from the last query at least; keys from near_begin on are
    // near to the first one at least.
    const std::int64_t far_end = std::max<std::int64_t>(0, keys - positions_.window());
    const std::int64_t near_begin =
        std::clamp<std::int64_t>(keys - queries - positions_.window() + 1, 0, far_end);
    const torch::Tensor far = KernelLogits(far_q, scores, far_end);
    const torch::Tensor near =
        HeadProduct(positions_.NearQueries(q, position_), recent_.rotated.slice(-2, near_begin));
    const std::int64_t both = far_end - near_begin;
    const torch::Tensor is_near = distances.slice(1, near_begin, far_end).lt(positions_.window());
    logits = torch::cat({far.slice(-1, 0, near_begin),
                         torch::where(is_near, near.slice(-1, 0, both), far.slice(-1, near_begin)),
                         near.slice(-1, both)},
                        -1);
  }
  return logits.masked_fill(distances.lt(0), -std::numeric_limits<double>::infinity());
}

CodebookAttention CodebookAttention::Select(const torch::Tensor& rows) const {
  CodebookAttention selected = *this;
  selected.memory_ = memory_.Select(rows);
  selected.recent_ = recent_.Select(rows);
  selected.latest_log_shares_.reset();
  return selected;
}

torch::Tensor CodebookAttention::Next(const torch::Tensor& q, const torch::Tensor& k,
                                      const torch::Tensor& v) {
  TORCH_CHECK(q.size(-2) <= left_in_block(), "the positions go beyond the block");
  if (position_ >= 2 * block_ && position_ % block_ == 0) {
    const CodedKeys oldest = recent_.Slice(0, block_);
    const bool constant = codes_.kind == ShareKind::kHard;
    memory_.Fold(oldest.log_shares, constant ? oldest.values.detach() : oldest.values);
    recent_ = recent_.Slice(block_, 2 * block_);
  }
  const CodedKeys keys = Code(k, v);
  latest_log_shares_ = keys.log_shares;
  recent_.Append(keys);

  const torch::Tensor far_q = positions_.rotates() ? positions_.FarQueries(q, position_) : q;
  const torch::Tensor scores = CodeScores(codes_, far_q);
  torch::Tensor logits = NearLogits(q, far_q, scores);
  position_ += q.size(-2);
  if (memory_.empty()) return torch::matmul(torch::softmax(logits, -1), recent_.values);
  logits = torch::cat({scores + memory_.LogCounts(), logits}, -1);
  const torch::Tensor weights = torch::softmax(logits, -1);
  const std::int64_t codes = scores.size(-1);
  return torch::matmul(weights.slice(-1, 0, codes), memory_.Means()) +
         torch::matmul(weights.slice(-1, codes), recent_.values);
}

}  // namespace bytepiece::lm
